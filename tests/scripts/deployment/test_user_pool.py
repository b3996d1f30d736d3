"""The user pool of a stage: when the stack makes it, and where its login page may send the browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts.deployment import resources, stage_file, user_pool
from scripts.deployment.target import DeployError, Target
from scripts.embedded import local_users, moto_patches
from tests.scripts.targets import copy_project, moto_target, set_variables

ARN = "arn:aws:cognito-idp:eu-west-1:210987654321:userpool/eu-west-1_aB3dE"
URL = "https://abc.execute-api.us-east-1.amazonaws.com/api/"


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    moto_patches.reset_unnamed_fields()
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


@pytest.mark.parametrize(
    ("variables", "made"),
    [
        ({}, False),
        ({"AUTH": "iam"}, False),
        ({"AUTH": "cognito"}, True),
        ({"AUTH": "cognito", "COGNITO_USER_POOL_ARN": ""}, True),
        ({"AUTH": "cognito", "COGNITO_USER_POOL_ARN": ARN}, False),
        ({"AUTH": "api_key", "COGNITO_USER_POOL_ARN": ARN}, False),
    ],
)
def test_the_stack_makes_a_pool_for_cognito_without_an_arn(
    target: Target, variables: dict[str, str], *, made: bool
) -> None:
    set_variables(target, **variables)

    assert user_pool.is_made(target) is made
    # None keeps the value that the stack has, so that a pool which was made stays.
    assert resources.parameters(target)["HasUsers"] == ("true" if made else None)
    assert ("USER_POOL_ARN" in resources.expected_names(target)) is made


def test_the_settings_of_the_pool_become_parameters(target: Target) -> None:
    names = ("SelfSignUp", "Mfa")
    assert [user_pool.parameters(target)[name] for name in names] == ["false", "OPTIONAL"]
    set_variables(target, SELF_SIGN_UP="true", TOTP="required")
    assert [user_pool.parameters(target)[name] for name in names] == ["true", "ON"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SELF_SIGN_UP": "yes"}, "SELF_SIGN_UP is 'yes' in .chalice/config.json. Use false or true."),
        ({"TOTP": "off"}, "TOTP is 'off' in .chalice/config.json. Use optional or required."),
    ],
)
def test_an_invalid_setting_is_an_error_that_names_the_values(
    target: Target, variables: dict[str, str], sentence: str
) -> None:
    set_variables(target, **variables)
    with pytest.raises(DeployError) as raised:
        user_pool.parameters(target)
    assert str(raised.value) == sentence


def test_the_arn_of_the_pool_is_recorded_and_the_app_reads_it(target: Target) -> None:
    set_variables(target, AUTH="cognito")
    with pytest.raises(DeployError, match="COGNITO_USER_POOL_ARN is not set"):
        stage_file.settings_of(
            target, {name: value for name, value in resources.expected_names(target).items() if name != "USER_POOL_ARN"}
        )
    placeholder = stage_file.settings_of(target, resources.expected_names(target))
    assert placeholder.cognito_user_pool_arn == "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_unknown"

    stage_file.write_names(target, resources.expected_names(target) | user_pool.names(target, {"UserPoolArn": ARN}))
    assert stage_file.settings_of(target).cognito_user_pool_arn == ARN
    stage_file.remove_names(target)
    assert "USER_POOL_ARN" not in stage_file.environment(target)


def test_a_person_s_own_pool_comes_before_one_that_was_made(target: Target) -> None:
    set_variables(target, AUTH="cognito", COGNITO_USER_POOL_ARN=ARN)
    stage_file.write_names(target, resources.expected_names(target) | {"USER_POOL_ARN": "made"})
    assert stage_file.settings_of(target).cognito_user_pool_arn == ARN


@pytest.mark.parametrize(
    ("arn", "findings"),
    [
        (ARN, 0),
        ("arn:aws-cn:cognito-idp:cn-north-1:210987654321:userpool/cn-north-1_aB3dE", 0),
        ("eu-west-1_aB3dE", 1),
        (ARN.replace("userpool", "identitypool"), 1),
        (ARN + "/client", 1),
    ],
)
def test_a_text_that_is_no_arn_of_a_pool_is_found(target: Target, arn: str, findings: int) -> None:
    set_variables(target, AUTH="cognito", COGNITO_USER_POOL_ARN=arn)
    assert len(list(user_pool.findings(target))) == findings
    set_variables(target, AUTH="iam")
    assert not list(user_pool.findings(target))


@pytest.mark.parametrize(
    ("origin", "addresses"),
    [("*", [URL]), ("", [URL]), ("https://photos.example.com", [URL, "https://photos.example.com/"])],
)
def test_the_login_page_sends_the_browser_to_the_api_and_to_the_page(origin: str, addresses: list[str]) -> None:
    assert user_pool.addresses_of(URL, origin) == addresses


@pytest.mark.parametrize(
    ("page", "addresses"),
    [
        ("https://d111.cloudfront.net/", [URL, "https://d111.cloudfront.net/"]),
        ("http://bucket.s3-website.test/", [URL]),
    ],
)
def test_the_login_page_sends_the_browser_to_a_published_page_unless_it_came_by_http(
    page: str, addresses: list[str]
) -> None:
    assert user_pool.addresses_of(URL, page.rstrip("/"), page) == addresses


#: A value for every field of a client.
EVERY_FIELD = local_users.CLIENT | {
    "ClientName": "darkroom-dev-page",
    "CallbackURLs": [user_pool.NOWHERE],
    "LogoutURLs": [user_pool.NOWHERE],
    "DefaultRedirectURI": URL,
    "AnalyticsConfiguration": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:123456789012:apps/a"},
    "EnablePropagateAdditionalUserContextData": True,
    "EnableTokenRevocation": False,
    "AuthSessionValidity": 15,
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 7},
}


@pytest.fixture
def outputs(target: Target) -> dict[str, str]:
    """A pool with a client that has a value in every field; return the stack's outputs."""
    set_variables(target, AUTH="cognito")
    client = target.client("cognito-idp")
    pool = client.create_user_pool(PoolName="darkroom-dev")["UserPool"]["Id"]
    made = client.create_user_pool_client(UserPoolId=pool, **EVERY_FIELD)["UserPoolClient"]
    return {"UserPoolId": pool, "UserPoolClientId": made["ClientId"]}


