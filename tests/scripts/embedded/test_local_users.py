"""The user pool of the stage `local`: who may sign up, and what its client may do."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.embedded import local_users


@pytest.fixture
def cognito() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cognito-idp")


def created(cognito: Any, **environ: str) -> tuple[Any, Any, Any]:
    """Create the pool; return its description, its MFA, and its client."""
    arn = local_users.create(cognito, "local", "http://127.0.0.1:8000/", environ)
    pool = cognito.describe_user_pool(UserPoolId=arn.rpartition("/")[2])["UserPool"]
    [client] = cognito.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    described = cognito.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=client["ClientId"])["UserPoolClient"]
    assert pool["Arn"] == arn
    return pool, cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"]), described


def test_nobody_signs_up_alone_and_a_second_factor_is_optional(cognito: Any) -> None:
    pool, mfa, _ = created(cognito)

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (mfa["MfaConfiguration"], mfa["SoftwareTokenMfaConfiguration"]["Enabled"]) == ("OPTIONAL", True)


def test_settings_allow_people_to_sign_up_and_require_a_second_factor(cognito: Any) -> None:
    pool, mfa, _ = created(cognito, SELF_SIGN_UP="true", TOTP="required")

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert mfa["MfaConfiguration"] == "ON"


def test_the_client_of_the_page_has_no_secret_and_takes_codes_at_the_address_of_the_api(cognito: Any) -> None:
    _, _, client = created(cognito)

    assert "ClientSecret" not in client
    assert (client["ClientName"], client["AllowedOAuthFlows"]) == ("darkroom-local-page", ["code"])
    assert client["CallbackURLs"] == client["LogoutURLs"] == ["http://127.0.0.1:8000/"]
