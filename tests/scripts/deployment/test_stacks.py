"""A stack in each state that an earlier run may have left, on a CloudFormation that does what the test says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.deployment import stacks
from scripts.deployment.target import DeployError, Target


class CloudFormation:
    """One stack; each look at it takes the next of the `states`, and each change sets those to come."""

    def __init__(self, states: list[str], after: dict[str, list[str]], refusal: str = "") -> None:
        self.states, self.after, self.refusal, self.calls = states, after, refusal, list[str]()

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 -- boto3's own names
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if state == "none":
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "it does not exist"}}, "DescribeStacks")
        outputs = [{"OutputKey": "ImagesBucket", "OutputValue": "photos"}]
        return {"Stacks": [{"StackName": StackName, "StackId": "id", "StackStatus": state, "Outputs": outputs}]}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**_request: Any) -> None:
            self.calls.append(name)
            if self.refusal and name == "update_stack":
                raise ClientError({"Error": {"Code": "ValidationError", "Message": self.refusal}}, "UpdateStack")
            self.states = list(self.after[name])

        return call

    def get_paginator(self, _name: str) -> "CloudFormation":
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803 -- boto3's own names
        event = {
            "EventId": "1",
            "Timestamp": datetime.now(UTC) + timedelta(minutes=1),
            "ResourceStatus": "CREATE_FAILED",
            "LogicalResourceId": "ImagesBucket",
            "ResourceStatusReason": f"{StackName} has too many",
        }
        return [{"StackEvents": [event]}]


def run(states: list[str], refusal: str = "", **after: list[str]) -> tuple[CloudFormation, dict[str, str], list[str]]:
    said: list[str] = []
    target, cloud = Target("dev", log=said.append, poll_seconds=0), CloudFormation(states, after, refusal)
    target._clients["cloudformation"] = cloud
    return cloud, stacks.create_or_update(target, "darkroom-dev", "{}", {"Stage": "dev"}), said


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def test_a_new_stack_is_created_with_its_progress_told() -> None:
    cloud, outputs, said = run(["none"], create_stack=["CREATE_IN_PROGRESS", "CREATE_COMPLETE"])
    assert (cloud.calls, outputs) == (["create_stack"], {"ImagesBucket": "photos"})
    assert said == ["  create failed: ImagesBucket"]


def test_a_stack_that_is_there_is_updated_once_nothing_is_under_way() -> None:
    states = ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    cloud, _, _ = run(states, update_stack=["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
    assert cloud.calls == ["update_stack"]


def test_a_stack_with_nothing_to_change_is_left_alone() -> None:
    _, outputs, said = run(["CREATE_COMPLETE"], "No updates are to be performed.")
    assert outputs == {"ImagesBucket": "photos"}
    assert said == ["  darkroom-dev is as its template says"]


def test_a_stack_whose_creation_failed_is_deleted_and_created_anew() -> None:
    cloud, _, _ = run(["ROLLBACK_COMPLETE"], delete_stack=["none"], create_stack=["CREATE_COMPLETE"])
    assert cloud.calls == ["delete_stack", "create_stack"]


def test_a_stack_that_waits_for_a_review_is_not_waited_for() -> None:
    # Only a person would end it: a wait would never be over.
    cloud, _, _ = run(["REVIEW_IN_PROGRESS", "waited"], delete_stack=["none"], create_stack=["CREATE_COMPLETE"])
    assert cloud.calls == ["delete_stack", "create_stack"]


@pytest.mark.parametrize(
    ("end", "remedy"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", "mend that and run the same command again"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name darkroom-dev"),
    ],
)
def test_a_failure_is_told_with_its_cause_and_how_to_go_on(end: str, remedy: str) -> None:
    with pytest.raises(DeployError) as raised:
        run(["CREATE_COMPLETE"], update_stack=[end])
    assert "ImagesBucket: id has too many" in str(raised.value)
    assert remedy in str(raised.value)