def described(target: Target, outputs: dict[str, str]) -> Any:
    found = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["UserPoolClientId"]}
    return target.client("cognito-idp").describe_user_pool_client(**found)["UserPoolClient"]


def test_the_addresses_change_and_no_other_field_is_reset(target: Target, outputs: dict[str, str]) -> None:
    before = described(target, outputs)
    fields = target.client("cognito-idp").meta.service_model.operation_model("UpdateUserPoolClient").input_shape.members
    # The test would forget a field that a later version of Cognito adds.
    assert set(fields) - set(before) == set()

    user_pool.set_addresses(target, outputs, [URL])

    assert described(target, outputs) == before | {"CallbackURLs": [URL], "LogoutURLs": [URL]}


def test_an_update_that_names_only_the_addresses_would_reset_the_rest(target: Target, outputs: dict[str, str]) -> None:
    target.client("cognito-idp").update_user_pool_client(
        UserPoolId=outputs["UserPoolId"], ClientId=outputs["UserPoolClientId"], CallbackURLs=[URL], LogoutURLs=[URL]
    )

    after = described(target, outputs)
    assert after["ClientName"] == "darkroom-dev-page"
    assert not {"AllowedOAuthFlows", "ExplicitAuthFlows", "TokenValidityUnits", "ReadAttributes"} & set(after)
    assert after["AllowedOAuthFlowsUserPoolClient"] is False


def test_a_second_call_changes_nothing(target: Target, outputs: dict[str, str]) -> None:
    user_pool.set_addresses(target, outputs, [URL])
    updates: list[Any] = []
    events = target.client("cognito-idp").meta.events
    events.register("before-call.cognito-idp.UpdateUserPoolClient", lambda **_: updates.append(1), unique_id="count")
    user_pool.set_addresses(target, outputs, [URL])
    assert updates == []
    user_pool.set_addresses(target, outputs, [URL, "https://photos.example.com/"])
    events.unregister("before-call.cognito-idp.UpdateUserPoolClient", unique_id="count")
    assert updates == [1]


@pytest.mark.parametrize("variables", [{"AUTH": "iam"}, {"AUTH": "cognito", "COGNITO_USER_POOL_ARN": ARN}])
def test_a_pool_that_the_stage_does_not_use_is_left_alone(
    target: Target, outputs: dict[str, str], variables: dict[str, str]
) -> None:
    set_variables(target, **variables)
    user_pool.set_addresses(target, outputs, [URL])
    assert described(target, outputs)["CallbackURLs"] == [user_pool.NOWHERE]


def test_a_client_that_does_not_exist_is_an_error_that_says_what_was_tried(target: Target) -> None:
    set_variables(target, AUTH="cognito")
    pool = target.client("cognito-idp").create_user_pool(PoolName="darkroom-dev")["UserPool"]["Id"]
    with pytest.raises(DeployError, match="while setting the addresses of the user pool's client"):
        user_pool.set_addresses(target, {"UserPoolId": pool, "UserPoolClientId": "none"}, [URL])
