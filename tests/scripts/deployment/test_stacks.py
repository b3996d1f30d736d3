"""Stacks in each state that an earlier run may have left, on a fake CloudFormation and on moto."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from scripts.deployment import stacks
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import moto_target


class CloudFormation:
    """A fake with one stack. Each DescribeStacks returns the next of `states`; each change replaces them by `after`."""

    def __init__(self, states: list[str], after: dict[str, list[str]], refusal: str = "") -> None:
        self.states, self.after, self.refusal, self.calls = states, after, refusal, list[str]()
        # What happened before: a stack that failed has the event of its failure, and events of the day before.
        self.events = [failure("old", "Queue"), failure("older", "Topic")] if "FAILED" in states[0] else []

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's own names
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "none":
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "it does not exist"}}, "DescribeStacks")
        outputs = [{"OutputKey": "ImagesBucket", "OutputValue": "photos"}]
        return {"Stacks": [{"StackName": StackName, "StackId": "id", "StackStatus": state, "Outputs": outputs}]}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**_request: Any) -> None:
            self.calls.append(name)
            self.events.insert(0, failure("new", "ImagesBucket"))
            if self.refusal and name == "update_stack":
                raise ClientError({"Error": {"Code": "ValidationError", "Message": self.refusal}}, "UpdateStack")
            self.states = list(self.after[name])

        return call

    def get_paginator(self, _name: str) -> "CloudFormation":
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: ARG002, N803 -- boto3's own names
        # AWS returns the newest event first.
        return [{"StackEvents": self.events}]


def failure(event_id: str, resource: str) -> dict[str, Any]:
    """Return an event. Its time is in the past, as for a person whose clock is fast: it must not count."""
    return {
        "EventId": event_id,
        "Timestamp": datetime(2020, 1, 1, tzinfo=UTC),
        "ResourceStatus": "CREATE_FAILED",
        "LogicalResourceId": resource,
        "ResourceStatusReason": f"{event_id}: too many",
    }


def run(states: list[str], refusal: str = "", **after: list[str]) -> tuple[CloudFormation, dict[str, str], list[str]]:
    logged: list[str] = []
    target, cloud = Target("dev", log=logged.append, poll_seconds=0), CloudFormation(states, after, refusal)
    target._clients["cloudformation"] = cloud
    return cloud, stacks.create_or_update(target, "darkroom-dev", "{}", {"Stage": "dev"}), logged


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def test_a_new_stack_is_created_and_its_events_are_logged() -> None:
    cloud, outputs, logged = run(["none"], create_stack=["CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
    assert (cloud.calls, outputs) == (["create_stack"], {"ImagesBucket": "photos"})
    assert logged == ["  create failed: ImagesBucket"]


def test_an_existing_stack_is_updated_after_the_change_in_progress() -> None:
    states = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    cloud, _, _ = run(states, update_stack=["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
    assert cloud.calls == ["update_stack"]


def test_a_stack_without_changes_is_up_to_date() -> None:
    _, outputs, logged = run(["CREATE_COMPLETE"], "No updates are to be performed.")
    assert outputs == {"ImagesBucket": "photos"}
    assert logged == ["  darkroom-dev is up to date"]


def test_a_stack_whose_creation_failed_is_deleted_and_created_again() -> None:
    cloud, _, _ = run(["ROLLBACK_COMPLETE"], delete_stack=["none"], create_stack=["CREATE_COMPLETE"])
    assert cloud.calls == ["delete_stack", "create_stack"]


def test_a_stack_in_review_is_deleted_and_created_again() -> None:
    # A review ends only when a person acts, so waiting would never end.
    cloud, _, _ = run(["REVIEW_IN_PROGRESS", "waited"], delete_stack=["none"], create_stack=["CREATE_COMPLETE"])
    assert cloud.calls == ["delete_stack", "create_stack"]


@pytest.mark.parametrize(
    ("end", "remedy"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "remove the cause and run the same command again"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name darkroom-dev"),
        ("DELETE_FAILED", "run `make destroy STAGE=dev`; after that"),
    ],
)
def test_a_failure_has_its_cause_and_what_to_do(end: str, remedy: str) -> None:
    with pytest.raises(DeployError) as raised:
        run(["CREATE_COMPLETE"], update_stack=[end])
    assert "ImagesBucket: new: too many" in str(raised.value)
    assert remedy in str(raised.value)


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("DELETE_FAILED", "run `make destroy STAGE=dev`; after that"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name darkroom-dev"),
    ],
)
def test_a_stuck_stack_is_left_alone_with_its_last_failure_and_what_to_do(state: str, remedy: str) -> None:
    with pytest.raises(DeployError, match="Queue: old: too many") as raised:
        run([state])
    assert remedy in str(raised.value)


def test_the_remedy_of_a_stuck_stack_of_alarms_deletes_no_data() -> None:
    cloud, target = CloudFormation(["DELETE_FAILED"], {}), Target("dev", poll_seconds=0)
    target._clients["cloudformation"] = cloud
    with pytest.raises(DeployError, match="delete-stack --stack-name darkroom-dev-monitoring`, which deletes no data"):
        stacks.create_or_update(target, "darkroom-dev-monitoring", "{}", {"Stage": "dev"})


def test_a_deletion_that_failed_is_tried_again() -> None:
    cloud, target = CloudFormation(["DELETE_FAILED"], {"delete_stack": ["none"]}), Target("dev", poll_seconds=0)
    target._clients["cloudformation"] = cloud
    stacks.delete(target, "darkroom-dev")
    assert cloud.calls == ["delete_stack"]


def template(topic: str) -> str:
    return json.dumps(
        {
            "Parameters": {"AlarmEmail": {"Type": "String", "Default": ""}},
            "Resources": {topic: {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"Email": {"Value": {"Ref": "AlarmEmail"}}},
        }
    )


def test_a_parameter_without_a_value_keeps_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        emails = [
            stacks.create_or_update(moto_target(), "tiny", template(f"Topic{number}"), {"AlarmEmail": email})["Email"]
            for number, email in enumerate((None, "a@example.com", None, ""))
        ]
    assert emails == ["", "a@example.com", "a@example.com", ""]


def test_a_stack_that_does_not_exist_has_no_outputs_and_needs_no_deletion() -> None:
    with mock_aws():
        assert stacks.outputs_of(moto_target(), "missing") is None
        stacks.delete(moto_target(), "missing")
