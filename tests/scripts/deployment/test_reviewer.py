"""The reviewers' settings, and their role as moto stores and enforces it."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.settings import Settings
from scripts import doctor
from scripts.deployment import deployed_state, resources, reviewer, stage_file
from scripts.deployment.target import DeployError, Target
from tests.privilege.enforcement import enforced
from tests.scripts.targets import REVIEWER, moto_target, set_variables

ADA, BOB = REVIEWER, "arn:aws:iam::210987654321:user/team/bob.b@example.com"
BUCKET = "darkroom-dev-images-123456789012"


@pytest.fixture
def target(reviewed: Target) -> Target:
    return reviewed


def choose(target: Target, **variables: str) -> Settings:
    """Set variables of the stage, and return its settings."""
    return stage_file.settings_of(set_variables(target, **variables), resources.expected_names(target))


def role(target: Target) -> Any:
    """Return the role, or None."""
    roles = target.client("iam").list_roles()["Roles"]
    return next((each for each in roles if each["RoleName"] == "darkroom-dev-reviewer"), None)


@pytest.mark.parametrize(
    ("value", "arns"),
    [
        ("", []),
        (" , ", []),
        (ADA, [ADA]),
        (f"{ADA}, {BOB},{ADA}", [ADA, BOB]),
        ("account:123456789012", ["arn:aws:iam::123456789012:root"]),
    ],
)
def test_reviewers_are_users_or_the_users_of_an_account_by_a_word(target: Target, value: str, arns: list[str]) -> None:
    choose(target, REVIEWERS=value)
    assert reviewer.principals(target) == arns


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("*", "lets every AWS account in"),
        ("arn:aws:iam::123456789012:root", "every user of the account. If that is what you want, write account:"),
        ("123456789012", "every user of the account"),
        ("arn:aws:iam::123456789012:role/admin", "never carries MFA"),
        ("arn:aws:sts::123456789012:assumed-role/admin/ada", "never carries MFA"),
        ("arn:aws:sts::123456789012:federated-user/ada", "never carry MFA"),
        ("arn:aws:iam::123456789012:saml-provider/okta", "never carry MFA"),
        ("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com", "never carry MFA"),
        ("arn:aws:iam::123456789012:group/people", "knows no group"),
        ("arn:aws:iam::123456789012:user/*", "is not the ARN of an IAM user"),
        ("arn:aws:iam::12345:user/ada", "is not the ARN of an IAM user"),
        ("arn:aws:iam::123456789012:user/", "is not the ARN of an IAM user"),
        ("arn:aws:s3:::bucket", "is not the ARN of an IAM user"),
        ("lambda.amazonaws.com", "is not the ARN of an IAM user"),
        ("ada", "is not the ARN of an IAM user"),
        ("account:12", "is not the ARN of an IAM user"),
    ],
)
def test_another_principal_is_refused_by_the_doctor_with_the_reason(target: Target, value: str, reason: str) -> None:
    choose(target, REVIEWERS=f"{ADA},{value}")
    found = [each for each in doctor.findings(target, packages=False) if "REVIEWERS" in each]
    assert len(found) == 1
    assert reason in found[0]
    assert repr(value) in found[0]


def test_a_user_of_another_partition_is_found(target: Target) -> None:
    choose(target, REVIEWERS=f"{ADA},arn:aws-cn:iam::123456789012:user/li")
    [finding] = [each for each in doctor.findings(target, packages=False) if "REVIEWERS" in each]
    assert "arn:aws-cn:iam::123456789012:user/li, which is not in the partition aws of us-east-1" in finding


@pytest.mark.parametrize("value", ["yes", "TRUE", "1", ""])
def test_seeing_photos_is_true_or_false(target: Target, value: str) -> None:
    choose(target, REVIEWER_SEES_PHOTOS=value)
    [finding] = [each for each in doctor.findings(target, packages=False) if "REVIEWER" in each]
    assert finding.endswith("Use true or false.")


def test_the_role_follows_the_settings(target: Target) -> None:
    settings = choose(target, REVIEWERS="")
    reviewer.apply(target, settings, "api1")
    assert role(target) is None

    reviewer.apply(target, choose(target, REVIEWERS=ADA), "api1")
    reviewer.apply(target, choose(target, REVIEWERS=f"{ADA},{BOB}"), "api1")
    assert role(target)["AssumeRolePolicyDocument"] == reviewer.trust([ADA, BOB])
    tags = target.client("iam").list_role_tags(RoleName="darkroom-dev-reviewer")["Tags"]
    assert {each["Key"]: each["Value"] for each in tags} == {"application": "darkroom", "stage": "dev"}
    assert sids(target) == sids_of(reviewer.policy_of(target, settings, "api1"))
    assert "Photos" not in sids(target)

    reviewer.apply(target, choose(target, REVIEWER_SEES_PHOTOS="true"), "api1")
    assert "Photos" in sids(target)
    for _ in range(2):
        reviewer.apply(target, choose(target, REVIEWERS=""), "api1")
        assert role(target) is None


def sids(target: Target) -> list[str]:
    """Return the statements of the role's only policy."""
    client = target.client("iam")
    [name] = client.list_role_policies(RoleName="darkroom-dev-reviewer")["PolicyNames"]
    return sids_of(client.get_role_policy(RoleName="darkroom-dev-reviewer", PolicyName=name)["PolicyDocument"])


