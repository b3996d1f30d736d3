"""The state machine of the dog workflow is created, updated and deleted; each may be repeated."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.deployment import pipeline
from scripts.deployment.pipeline_definition import definition


@pytest.fixture
def aws(settings: Settings) -> Iterator[Settings]:
    """An empty moto."""
    with mock_aws():
        yield settings


def names() -> list[str]:
    """List the state machines, roles and log groups of the account."""
    machines = boto3.client("stepfunctions").list_state_machines()["stateMachines"]
    roles = boto3.client("iam").list_roles()["Roles"]
    groups = boto3.client("logs").describe_log_groups()["logGroups"]
    return [*(m["name"] for m in machines), *(r["RoleName"] for r in roles), *(g["logGroupName"] for g in groups)]


def test_creating_twice_leaves_one_machine_one_role_and_one_log_group(aws: Settings) -> None:
    arns = pipeline.create_or_update(aws)
    created = names()

    assert pipeline.create_or_update(aws) == arns
    assert names() == created
    assert len(created) == 3


def test_an_update_writes_the_definition_of_the_code_over_another(aws: Settings) -> None:
    arns = pipeline.create_or_update(aws)
    client = boto3.client("stepfunctions")
    other = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    client.update_state_machine(stateMachineArn=arns.machine, definition=json.dumps(other))

    pipeline.create_or_update(aws)

    described = client.describe_state_machine(stateMachineArn=arns.machine)
    assert json.loads(described["definition"]) == definition(arns)


def test_deleting_leaves_nothing_and_may_be_repeated(aws: Settings) -> None:
    pipeline.create_or_update(aws)
    for _ in range(2):
        pipeline.delete(aws)
        assert names() == []
