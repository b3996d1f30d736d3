"""Chalice's state file: which copy is used, the bucket's or the local one."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from scripts.deployment import deployed_state
from scripts.deployment.target import DeployError, Target
from tests.scripts.targets import moto_target

BUCKET = "darkroom-dev-state"
HOUR = 3600.0


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        target = moto_target(tmp_path)
        target.client("s3").create_bucket(Bucket=BUCKET)
        yield target


def write(target: Target, name: str, *, account: str = "123456789012", age: float = 0.0) -> None:
    path = deployed_state.local_file(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    path.write_text(json.dumps({"resources": [{"name": name, "lambda_arn": arn}]}))
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))


def downloaded(target: Target) -> set[str]:
    assert deployed_state.download(target, BUCKET)
    return set(deployed_state.resources(target))


def test_a_new_checkout_uses_the_bucket_s_file(target: Target) -> None:
    write(target, "uploaded")
    deployed_state.upload(target, BUCKET)
    deployed_state.local_file(target).unlink()

    assert downloaded(target) == {"uploaded"}


@pytest.mark.parametrize(("age", "used"), [(HOUR, "uploaded"), (-HOUR, "local")])
def test_the_newer_file_is_used(target: Target, age: float, used: str) -> None:
    write(target, "uploaded")
    deployed_state.upload(target, BUCKET)
    # Plain `chalice deploy` does this: it does not know the bucket.
    write(target, "local", age=age)

    assert downloaded(target) == {used}


def test_a_local_file_of_another_account_is_never_used(target: Target) -> None:
    write(target, "uploaded")
    deployed_state.upload(target, BUCKET)
    write(target, "local", account="210987654321", age=-HOUR)

    assert downloaded(target) == {"uploaded"}


def test_a_missing_bucket_stops_a_deployment_but_not_a_deletion(target: Target) -> None:
    write(target, "local")
    target.client("s3").delete_bucket(Bucket=BUCKET)

    with pytest.raises(DeployError, match="NoSuchBucket"):
        deployed_state.upload(target, BUCKET)
    deployed_state.upload(target, BUCKET, may_be_missing=True)


@pytest.mark.parametrize(("account", "kept"), [("123456789012", True), ("210987654321", False)])
def test_without_a_file_in_the_bucket_only_one_of_this_account_stays(
    target: Target, account: str, *, kept: bool
) -> None:
    write(target, "local", account=account)

    assert not deployed_state.download(target, BUCKET)
    assert deployed_state.local_file(target).exists() is kept
