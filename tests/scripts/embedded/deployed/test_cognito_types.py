"""A stack makes, changes and deletes a user pool with its client, its domain and its login style."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cognitoidp.models import cognitoidp_backends
from moto.core import DEFAULT_ACCOUNT_ID

from scripts.embedded import moto_patches
from scripts.embedded.deployed import cloudformation, cognito_types

POOL: dict[str, Any] = {
    "UserPoolName": "people",
    "MfaConfiguration": "OPTIONAL",
    "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
    "UsernameAttributes": ["email"],
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
}
CLIENT: dict[str, Any] = {
    "UserPoolId": {"Ref": "Pool"},
    "ClientName": "page",
    "GenerateSecret": False,
    "CallbackURLs": ["https://a.invalid/"],
    "AllowedOAuthFlows": ["code"],
}


def template(mfa: str = "OPTIONAL", *, only_admins: bool = True, scopes: tuple[str, ...] = ("openid",)) -> str:
    pool = POOL | {"MfaConfiguration": mfa, "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": only_admins}}
    described = {
        "Pool": ("UserPool", pool),
        "Client": ("UserPoolClient", CLIENT | {"AllowedOAuthScopes": list(scopes)}),
        "Domain": ("UserPoolDomain", {"UserPoolId": {"Ref": "Pool"}, "Domain": "people-1", "ManagedLoginVersion": 2}),
        "Style": ("ManagedLoginBranding", {"UserPoolId": {"Ref": "Pool"}, "ClientId": {"Ref": "Client"}}),
    }
    resources = {
        name: {"Type": f"AWS::Cognito::{kind}", "Properties": properties}
        for name, (kind, properties) in described.items()
    }
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Pool", "Arn"]}}, "Client": {"Value": {"Ref": "Client"}}}
    return json.dumps({"Resources": resources, "Outputs": outputs})


class Stack:
    """A stack in moto, and what it made."""

    def __init__(self) -> None:
        self.stacks: Any = boto3.client("cloudformation")
        self.cognito: Any = boto3.client("cognito-idp")
        self.stacks.create_stack(StackName="people", TemplateBody=template())

    def update(self, body: str) -> None:
        self.stacks.update_stack(StackName="people", TemplateBody=body)

    @property
    def outputs(self) -> dict[str, str]:
        [stack] = self.stacks.describe_stacks(StackName="people")["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    @property
    def pool(self) -> Any:
        return self.cognito.describe_user_pool(UserPoolId=self.outputs["Arn"].rpartition("/")[2])["UserPool"]

    @property
    def client(self) -> Any:
        found = {"UserPoolId": self.pool["Id"], "ClientId": self.outputs["Client"]}
        return self.cognito.describe_user_pool_client(**found)["UserPoolClient"]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    monkeypatch.delenv("MOTO_PORT", raising=False)
    moto_patches.reset_unnamed_fields()
    with mock_aws():
        cloudformation.register_types()
        yield Stack()


def test_a_stack_makes_the_pool_its_client_and_its_domain(stack: Stack) -> None:
    assert (stack.pool["Name"], stack.pool["Arn"], stack.pool["Domain"]) == ("people", stack.outputs["Arn"], "people-1")
    mfa = stack.cognito.get_user_pool_mfa_config(UserPoolId=stack.pool["Id"])
    assert (mfa["MfaConfiguration"], mfa["SoftwareTokenMfaConfiguration"]) == ("OPTIONAL", {"Enabled": True})
    assert (stack.client["ClientName"], stack.client["AllowedOAuthScopes"]) == ("page", ["openid"])
    assert "ClientSecret" not in stack.client


def test_an_update_keeps_the_pool_with_its_users(stack: Stack) -> None:
    before = stack.pool["Id"]
    stack.cognito.admin_create_user(UserPoolId=before, Username="ann@example.com")
    stack.update(template("ON", only_admins=False))

    assert stack.pool["Id"] == before
    assert stack.pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert stack.cognito.get_user_pool_mfa_config(UserPoolId=before)["MfaConfiguration"] == "ON"
    assert len(stack.cognito.list_users(UserPoolId=before)["Users"]) == 1


def test_a_change_of_the_client_sets_the_addresses_of_the_template_again(stack: Stack) -> None:
    found = {"UserPoolId": stack.pool["Id"], "ClientId": stack.client["ClientId"]}
    stack.cognito.update_user_pool_client(**found, CallbackURLs=["https://b.example/"])
    stack.update(template("ON"))
    assert stack.client["CallbackURLs"] == ["https://b.example/"]
    stack.update(template("ON", scopes=("openid", "email")))
    assert stack.client["CallbackURLs"] == ["https://a.invalid/"]
    assert stack.client["AllowedOAuthScopes"] == ["openid", "email"]


def test_a_stack_is_deleted_with_its_pool(stack: Stack) -> None:
    stack.stacks.delete_stack(StackName="people")
    assert stack.cognito.list_user_pools(MaxResults=10)["UserPools"] == []
    assert stack.cognito.describe_user_pool_domain(Domain="people-1")["DomainDescription"] == {}


def model(stack: Stack) -> cognito_types.UserPool:
    """Return the pool as CloudFormation sees it."""
    backend = cognitoidp_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    return cognito_types.UserPool(backend, backend.user_pools[stack.pool["Id"]])


def test_a_pool_with_a_domain_cannot_be_deleted(stack: Stack) -> None:
    with pytest.raises(ValueError, match="still has a domain"):
        model(stack).delete()


def test_a_template_can_read_the_arn_and_nothing_else(stack: Stack) -> None:
    assert model(stack).get_cfn_attribute("Arn") == stack.pool["Arn"]
    assert not model(stack).has_cfn_attr("ProviderName")
    with pytest.raises(UnformattedGetAttTemplateException):
        model(stack).get_cfn_attribute("ProviderName")


def test_a_login_style_needs_a_pool_and_a_client() -> None:
    with pytest.raises(ValueError, match="a pool and a client"):
        cognito_types.LoginStyle.create_from_cloudformation_json("style", {"Properties": {"UserPoolId": "a"}})
