"""The user pool in the template resources.yaml: who may sign in, how, and that the embedded AWS has the same."""

from typing import Any

import pytest

from scripts.deployment.user_pool import NOWHERE, TOTP
from scripts.embedded import local_users
from tests.scripts.deployment import template

NAME = "resources.yaml"
RESOURCES = {name: each for name, each in template.read(NAME)["Resources"].items() if "::Cognito::" in each["Type"]}
POOL, CLIENT, DOMAIN, STYLE = (
    RESOURCES[name]["Properties"] for name in ("UserPool", "UserPoolClient", "UserPoolDomain", "LoginStyle")
)


def test_nothing_of_cognito_is_made_without_users() -> None:
    assert {each["Condition"] for each in RESOURCES.values()} == {"HasUserPool"}
    outputs = template.read(NAME)["Outputs"]
    assert {name for name, each in outputs.items() if each.get("Condition") == "HasUserPool"} == {
        *("UserPoolArn", "UserPoolId", "UserPoolClientId", "LoginUrl")
    }
    assert template.read(NAME)["Parameters"]["HasUsers"]["Default"] == ""


def test_the_pool_is_kept_and_deleted_as_the_tables_are() -> None:
    tables = [each for each in template.read(NAME)["Resources"].values() if each["Type"] == "AWS::DynamoDB::Table"]
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        assert {each[policy] for each in tables} == {RESOURCES["UserPool"][policy]}


def test_the_pool_has_the_settings_of_the_embedded_one() -> None:
    parameters = ("UserPoolName", "AdminCreateUserConfig", "MfaConfiguration", "EnabledMfas", "UserPoolTags")
    assert {name: value for name, value in POOL.items() if name not in parameters} == local_users.POOL
    assert POOL["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert POOL["MfaConfiguration"] == {"Ref": "Mfa"}
    mfa = template.read(NAME)["Parameters"]["Mfa"]
    assert (mfa["AllowedValues"], mfa["Default"]) == (list(TOTP.values()), TOTP["optional"])


def test_nobody_signs_up_alone_unless_a_setting_says_so() -> None:
    only_admins = POOL["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"]
    assert only_admins == {"Fn::If": ["OnlyAdminsCreateUsers", True, False]}
    assert template.read(NAME)["Conditions"]["OnlyAdminsCreateUsers"] == {
        "Fn::Equals": [{"Ref": "SelfSignUp"}, "false"]
    }
    assert template.read(NAME)["Parameters"]["SelfSignUp"]["Default"] == "false"


def test_the_client_has_the_settings_of_the_embedded_one() -> None:
    own = ("ClientName", "UserPoolId", "CallbackURLs", "LogoutURLs")
    assert {name: value for name, value in CLIENT.items() if name not in own} == local_users.CLIENT
    assert template.resolve(CLIENT["ClientName"], Stage="local") == "darkroom-local-page"
    assert CLIENT["CallbackURLs"] == CLIENT["LogoutURLs"] == [NOWHERE]


def test_a_page_gets_codes_and_no_tokens_in_its_address() -> None:
    assert (CLIENT["GenerateSecret"], CLIENT["AllowedOAuthFlows"]) == (False, ["code"])
    # This flow would let a page take the password itself.
    assert "ALLOW_USER_PASSWORD_AUTH" not in CLIENT["ExplicitAuthFlows"]


def test_the_login_page_is_managed_login_with_a_style() -> None:
    assert (DOMAIN["ManagedLoginVersion"], POOL["UserPoolTier"]) == (2, "ESSENTIALS")
    assert STYLE == {
        "UserPoolId": {"Ref": "UserPool"},
        "ClientId": {"Ref": "UserPoolClient"},
        "UseCognitoProvidedValues": True,
    }


@pytest.mark.parametrize("stage", ["dev", "a" * 16])
def test_the_name_of_the_domain_has_no_account_number_and_is_short_enough(stage: str) -> None:
    text, values = DOMAIN["Domain"]["Fn::Sub"]
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/darkroom-dev/51af3dc0-da77-11e4-872e-1234567db123"
    domain = text.replace("${Stage}", stage).replace("${Part}", str(evaluated(values["Part"], stack)))
    assert domain == f"darkroom-{stage}-51af3dc0"
    assert len(domain) <= 63


def evaluated(value: Any, stack: str) -> Any:
    """Evaluate Select and Split as CloudFormation does."""
    if not isinstance(value, dict):
        return value
    [(function, arguments)] = value.items()
    if function == "Ref":
        return stack
    first, second = arguments[0], evaluated(arguments[1], stack)
    return second.split(first) if function == "Fn::Split" else second[int(first)]