def sids_of(document: Any) -> list[str]:
    return [each["Sid"] for each in document["Statement"]]


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ({"aws:MultiFactorAuthPresent": "true"}, True),
        ({"aws:MultiFactorAuthPresent": "false"}, False),
        # An access key alone, a session of a role, SAML, OIDC: the key is not there.
        ({}, False),
    ],
)
def test_only_a_call_with_mfa_matches_the_trust_policy(context: dict[str, str], *, allowed: bool) -> None:
    [statement] = reviewer.trust([ADA])["Statement"]
    assert statement["Principal"] == {"AWS": [ADA]}
    assert matches(statement["Condition"], context) is allowed
    # The form for Deny statements would let in whoever has no such key.
    lax = {f"{operator}IfExists": values for operator, values in statement["Condition"].items()}
    assert matches(lax, context) is (allowed or not context)


def matches(condition: dict[str, dict[str, str]], context: dict[str, str]) -> bool:
    """Evaluate Bool and BoolIfExists by IAM's guide, "IAM JSON policy elements: Condition operators"."""
    results = []
    for operator, values in condition.items():
        name = operator.removesuffix("IfExists")
        assert name == "Bool"
        for key, wanted in values.items():
            results.append(context[key] == wanted if key in context else operator != name)
    return all(results)


@pytest.fixture
def session(target: Target) -> boto3.Session:
    """A session of the role, on an account with one photo and the tables of two stages."""
    target.client("s3").create_bucket(Bucket=BUCKET)
    target.client("s3").put_object(Bucket=BUCKET, Key="uploads/a.jpg", Body=b"photo")
    keys: Any = {"KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    keys["AttributeDefinitions"] = [{"AttributeName": "ID", "AttributeType": "S"}]
    for stage in ("dev", "prod"):
        target.client("dynamodb").create_table(TableName=f"darkroom-{stage}-Images", **keys)
    reviewer.apply(target, choose(target), "api1")
    return session_of(target)


def test_a_reviewer_reads_listings_and_records(session: boto3.Session) -> None:
    with enforced():
        listed = session.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
        assert [each["Key"] for each in listed] == ["uploads/a.jpg"]
        assert session.client("dynamodb").scan(TableName="darkroom-dev-Images")["Count"] == 0


@pytest.mark.parametrize(
    ("service", "call", "request_"),
    [
        ("s3", "get_object", {"Bucket": BUCKET, "Key": "uploads/a.jpg"}),
        ("s3", "head_object", {"Bucket": BUCKET, "Key": "uploads/a.jpg"}),
        ("s3", "put_object", {"Bucket": BUCKET, "Key": "uploads/b.jpg", "Body": b""}),
        ("s3", "delete_object", {"Bucket": BUCKET, "Key": "uploads/a.jpg"}),
        ("dynamodb", "put_item", {"TableName": "darkroom-dev-Images", "Item": {"ID": {"S": "1"}}}),
        ("dynamodb", "delete_item", {"TableName": "darkroom-dev-Images", "Key": {"ID": {"S": "1"}}}),
        ("dynamodb", "scan", {"TableName": "darkroom-prod-Images"}),
    ],
)
def test_a_reviewer_gets_no_photo_changes_nothing_and_sees_no_other_stage(
    session: boto3.Session, service: Any, call: str, request_: dict[str, Any]
) -> None:
    with enforced(), pytest.raises(ClientError) as refused:
        getattr(session.client(service), call)(**request_)
    assert refused.value.response["Error"]["Code"] in ("403", "AccessDenied", "AccessDeniedException")


def test_a_reviewer_reads_photos_with_the_setting(target: Target, session: boto3.Session) -> None:
    reviewer.apply(target, choose(target, REVIEWER_SEES_PHOTOS="true"), "api1")
    with enforced():
        assert session.client("s3").get_object(Bucket=BUCKET, Key="uploads/a.jpg")["Body"].read() == b"photo"


def session_of(target: Target) -> boto3.Session:
    """Assume the role."""
    request = {"RoleArn": role(target)["Arn"], "RoleSessionName": "ada"}
    assumed = target.client("sts").assume_role(**request)["Credentials"]
    return boto3.Session(
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
        region_name="us-east-1",
    )


def test_the_command_prints_the_policy_of_a_deployed_stage(target: Target) -> None:
    settings = choose(target)
    deployed_state.add(target, [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "abc"}])
    with pytest.raises(DeployError, match="Chalice has recorded no API"):
        reviewer.text(moto_target(target.project, "staging"))
    assert json.loads(reviewer.text(target)) == reviewer.policy_of(target, settings, "abc")
