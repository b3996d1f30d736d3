"""Where a deployment differs from `chalice deploy`: missing resources, the state after a failure, disabled rules."""

import inspect
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from chalice.awsclient import ResourceDoesNotExistError
from chalice.deploy.deployer import Deployer
from chalice.deploy.models import APICall
from moto import mock_aws

from app import app
from scripts.deployment import chalice_run, deployed_state
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import copy_project, moto_target

ARN = "arn:aws:lambda:us-east-1:123456789012:function:darkroom-dev-cleanup"
CLEANUP, DOGS = "darkroom-dev-cleanup-event", "darkroom-dev-dog_fetch-event"
MISSING: list[dict[str, Any]] = [
    {"name": "role", "resource_type": "iam_role", "role_name": "darkroom-dev-cleanup"},
    {"name": "cleanup", "resource_type": "lambda_function", "lambda_arn": ARN},
    {"name": "cleanup-event", "resource_type": "cloudwatch_event", "rule_name": CLEANUP},
    {"name": "photos-s3event", "resource_type": "s3_event", "bucket": "darkroom-no-bucket", "lambda_arn": ARN},
]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # Chalice adds the stage's variables to os.environ, and the project's folder to sys.path.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(sys, "path", [*sys.path])
    with mock_aws():
        yield moto_target(copy_project(tmp_path))


def record(target: Target, resources: list[dict[str, Any]]) -> None:
    deployed_state.add(target, resources)


def schedule(target: Target, rule: str) -> None:
    """Create or update a rule as Chalice does, which enables it."""
    target.client("events").put_rule(Name=rule, ScheduleExpression="rate(1 hour)")


def state(target: Target, rule: str) -> str:
    return str(target.client("events").describe_rule(Name=rule)["State"])


def test_a_deletion_ignores_resources_that_do_not_exist(target: Target) -> None:
    assert app
    record(target, MISSING)

    chalice_run.delete(target.project, "dev")

    assert deployed_state.resources(target) == {}


class Executor:
    """Chalice's executor, with an error for every call."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def _do_apicall(self, _instruction: APICall) -> None:
        raise self.error


def call(method: str, error: Exception) -> None:
    executor = Executor(error)
    chalice_run._ignore_missing_resources(executor)
    executor._do_apicall(APICall(method, {}))


def test_the_deletion_of_a_missing_api_is_ignored() -> None:
    # Not tested on moto, which does not answer for an unknown API.
    call("delete_rest_api", ResourceDoesNotExistError("gone"))


@pytest.mark.parametrize(
    ("method", "code"),
    [("delete_rest_api", "TooManyRequestsException"), ("connect_s3_bucket_to_lambda", "NoSuchBucket")],
)
def test_other_errors_and_missing_resources_that_are_needed_are_raised(method: str, code: str) -> None:
    with pytest.raises(ClientError, match=code):
        call(method, ClientError({"Error": {"Code": code}}, "Call"))


def test_a_disabled_rule_stays_disabled_when_chalice_fails(target: Target) -> None:
    logged: list[str] = []
    rules = [{"name": rule, "resource_type": "cloudwatch_event", "rule_name": rule} for rule in (CLEANUP, DOGS, "none")]
    record(target, rules)
    for rule in (CLEANUP, DOGS):
        schedule(target, rule)
    target.client("events").disable_rule(Name=CLEANUP)
    # Chalice refuses this project. Each line of its output enables the rule.
    path = target.project / ".chalice" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": "9.0"}))

    def log(line: str) -> None:
        logged.append(line)
        if "still disabled" not in line:
            schedule(target, CLEANUP)

    with pytest.raises(DeployError, match="could not deploy"):
        chalice_run.run(replace(target, log=log), "deploy")

    assert (state(target, CLEANUP), state(target, DOGS)) == ("DISABLED", "ENABLED")
    assert len(logged) > 1
    assert logged[-1] == f"  still disabled, as before: {CLEANUP}"


def test_the_next_run_knows_what_chalice_created_before_it_failed(target: Target) -> None:
    record(target, [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "one"}])
    record(target, [{"name": "cleanup", "resource_type": "lambda_function"}])
    known = deployed_state.resources(target)
    assert set(known) == {"rest_api", "cleanup"}
    assert known["rest_api"]["rest_api_id"] == "one"


def test_chalice_still_has_the_attribute_that_lists_what_it_created() -> None:
    assert "self._executor.resource_values" in inspect.getsource(Deployer)


def test_a_run_that_is_told_to_stop_tells_its_command_once_and_waits_for_it(tmp_path: Path) -> None:
    lines: list[str] = []

    def log(line: str) -> None:
        lines.append(line.strip())
        if lines[-1] == "started":
            raise KeyboardInterrupt

    program = (
        "import signal, sys, time\nfrom scripts.terminal import interrupt\n"
        "def main():\n    try:\n        print('started', flush=True)\n        time.sleep(60)\n"
        "    finally:\n        time.sleep(0.2)\n        open(sys.argv[1], 'w').close()\n"
        "interrupt.run(main)\n"
    )
    recorded = tmp_path / "recorded"
    with pytest.raises(KeyboardInterrupt):
        chalice_run._run_and_log([sys.executable, "-c", program, str(recorded)], log)
    assert recorded.exists()
    assert lines == ["started"]
