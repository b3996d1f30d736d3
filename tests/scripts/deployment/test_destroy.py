"""Who may destroy what: it asks first, prod keeps its data, and a forced prod loses its protection before it goes."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from scripts import destroy
from scripts.deployment import configure, gateway_settings, resources, stacks
from scripts.deployment.target import DeployError, Target
from tests.scripts.deployment.conftest import copy_project, unheard
from tests.scripts.deployment.inventory import inventory

PROD = "darkroom-prod"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """Name a stage prod of an account in which nothing is."""
    # Here, as every process reads this module and few run it: moto reads half of EC2 for it.
    from scripts.embedded.deployed import cloudformation

    monkeypatch.delenv("MOTO_PORT", raising=False)
    with mock_aws():
        cloudformation.teach()
        yield Target("prod", copy_project(tmp_path), unheard, poll_seconds=0.0)


@pytest.fixture
def prod(empty: Target) -> Target:
    """Make the stacks of prod, as a deployment does in its second step, with a photo in a bucket."""
    outputs = resources.create_or_update(empty)
    empty.client("s3").put_object(Bucket=outputs["ImagesBucket"], Key="uploads/a.jpg", Body=b"a photo")
    return empty


def photos(target: Target) -> list[Any]:
    bucket = f"{PROD}-images-{target.account}"
    return [*target.client("s3").list_object_versions(Bucket=bucket).get("Versions", [])]


def test_a_usage_plan_goes_with_the_stage_that_it_opens(empty: Target) -> None:
    client = empty.client("apigateway")
    api = client.create_rest_api(name="darkroom")["id"]
    gateway_settings.usage_plan(client, api, "api", empty.name, empty.tags)
    client.create_usage_plan(name="another's")

    configure.drop_usage_plan(empty)

    assert inventory(empty)["plans"] == {"another's"}


def test_prod_loses_its_alarms_and_keeps_its_data(prod: Target) -> None:
    destroy.take_stacks(prod, {}, with_data=False)

    assert inventory(prod)["stacks"] == {PROD}
    assert len(photos(prod)) == 1
    with pytest.raises(DeployError, match="TerminationProtection is enabled"):
        stacks.delete(prod, PROD)


def test_a_forced_prod_is_gone(prod: Target) -> None:
    outputs = stacks.outputs_of(prod, PROD)
    destroy.take_stacks(prod, outputs, with_data=True)

    left = inventory(prod)
    assert (left["stacks"], left["buckets"], left["tables"]) == (set(), set(), set())


def test_a_stack_that_failed_and_tells_no_outputs_can_go_too(prod: Target) -> None:
    destroy.take_stacks(prod, {}, with_data=True)

    assert inventory(prod)["buckets"] == set()


def test_a_service_whose_first_stack_failed_is_destroyed(empty: Target) -> None:
    dev = Target("dev", empty.project, unheard, poll_seconds=0.0)
    template = json.dumps({"Resources": {"Alarms": {"Type": "AWS::SNS::Topic"}}})
    dev.client("cloudformation").create_stack(StackName=dev.name, TemplateBody=template)

    destroy.destroy(dev)

    assert stacks.outputs_of(dev, dev.name) is None


@pytest.mark.parametrize(
    ("stage", "force", "taken"), [("dev", False, True), ("prod", False, False), ("prod", True, True)]
)
def test_data_goes_everywhere_but_in_prod(stage: str, *, force: bool, taken: bool) -> None:
    assert destroy.takes_data(Target(stage), force=force) is taken


@pytest.mark.parametrize(("typed", "agreed"), [("darkroom-dev\n", True), ("yes\n", False), ("\n", False)])
def test_it_asks_for_the_stage_s_name(monkeypatch: pytest.MonkeyPatch, typed: str, *, agreed: bool) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    assert destroy.agreed(Target("dev"), with_data=True) is agreed


def test_no_answer_at_all_is_a_no(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert destroy.agreed(Target("dev"), with_data=True) is False
    assert "with ALL its photos and records" in capsys.readouterr().out
