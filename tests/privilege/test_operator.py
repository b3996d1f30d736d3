"""The operator's policy allows what the runbook asks for, and nothing that it does not ask for."""

import json
import re
from dataclasses import replace

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from scripts.deployment.policies import render_role
from scripts.deployment.uploaders import users
from scripts.project import PROJECT
from tests.scripts.deployment.uploaders.account import Calls, empty_account

RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text()
POLICY = render_role("operator", "dev", "us-east-1", "123456789012")


def arn(service: str, resource: str, region: str = "us-east-1", account: str = "123456789012") -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


CLEANUP, RULE = arn("lambda", "function:darkroom-dev-cleanup"), arn("events", "rule/darkroom-dev-cleanup-event")
LOGS = arn("logs", "log-group:/aws/lambda/darkroom-dev-resize_image:*")
QUEUE, MACHINE = arn("sqs", "darkroom-dev-dead-letters"), arn("states", "stateMachine:darkroom-dev-DogUploaderPipeline")
POOL = arn("cognito-idp", "userpool/us-east-1_Pool1")
INGESTION = arn("states", "stateMachine:darkroom-dev-IngestDogs")
EXECUTION = arn("states", "execution:darkroom-dev-DogUploaderPipeline:one")
STACK = arn("cloudformation", "stack/darkroom-dev/one")
USER = arn("iam", "user/darkroom-dev-uploader-backend", region="")
SECRET = arn("secretsmanager", "secret:darkroom-dev-uploader-backend-a1B2c3")
PROBE = "arn:aws:s3:::darkroom-dev-landing-123456789012/backend/rotation-probe/"
#: What the runbook says, and each call that it needs: the action and its resource.
ASKED = {
    "aws cloudformation describe-stacks": [
        ("cloudformation:DescribeStacks", STACK),
        ("cloudformation:DescribeStackEvents", arn("cloudformation", "stack/darkroom-dev-monitoring/one")),
    ],
    "Logs Insights": [
        ("logs:StartQuery", arn("logs", "log-group:/aws/lambda/darkroom-dev:*")),
        ("logs:StartQuery", LOGS),
        ("logs:GetQueryResults", "*"),
        ("logs:DescribeQueryDefinitions", "*"),
        ("logs:DescribeLogGroups", "*"),
    ],
    "the function's log": [("logs:FilterLogEvents", LOGS)],
    "on the dashboard": [
        ("cloudwatch:GetDashboard", arn("cloudwatch", "dashboard/darkroom-dev", region="")),
        ("cloudwatch:GetMetricData", "*"),
    ],
    "An alarm has the name": [("cloudwatch:DescribeAlarms", "*")],
    "aws s3 ls": [
        ("s3:ListBucket", f"arn:aws:s3:::darkroom-dev-{word}-123456789012")
        for word in ("images", "landing", "sanitized")
    ],
    "aws s3api get-bucket-notification-configuration": [
        ("s3:GetBucketNotification", "arn:aws:s3:::darkroom-dev-landing-123456789012")
    ],
    "python -m scripts.cleanup --stage dev --status": [("events:DescribeRule", RULE)],
    "python -m scripts.cleanup --stage dev --enable": [("events:EnableRule", RULE), ("events:DisableRule", RULE)],
    "python -m scripts.cleanup --stage dev --run --dry-run": [("lambda:InvokeFunction", CLEANUP)],
    "aws events describe-rule": [("events:DescribeRule", arn("events", "rule/darkroom-dev-dog_fetch-event"))],
    "aws events enable-rule": [("events:EnableRule", arn("events", "rule/darkroom-dev-reconcile-event"))],
    "aws cloudwatch disable-alarm-actions": [
        ("cloudwatch:DisableAlarmActions", arn("cloudwatch", "alarm:darkroom-dev-cleanup-missing")),
        ("cloudwatch:EnableAlarmActions", arn("cloudwatch", "alarm:darkroom-dev-cleanup-missing")),
    ],
    "python -m scripts.replay --stage dev --dry-run": [
        ("sqs:GetQueueUrl", QUEUE),
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:ChangeMessageVisibility", QUEUE),
    ],
    "python -m scripts.replay --stage dev": [
        ("lambda:InvokeFunction", arn("lambda", "function:darkroom-dev-sanitize_image")),
        ("sqs:DeleteMessage", QUEUE),
    ],
    "the execution in the Step Functions console": [
        ("states:ListExecutions", MACHINE),
        ("states:DescribeStateMachine", MACHINE),
        ("states:DescribeExecution", EXECUTION),
        ("states:GetExecutionHistory", EXECUTION),
        ("logs:FilterLogEvents", arn("logs", "log-group:/aws/vendedlogs/states/darkroom-dev-DogUploaderPipeline:*")),
    ],
    "python -m scripts.state_machine --stage dev --run": [("states:StartExecution", MACHINE)],
    "python -m scripts.ingest_dogs --stage dev --on-aws": [
        ("states:DescribeExecution", INGESTION.replace("stateMachine", "execution") + ":ingest-1"),
        ("states:GetExecutionHistory", INGESTION.replace("stateMachine", "execution") + ":ingest-1"),
        ("states:StartExecution", INGESTION),
    ],
    "python -m scripts.state_machine --stage dev --alert": [
        ("dynamodb:GetItem", arn("dynamodb", "table/darkroom-dev-DogImageUploads")),
        ("sns:Publish", arn("sns", "darkroom-dev-png-alert-topic")),
    ],
    "python -m scripts.why uploads/photo.jpg --stage dev": [
        ("dynamodb:GetItem", arn("dynamodb", "table/darkroom-dev-Images")),
        ("dynamodb:Query", arn("dynamodb", "table/darkroom-dev-Images/index/by-source")),
        ("s3:ListBucket", "arn:aws:s3:::darkroom-dev-images-123456789012"),
        ("s3:ListBucket", "arn:aws:s3:::darkroom-dev-landing-123456789012"),
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:ChangeMessageVisibility", QUEUE),
        ("logs:FilterLogEvents", LOGS),
    ],
    "aws dynamodb query": [("dynamodb:Query", arn("dynamodb", "table/darkroom-dev-Images/index/by-due"))],
    "python -m scripts.users --stage dev add": [("cognito-idp:AdminCreateUser", POOL)],
    "python -m scripts.users --stage dev list": [("cognito-idp:ListUsers", POOL)],
    "python -m scripts.users --stage dev remove": [("cognito-idp:AdminDeleteUser", POOL)],
    "python -m scripts.users --stage dev token": [
        ("cognito-idp:ListUserPoolClients", POOL),
        ("cognito-idp:AdminInitiateAuth", POOL),
    ],
    "python -m scripts.rotate_uploader --stage dev --user backend": [
        *[(f"iam:{each}", USER) for each in ("GetUser", "TagUser", "ListAccessKeys")],
        *[(f"iam:{each}AccessKey", USER) for each in ("Create", "Update", "Delete")],
        *[(f"secretsmanager:{each}", SECRET) for each in ("DescribeSecret", "GetSecretValue", "PutSecretValue")],
        *[(f"secretsmanager:{each}", SECRET) for each in ("UpdateSecretVersionStage", "TagResource")],
        ("s3:ListBucketVersions", "arn:aws:s3:::darkroom-dev-landing-123456789012"),
        ("s3:GetObjectVersion", PROBE),
        ("s3:DeleteObjectVersion", PROBE),
    ],
    "aws iam update-access-key": [("iam:UpdateAccessKey", USER)],
    "`id` is the image": [("dynamodb:GetItem", arn("dynamodb", "table/darkroom-dev-Images"))],
}
CALLS = [call for calls in ASKED.values() for call in calls]


