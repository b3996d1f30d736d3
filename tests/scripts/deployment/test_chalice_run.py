"""Where a deployment differs from `chalice deploy`: what is gone is passed over, and what is off stays off."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chalice.awsclient import ResourceDoesNotExistError
from chalice.deploy.models import APICall
from moto import mock_aws

from app import app
from scripts.deployment import chalice_run, deployed_state, rules
from scripts.deployment.target import DeployError, Target
from tests.scripts.deployment.conftest import copy_project, unheard

ARN = "arn:aws:lambda:us-east-1:123456789012:function:darkroom-dev-cleanup"
CLEANUP, DOGS = "darkroom-dev-cleanup-event", "darkroom-dev-dog_fetch-event"
GONE: list[dict[str, Any]] = [
    {"name": "role", "resource_type": "iam_role", "role_name": "darkroom-dev-cleanup"},
    {"name": "cleanup", "resource_type": "lambda_function", "lambda_arn": ARN},
    {"name": "cleanup-event", "resource_type": "cloudwatch_event", "rule_name": CLEANUP},
    {"name": "photos-s3event", "resource_type": "s3_event", "bucket": "darkroom-no-bucket", "lambda_arn": ARN},
]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # Chalice writes the stage's settings into it, and the project's folder into the other.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(sys, "path", [*sys.path])
    with mock_aws():
        yield Target("dev", copy_project(tmp_path), unheard, poll_seconds=0.0)


def deployed(target: Target, resources: list[dict[str, Any]]) -> None:
    chalice_run._record(target.project, "dev", resources)


def schedule(target: Target, rule: str) -> None:
    """Make the rule as Chalice does, which switches it on."""
    target.client("events").put_rule(Name=rule, ScheduleExpression="rate(1 hour)")


def state(target: Target, rule: str) -> str:
    return str(target.client("events").describe_rule(Name=rule)["State"])


def test_a_deletion_that_stopped_half_way_can_be_finished(target: Target) -> None:
    assert app
    deployed(target, GONE)

    chalice_run.delete(target.project, "dev")

    assert deployed_state.resources(target) == {}


class Executor:
    """Chalice's executor, whose every call is answered with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def _do_apicall(self, _instruction: APICall) -> None:
        raise self.error


def call(method: str, error: Exception) -> None:
    executor = Executor(error)
    chalice_run._pass_over_what_is_gone(executor)
    executor._do_apicall(APICall(method, {}))


def test_an_api_that_chalice_misses_is_passed_over() -> None:
    # moto has no answer for an API that it does not know.
    call("delete_rest_api", ResourceDoesNotExistError("gone"))


@pytest.mark.parametrize(
    ("method", "code"),
    [("delete_rest_api", "TooManyRequestsException"), ("connect_s3_bucket_to_lambda", "NoSuchBucket")],
)
def test_what_cannot_be_deleted_and_what_is_needed_is_told(method: str, code: str) -> None:
    with pytest.raises(ClientError, match=code):
        call(method, ClientError({"Error": {"Code": code}}, "Call"))


def test_a_rule_that_is_off_stays_off_when_chalice_fails(target: Target) -> None:
    said: list[str] = []
    rules = [{"name": rule, "resource_type": "cloudwatch_event", "rule_name": rule} for rule in (CLEANUP, DOGS, "none")]
    deployed(target, rules)
    for rule in (CLEANUP, DOGS):
        schedule(target, rule)
    target.client("events").disable_rule(Name=CLEANUP)
    # A project that this Chalice refuses, and that switches rules on as it speaks.
    path = target.project / ".chalice" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": "9.0"}))

    def hear(line: str) -> None:
        said.append(line)
        if "still disabled" not in line:
            schedule(target, CLEANUP)

    with pytest.raises(DeployError, match="could not deploy"):
        chalice_run.run(Target("dev", target.project, hear, 0.0, target._clients), "deploy")

    assert (state(target, CLEANUP), state(target, DOGS)) == ("DISABLED", "ENABLED")
    assert len(said) > 1
    assert said[-1] == f"  still disabled, as before: {CLEANUP}"


def test_a_rule_that_chalice_deleted_need_not_be_disabled(target: Target) -> None:
    deployed(target, [GONE[2]])
    schedule(target, CLEANUP)
    target.client("events").disable_rule(Name=CLEANUP)

    with rules.stay_off(target):
        target.client("events").delete_rule(Name=CLEANUP)

    assert not target.client("events").list_rules()["Rules"]
