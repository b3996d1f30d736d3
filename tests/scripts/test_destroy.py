"""Destroying a stage: the confirmation, the data that prod keeps, and termination protection."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts import destroy
from scripts.deployment import resources, stacks, stage_file
from scripts.deployment.target import DeployError, Target
from tests.scripts.account_inventory import inventory
from tests.scripts.targets import copy_project, moto_target

PROD = "darkroom-prod"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """The stage prod of an empty account."""
    # Imported late, because it makes moto load half of EC2, and every test process imports this module.
    from scripts.embedded.deployed import cloudformation

    monkeypatch.delenv("MOTO_PORT", raising=False)
    with mock_aws():
        cloudformation.register_types()
        yield moto_target(copy_project(tmp_path), "prod")


@pytest.fixture
def prod(empty: Target) -> Target:
    """The stage prod with its stacks, and a photo in a bucket."""
    outputs = resources.create_or_update(empty)
    empty.client("s3").put_object(Bucket=outputs["ImagesBucket"], Key="uploads/a.jpg", Body=b"a photo")
    return empty


def photos(target: Target) -> list[Any]:
    bucket = f"{PROD}-images-{target.account}"
    return [*target.client("s3").list_object_versions(Bucket=bucket).get("Versions", [])]


def test_prod_loses_its_alarms_and_keeps_its_data(prod: Target) -> None:
    destroy.delete_stacks(prod, {}, with_data=False)

    assert inventory(prod)["stacks"] == {PROD}
    assert len(photos(prod)) == 1
    with pytest.raises(DeployError, match="TerminationProtection is enabled"):
        stacks.delete(prod, PROD)


@pytest.fixture
def prod_with_users(empty: Target) -> Target:
    """The stage prod with AUTH=cognito, and a user."""
    path = empty.project / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"]["prod"]["environment_variables"]["AUTH"] = "cognito"
    path.write_text(json.dumps(config))
    outputs = resources.create_or_update(empty)
    empty.client("cognito-idp").admin_create_user(UserPoolId=outputs["UserPoolId"], Username="ann@example.com")
    return empty


def users_of(target: Target) -> int:
    cognito = target.client("cognito-idp")
    pools = cognito.list_user_pools(MaxResults=60)["UserPools"]
    return sum(len(cognito.list_users(UserPoolId=pool["Id"])["Users"]) for pool in pools)


def test_prod_keeps_its_users_unless_it_is_forced(prod_with_users: Target) -> None:
    destroy.delete_stacks(prod_with_users, {}, with_data=False)
    assert users_of(prod_with_users) == 1

    destroy.delete_stacks(prod_with_users, stacks.outputs_of(prod_with_users, PROD), with_data=True)
    assert inventory(prod_with_users)["pools"] == set()


def test_another_auth_keeps_the_users(prod_with_users: Target) -> None:
    path = prod_with_users.project / ".chalice" / "config.json"
    path.write_text(path.read_text().replace('"AUTH": "cognito"', '"AUTH": "iam"'))
    outputs = resources.create_or_update(prod_with_users)

    assert "UserPoolArn" in outputs
    assert "USER_POOL_ARN" not in stage_file.environment(prod_with_users)
    assert users_of(prod_with_users) == 1


def test_force_deletes_the_data_of_prod(prod: Target) -> None:
    outputs = stacks.outputs_of(prod, PROD)
    destroy.delete_stacks(prod, outputs, with_data=True)

    left = inventory(prod)
    assert (left["stacks"], left["buckets"], left["tables"]) == (set(), set(), set())


def test_a_stack_without_outputs_is_deleted_with_its_buckets(prod: Target) -> None:
    destroy.delete_stacks(prod, {}, with_data=True)

    assert inventory(prod)["buckets"] == set()


def test_a_stage_whose_first_stack_failed_is_destroyed(empty: Target) -> None:
    dev = replace(empty, stage="dev")
    template = json.dumps({"Resources": {"Alarms": {"Type": "AWS::SNS::Topic"}}})
    dev.client("cloudformation").create_stack(StackName=dev.name, TemplateBody=template)

    destroy.destroy(dev)

    assert stacks.outputs_of(dev, dev.name) is None


@pytest.mark.parametrize(
    ("stage", "force", "deleted"), [("dev", False, True), ("prod", False, False), ("prod", True, True)]
)
def test_data_is_deleted_except_in_prod_without_force(stage: str, *, force: bool, deleted: bool) -> None:
    assert destroy.deletes_data(Target(stage), force=force) is deleted


@pytest.mark.parametrize(("typed", "confirmed"), [("darkroom-dev\n", True), ("yes\n", False), ("\n", False)])
def test_only_the_stage_s_name_confirms(monkeypatch: pytest.MonkeyPatch, typed: str, *, confirmed: bool) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    assert destroy.is_confirmed(Target("dev"), with_data=True) is confirmed


def test_no_input_does_not_confirm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert destroy.is_confirmed(Target("dev"), with_data=True) is False
    assert "and ALL its photos and records" in capsys.readouterr().out
