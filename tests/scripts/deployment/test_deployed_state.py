"""Chalice's state file: which copy is used, the bucket's or the local one."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from scripts.deployment import deployed_state
from scripts.deployment.target import Target
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


@pytest.mark.parametrize(("account", "kept"), [("123456789012", True), ("210987654321", False)])
def test_without_a_file_in_the_bucket_only_one_of_this_account_stays(
    target: Target, account: str, *, kept: bool
) -> None:
    write(target, "local", account=account)

    assert not deployed_state.download(target, BUCKET)
    assert deployed_state.local_file(target).exists() is kept


def test_a_copy_is_written_only_if_its_condition_holds(target: Target) -> None:
    write(target, "one")
    etag = deployed_state.upload(target, BUCKET, IfNoneMatch="*")
    write(target, "two")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        deployed_state.upload(target, BUCKET, IfNoneMatch="*")
    assert deployed_state.upload(target, BUCKET, IfMatch=etag) != etag


def test_the_claim_is_in_the_bucket_and_not_in_chalice_s_file(target: Target) -> None:
    write(target, "one")
    etag = deployed_state.upload(target, BUCKET, {"by": "ann"})
    deployed_state.local_file(target).unlink()
    assert deployed_state.download(target, BUCKET) == deployed_state.Copy(etag, {"by": "ann"})
    assert "ann" not in deployed_state.local_file(target).read_text()


def test_resources_are_added_in_place_of_those_of_the_same_name(target: Target) -> None:
    deployed_state.add(target, [])
    assert not deployed_state.local_file(target).exists()
    deployed_state.add(target, [{"name": "a", "id": 1}, {"name": "b", "id": 2}])
    deployed_state.add(target, [{"name": "a", "id": 3}])
    assert {name: each["id"] for name, each in deployed_state.resources(target).items()} == {"a": 3, "b": 2}
    assert json.loads(deployed_state.local_file(target).read_text())["schema_version"] == "2.0"
