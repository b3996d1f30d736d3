"""The zones of VPC=new: chosen by their ids, and kept by the stack whatever order AWS lists them in later."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.settings import Settings
from scripts.deployment import stacks
from scripts.deployment.target import DeployError, Target
from scripts.deployment.vpc import stack, zones
from tests.scripts.targets import set_variables


def zone(name: str, number: int, **fields: str) -> dict[str, str]:
    """Return a zone as DescribeAvailabilityZones describes it."""
    found = {"ZoneName": f"eu-west-1{name}", "ZoneId": f"euw1-az{number}", "State": "available"}
    return found | {"OptInStatus": "opt-in-not-required", "ZoneType": "availability-zone"} | fields


A, B, C = zone("a", 3), zone("b", 1), zone("c", 2)


@pytest.fixture
def target(target: Target) -> Target:
    return set_variables(target, VPC="new")


def listing(found: list[dict[str, str]]) -> Target:
    """Return a target in eu-west-1 whose EC2 answers with these zones: moto has no others than open ones."""
    ec2: Any = boto3.client("ec2", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    stubber = Stubber(ec2)
    stubber.add_response("describe_availability_zones", {"AvailabilityZones": found})
    stubber.activate()
    target = Target("dev", _clients={"ec2": ec2})
    vars(target).update(region="eu-west-1")
    return target


@pytest.mark.parametrize("listed", [[A, B, C], [C, B, A], [B, A, C]])
def test_the_order_of_the_list_does_not_matter(listed: list[dict[str, str]]) -> None:
    assert zones.choose(listing(listed)) == ["eu-west-1b", "eu-west-1c"]


@pytest.mark.parametrize(
    "fields",
    [
        {"State": "impaired"},
        {"State": "unavailable"},
        {"OptInStatus": "opted-in", "ZoneType": "local-zone"},
        {"OptInStatus": "not-opted-in"},
        {"ZoneType": "wavelength-zone"},
    ],
)
def test_a_zone_that_is_closed_or_of_another_kind_is_not_chosen(fields: dict[str, str]) -> None:
    assert zones.choose(listing([A, B | fields, C])) == ["eu-west-1c", "eu-west-1a"]


def test_a_region_with_one_zone_is_refused_with_what_to_do() -> None:
    with pytest.raises(DeployError, match="needs 2 zones, and eu-west-1 has 1 that this account may use") as raised:
        zones.choose(listing([A]))
    assert "VPC_SUBNETS" in str(raised.value)


def test_a_stack_keeps_the_zones_of_its_subnets(target: Target, settings: Settings) -> None:
    # As an earlier version made it: in two zones that nobody would choose today.
    old = {**stack.parameters(target, settings), "ZoneA": "us-east-1f", "ZoneB": "us-east-1a"}
    assert zones.choose(target) == ["us-east-1b", "us-east-1c"]
    stacks.create_or_update(target, stack.name(target), stack.TEMPLATE.read_text(), old)
    subnets = stack.own_network(target).subnets

    stack.create_or_update(target, replace(settings, dog_schedule="off"))

    assert stack.own_network(target).subnets == subnets
    assert zones.of_subnets(target, subnets) == ["us-east-1f", "us-east-1a"]


def test_a_stack_that_is_made_anew_chooses_anew(target: Target, settings: Settings) -> None:
    stack.create_or_update(target, settings)
    stack.delete(target)
    stack.create_or_update(target, settings)
    assert zones.of_subnets(target, stack.own_network(target).subnets) == ["us-east-1b", "us-east-1c"]
