"""Which record of what is deployed counts, the bucket's or the one here."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from scripts.deployment import deployed_state
from scripts.deployment.target import DeployError, Target
from tests.scripts.deployment.conftest import unheard

BUCKET = "darkroom-dev-state"
HOUR = 3600.0


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        target = Target("dev", tmp_path, unheard, poll_seconds=0.0)
        target.client("s3").create_bucket(Bucket=BUCKET)
        yield target


def write(target: Target, name: str, *, account: str = "123456789012", age: float = 0.0) -> None:
    path = deployed_state.local_file(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    path.write_text(json.dumps({"resources": [{"name": name, "lambda_arn": arn}]}))
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))


def fetched(target: Target) -> set[str]:
    assert deployed_state.fetch(target, BUCKET)
    return set(deployed_state.resources(target))


def test_a_fresh_checkout_takes_the_bucket_s(target: Target) -> None:
    write(target, "kept")
    deployed_state.keep(target, BUCKET)
    deployed_state.local_file(target).unlink()

    assert fetched(target) == {"kept"}


@pytest.mark.parametrize(("age", "counts"), [(HOUR, "kept"), (-HOUR, "here")])
def test_the_newer_of_both_counts(target: Target, age: float, counts: str) -> None:
    write(target, "kept")
    deployed_state.keep(target, BUCKET)
    # As plain `chalice deploy` does, which knows of no bucket.
    write(target, "here", age=age)

    assert fetched(target) == {counts}


def test_another_account_s_never_counts(target: Target) -> None:
    write(target, "kept")
    deployed_state.keep(target, BUCKET)
    write(target, "here", account="210987654321", age=-HOUR)

    assert fetched(target) == {"kept"}


def test_a_bucket_that_is_gone_stops_a_deployment_and_no_destruction(target: Target) -> None:
    write(target, "here")
    target.client("s3").delete_bucket(Bucket=BUCKET)

    with pytest.raises(DeployError, match="NoSuchBucket"):
        deployed_state.keep(target, BUCKET)
    deployed_state.keep(target, BUCKET, may_be_gone=True)
