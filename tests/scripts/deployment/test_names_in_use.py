"""Names that a new stage needs and that exist already."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from scripts.deployment import names_in_use
from scripts.deployment.target import Target
from tests.scripts.targets import copy_project, moto_target, set_variables

ACCOUNT = "123456789012"
TABLE = {
    "KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "ID", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
#: What exists, and how a test creates it.
TAKEN: dict[str, Callable[[Target], Any]] = {
    f"the bucket darkroom-dev-state-{ACCOUNT}": lambda target: target.client("s3").create_bucket(
        Bucket=f"darkroom-dev-state-{ACCOUNT}"
    ),
    "the table darkroom-dev-Images": lambda target: target.client("dynamodb").create_table(
        TableName="darkroom-dev-Images", **TABLE
    ),
    "the topic darkroom-dev-images": lambda target: target.client("sns").create_topic(Name="darkroom-dev-images"),
    "the topic darkroom-dev-alarms": lambda target: target.client("sns").create_topic(Name="darkroom-dev-alarms"),
    "the queue darkroom-dev-dead-letters": lambda target: target.client("sqs").create_queue(
        QueueName="darkroom-dev-dead-letters"
    ),
    "the state machine darkroom-dev-DogUploaderPipeline": lambda target: target.client(
        "stepfunctions"
    ).create_state_machine(
        name="darkroom-dev-DogUploaderPipeline",
        definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/role",
    ),
    "the IAM user darkroom-dev-uploader-backend": lambda target: target.client("iam").create_user(
        UserName="darkroom-dev-uploader-backend"
    ),
    "the secret darkroom-dev-uploader-backend": lambda target: target.client("secretsmanager").create_secret(
        Name="darkroom-dev-uploader-backend"
    ),
    "the log group /aws/lambda/darkroom-dev-cleanup": lambda target: target.client("logs").create_log_group(
        logGroupName="/aws/lambda/darkroom-dev-cleanup"
    ),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Target]:
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


def test_an_empty_account_has_none(empty: Target) -> None:
    assert not list(names_in_use.findings(empty))


@pytest.mark.parametrize("what", TAKEN)
def test_a_name_that_exists_already_is_found(empty: Target, what: str) -> None:
    TAKEN[what](empty)
    [finding] = names_in_use.findings(empty)
    assert finding.startswith(f"{what} exists and does not belong")


def test_a_log_group_with_a_longer_name_is_another_one(empty: Target) -> None:
    empty.client("logs").create_log_group(logGroupName="/aws/lambda/darkroom-dev-cleanup-of-others")
    assert not list(names_in_use.findings(empty))


def test_a_name_that_aws_gives_no_answer_about_is_found(empty: Target) -> None:
    with Stubber(empty.client("dynamodb")) as dynamodb:
        for _ in range(2):
            dynamodb.add_client_error("describe_table", "AccessDeniedException")
        found = list(names_in_use.findings(empty))
    assert [finding.split(". ")[0] for finding in found] == [
        f"AWS does not say whether the table darkroom-dev-{word} exists (AccessDeniedException)"
        for word in ("Images", "DogImageUploads")
    ]


def test_the_bucket_of_a_published_page_is_looked_for_until_its_stack_exists(empty: Target) -> None:
    empty.client("s3").create_bucket(Bucket=f"darkroom-dev-web-{ACCOUNT}")
    assert not list(names_in_use.findings(empty))
    [finding] = names_in_use.findings(set_variables(empty, WEB="s3"))
    assert finding.startswith(f"the bucket darkroom-dev-web-{ACCOUNT} exists")
    # Also in a stage that exists already and publishes its page for the first time.
    document = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    empty.client("cloudformation").create_stack(StackName="darkroom-dev", TemplateBody=document)
    assert [each.partition(" exists")[0] for each in names_in_use.findings(empty)] == [
        f"the bucket darkroom-dev-web-{ACCOUNT}"
    ]
    empty.client("cloudformation").create_stack(StackName="darkroom-dev-web", TemplateBody=document)
    assert not list(names_in_use.findings(empty))