def permits(policy: object, action: str, resource: str) -> bool:
    result = IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)
    return bool(result is PermissionResult.PERMITTED)


@pytest.mark.parametrize("words", ASKED)
def test_what_the_runbook_asks_for_is_allowed(words: str) -> None:
    assert words in RUNBOOK
    assert [call for call in ASKED[words] if not permits(POLICY, *call)] == []


def test_every_command_of_the_runbook_is_in_this_test() -> None:
    commands = set(re.findall(r"aws [a-z0-9]+ [a-z0-9-]+|python -m scripts\.\w+", RUNBOOK))
    assert len(commands) > 8
    assert [each for each in commands if not any(words.startswith(each) for words in ASKED)] == []


ACTIONS = [(index, action) for index, each in enumerate(POLICY["Statement"]) for action in each["Action"]]


@pytest.mark.parametrize(("index", "action"), ACTIONS, ids=[f"{action}-{index}" for index, action in ACTIONS])
def test_without_an_action_a_command_fails(index: int, action: str) -> None:
    statements = json.loads(json.dumps(POLICY["Statement"]))
    statements[index]["Action"].remove(action)
    less = {"Version": "2012-10-17", "Statement": [each for each in statements if each["Action"]]}
    assert not all(permits(less, *call) for call in CALLS)


