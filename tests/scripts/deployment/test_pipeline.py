"""The state machine of the dog workflow is created, updated and deleted; each may be repeated."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.deployment import ingest_definition, pipeline, pipeline_definition
from scripts.deployment.target import DeployError
from tests.scripts.deployment.fake_time import FakeTime


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


def test_creating_twice_leaves_two_machines_each_with_a_role_and_a_log_group(aws: Settings) -> None:
    machines = pipeline.create_or_update(aws)
    created = names()

    assert pipeline.create_or_update(aws) == machines
    assert names() == created
    assert len(created) == 6


def test_an_update_writes_the_definition_of_the_code_over_another(aws: Settings) -> None:
    machines = pipeline.create_or_update(aws)
    client = boto3.client("stepfunctions")
    other = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    for machine in machines:
        client.update_state_machine(stateMachineArn=machine.arn, definition=json.dumps(other))

    pipeline.create_or_update(aws)

    described = [client.describe_state_machine(stateMachineArn=each.arn)["definition"] for each in machines]
    dogs, ingestion = pipeline_definition.arns_of(aws), ingest_definition.arns_of(aws)
    expected = [pipeline_definition.definition(dogs), ingest_definition.definition(ingestion)]
    assert [json.loads(each) for each in described] == expected


def test_deleting_leaves_nothing_and_may_be_repeated(aws: Settings) -> None:
    pipeline.create_or_update(aws)
    for _ in range(2):
        pipeline.delete(aws)
        assert names() == []


class StepFunctions:
    """moto's Step Functions, which may use the role only after some tries, as AWS's may with a new role."""

    def __init__(self, refusals: int) -> None:
        self.client, self.refusals = boto3.client("stepfunctions"), refusals

    def __getattr__(self, name: str) -> Any:
        return self._refuse if name == "create_state_machine" and self.refusals else getattr(self.client, name)

    def _refuse(self, **_request: Any) -> None:
        self.refusals -= 1
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "assume"}}, "CreateStateMachine")


@pytest.mark.parametrize(("refusals", "machines"), [(39, 2), (99, 0)])
def test_a_new_role_gets_two_minutes(aws: Settings, refusals: int, machines: int) -> None:
    time = FakeTime()
    patience = replace(pipeline.NEW_ROLE, clock=lambda: time.now, sleep=time.sleep)
    outcome = nullcontext() if machines else pytest.raises(DeployError, match=r"was not ready after 120 s.*assume")
    with outcome:
        pipeline.create_or_update(aws, patience, StepFunctions(refusals))
    assert len(boto3.client("stepfunctions").list_state_machines()["stateMachines"]) == machines
