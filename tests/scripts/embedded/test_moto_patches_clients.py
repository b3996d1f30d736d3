"""UpdateUserPoolClient resets the fields that a request does not name, as Cognito's reference says."""

import inspect

import boto3
from moto.cognitoidp.models import CognitoIdpBackend

from chalicelib.settings import Settings


def test_a_field_that_an_update_does_not_name_has_its_default_again(served: Settings) -> None:
    client = boto3.client("cognito-idp", endpoint_url=served.endpoint_url)
    pool = client.create_user_pool(PoolName="dev")["UserPool"]["Id"]
    flows = ["ALLOW_REFRESH_TOKEN_AUTH"]
    made = client.create_user_pool_client(
        UserPoolId=pool, ClientName="page", ExplicitAuthFlows=flows, EnableTokenRevocation=False
    )["UserPoolClient"]["ClientId"]

    client.update_user_pool_client(UserPoolId=pool, ClientId=made, CallbackURLs=["https://a.example/"])
    after = client.describe_user_pool_client(UserPoolId=pool, ClientId=made)["UserPoolClient"]

    assert (after["ClientName"], after["CallbackURLs"], after["ClientId"]) == ("page", ["https://a.example/"], made)
    assert "ExplicitAuthFlows" not in after
    assert after["EnableTokenRevocation"] is True


def test_moto_s_backend_has_the_parameters_of_the_patch() -> None:
    expected = ["self", "user_pool_id", "client_id", "extended_config"]
    assert list(inspect.signature(CognitoIdpBackend.update_user_pool_client).parameters) == expected