RESOURCES = [(index, resource) for index, each in enumerate(POLICY["Statement"]) for resource in each["Resource"]]


@pytest.mark.parametrize(("index", "resource"), RESOURCES)
def test_without_a_resource_a_command_fails(index: int, resource: str) -> None:
    statements = json.loads(json.dumps(POLICY["Statement"]))
    statements[index]["Resource"].remove(resource)
    less = {"Version": "2012-10-17", "Statement": [each for each in statements if each["Resource"]]}
    assert not all(permits(less, *call) for call in CALLS)


def test_the_calls_of_a_rotation_are_those_that_the_runbook_s_command_names() -> None:
    with empty_account() as account:
        account.make("backend")
        calls, probes = Calls(), Calls()
        for finish in (False, True, False, False):
            rotation = account.rotation("backend", calls)
            client_of = account.client_of("backend", probes)
            prober = replace(rotation.prober, client_of=client_of)
            assert users.exists(prober.uploader)
            replace(rotation, prober=prober).run(finish=finish)
    names = {"".join(part.capitalize() for part in each.split("_")) for each in calls.made}
    asked = {
        action.partition(":")[2] for action, _ in ASKED["python -m scripts.rotate_uploader --stage dev --user backend"]
    }
    versions = {"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}
    assert {versions.get(each, each).replace("ListObjectVersions", "ListBucketVersions") for each in names} == asked
    # The new key puts the probe, not the operator.
    assert set(probes.made) == {"put_object"}


def test_the_operator_reads_no_photo() -> None:
    for key in ("backend/a.jpg", "rotation-probe/a.jpg", "backend/rotation-probe/a.jpg"):
        photo = f"arn:aws:s3:::darkroom-dev-landing-123456789012/{key}"
        assert not permits(POLICY, "s3:GetObject", photo)
        assert not permits(POLICY, "s3:GetObjectVersion", photo)


def test_another_stage_is_out_of_reach() -> None:
    elsewhere = [(action, resource.replace("darkroom-dev", "darkroom-prod")) for action, resource in CALLS]
    without_name = ("*", POOL)
    assert [call for call in elsewhere if call[1] not in without_name and permits(POLICY, *call)] == []


def test_the_users_of_another_stage_are_out_of_reach() -> None:
    # Cognito chooses the id of a pool, so its tags decide. moto does not evaluate conditions.
    [users] = [each for each in POLICY["Statement"] if each["Sid"] == "Users"]
    tags = {"aws:ResourceTag/application": "darkroom", "aws:ResourceTag/stage": "dev"}
    assert users["Condition"] == {"StringEquals": tags}
    assert [each["Sid"] for each in POLICY["Statement"] if "cognito-idp" in str(each["Action"])] == ["Users"]


def test_an_operator_cannot_set_the_password_of_a_user() -> None:
    assert not permits(POLICY, "cognito-idp:AdminSetUserPassword", POOL)
