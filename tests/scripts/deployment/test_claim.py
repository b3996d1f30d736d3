"""Two runs that deploy the same stage: the second one is told who deploys, and nothing is overwritten."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts.deployment import claim, deployed_state
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import moto_target

BUCKET = "darkroom-dev-state"
OTHER = {"by": "arn:aws:iam::123456789012:user/ben", "machine": "bens-laptop", "process": "1", "run": "x"}


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        target = moto_target(tmp_path / "ann")
        target.client("s3").create_bucket(Bucket=BUCKET)
        yield target


def in_bucket(target: Target) -> dict[str, Any]:
    body = target.client("s3").get_object(Bucket=BUCKET, Key=deployed_state.key(target))["Body"]
    return dict(json.loads(body.read()))


def claim_of_other(target: Target, *, age: timedelta = timedelta(), **changes: str) -> None:
    since = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    deployed_state.upload(target, BUCKET, OTHER | {"since": since} | changes)


def test_a_run_claims_the_stage_and_then_writes_what_it_made(target: Target) -> None:
    with claim.claimed(target, BUCKET):
        held = in_bucket(target)["claim"]
        deployed_state.add(target, [{"name": "rest_api", "rest_api_id": "one"}])
    assert (held["by"], held["process"]) == (target.caller, str(os.getpid()))
    assert in_bucket(target) == deployed_state.document([{"name": "rest_api", "rest_api_id": "one"}])


def test_a_run_that_fails_writes_what_it_made(target: Target) -> None:
    with pytest.raises(ValueError, match="broken"), claim.claimed(target, BUCKET):  # noqa: PT012 -- the block must fail
        deployed_state.add(target, [{"name": "rest_api", "rest_api_id": "one"}])
        raise ValueError("broken")
    assert in_bucket(target)["resources"] == [{"name": "rest_api", "rest_api_id": "one"}]
    assert "claim" not in in_bucket(target)


def test_the_second_laptop_is_told_who_deploys(target: Target) -> None:
    claim_of_other(target, age=timedelta(minutes=59))
    before = in_bucket(target)
    with pytest.raises(DeployError, match=r"by arn:.*user/ben on bens-laptop since .* ends 60 minutes after its start"):
        enter(target)
    assert in_bucket(target) == before


def test_a_claim_of_an_hour_ago_is_that_of_a_run_that_was_killed(target: Target) -> None:
    claim_of_other(target, age=timedelta(minutes=61))
    enter(target)
    assert "claim" not in in_bucket(target)


@pytest.mark.parametrize("alive", [True, False])
def test_on_the_same_machine_the_process_tells_whether_the_run_goes_on(target: Target, *, alive: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        if not alive:
            process.kill()
            process.wait()
        claim_of_other(target, by=target.caller, machine=platform.node(), process=str(process.pid))
        if alive:
            with pytest.raises(DeployError, match="is being deployed"):
                enter(target)
        else:
            enter(target)
        process.kill()


@pytest.mark.parametrize("exists", [True, False])
def test_of_two_runs_that_claim_at_the_same_moment_one_wins(target: Target, *, exists: bool) -> None:
    if exists:
        deployed_state.upload(target, BUCKET)
    s3 = Racing(target)
    racing = replace(target, _clients={"s3": s3, "sts": target.client("sts")})
    with pytest.raises(DeployError, match="user/ben on bens-laptop"):
        enter(racing)
    assert in_bucket(target)["claim"]["by"].endswith("/ben")


def test_a_run_whose_claim_was_taken_over_does_not_overwrite_the_other_one_s_file(target: Target) -> None:
    with pytest.raises(DeployError, match="user/ben"), claim.claimed(target, BUCKET):
        claim_of_other(target)
    assert in_bucket(target)["claim"]["by"].endswith("/ben")


def test_the_error_of_the_block_is_shown_also_if_another_run_has_taken_over(target: Target) -> None:
    with pytest.raises(ValueError, match="the cause"), claim.claimed(target, BUCKET):  # noqa: PT012 -- the block must fail
        claim_of_other(target)
        raise ValueError("the cause")
    assert in_bucket(target)["claim"]["by"].endswith("/ben")


def test_an_old_claim_does_not_count_although_a_process_has_its_number(target: Target) -> None:
    machine = platform.node()
    claim_of_other(target, age=timedelta(days=1), by=target.caller, machine=machine, process=str(os.getppid()))
    enter(target)


def test_a_missing_bucket_stops_a_deployment_but_not_a_deletion(target: Target) -> None:
    target.client("s3").delete_bucket(Bucket=BUCKET)
    with pytest.raises(DeployError, match="NoSuchBucket"):
        enter(target)
    with claim.claimed(target, BUCKET, may_be_missing=True):
        deployed_state.add(target, [{"name": "rest_api"}])


def enter(target: Target) -> None:
    """Claim the stage and do nothing."""
    with claim.claimed(target, BUCKET):
        deployed_state.resources(target)


class Racing:
    """S3, in which another run claims the stage between the read and the write of this run."""

    def __init__(self, target: Target) -> None:
        self.target, self.s3, self.raced = target, target.client("s3"), False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s3, name)

    def put_object(self, **request: Any) -> Any:
        if not self.raced:
            self.raced = True
            claim_of_other(self.target)
        return self.s3.put_object(**request)
