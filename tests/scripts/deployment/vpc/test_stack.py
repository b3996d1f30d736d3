"""The stack of VPC=new in moto: created, read, left alone and deleted."""

from typing import Any

import pytest

from scripts import destroy
from scripts.deployment import resources, stage_file
from scripts.deployment.patience import Patience
from scripts.deployment.target import DeployError, Target
from scripts.deployment.vpc import routes, stack
from scripts.deployment.vpc.choice import Network
from scripts.deployment.vpc.routes import read_vpc, route_findings
from tests.scripts.account_inventory import inventory
from tests.scripts.deployment.fake_time import FakeTime
from tests.scripts.targets import moto_target, set_variables

NAME = "darkroom-dev-vpc"


def created(target: Target, **variables: str) -> Network:
    """Create the stack, and return the network of the functions."""
    set_variables(target, **variables)
    stack.create_or_update(target, stage_file.settings_of(target, resources.expected_names(target)))
    return stack.network(target)


def test_without_the_setting_there_is_no_stack_and_no_network(target: Target) -> None:
    assert created(target) == Network()
    assert inventory(target)["stacks"] == set()


def test_an_existing_network_makes_no_stack(target: Target) -> None:
    network = created(target, VPC_SUBNETS="subnet-0a1", VPC_SECURITY_GROUPS="sg-0b2")
    assert network == Network(("subnet-0a1",), ("sg-0b2",))
    assert inventory(target)["stacks"] == set()


@pytest.mark.parametrize("uploaders", ["", "backend"])
@pytest.mark.parametrize("schedule", ["rate(1 hour)", "off"])
def test_the_doctor_of_existing_networks_finds_nothing_wrong_with_a_new_one(
    target: Target, schedule: str, uploaders: str
) -> None:
    network = created(target, VPC="new", DOG_SCHEDULE=schedule, UPLOADERS=uploaders)
    settings = stage_file.settings_of(target, resources.expected_names(target))
    found = target.client("ec2").describe_subnets(SubnetIds=[*network.subnets])["Subnets"]
    [vpc] = {each["VpcId"] for each in found}
    assert len({each["AvailabilityZone"] for each in found}) == 2
    assert list(route_findings(read_vpc(target, vpc), [*network.subnets], routes.needs(settings))) == []
    # The same network as an existing one of another stage.
    ids = {"VPC_SUBNETS": ",".join(network.subnets), "VPC_SECURITY_GROUPS": network.security_groups[0]}
    assert list(routes.findings(set_variables(target, VPC="", **ids), settings)) == []


def test_without_dogs_there_is_no_way_to_the_internet(target: Target) -> None:
    network = created(target, VPC="new", DOG_SCHEDULE="off", UPLOADERS="")
    ec2 = target.client("ec2")
    found = ec2.describe_subnets(SubnetIds=[*network.subnets])["Subnets"]
    services = {each["ServiceName"].rpartition(".")[2] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    assert services == {"s3", "dynamodb", "sns"}
    assert (ec2.describe_nat_gateways()["NatGateways"], ec2.describe_internet_gateways()["InternetGateways"]) == (
        [],
        [],
    )
    with_dogs = stage_file.settings_of(
        set_variables(target, DOG_SCHEDULE="rate(1 hour)", UPLOADERS="backend"), resources.expected_names(target)
    )
    missing = route_findings(read_vpc(target, found[0]["VpcId"]), [*network.subnets], routes.needs(with_dogs))
    assert len(list(missing)) == 2 * len(("Step Functions", "the dog API", "Secrets Manager"))


def test_a_stack_is_deleted_with_all_that_it_made(target: Target) -> None:
    before = everything(target)
    created(target, VPC="new")
    assert everything(target) != before
    stack.delete(target)
    assert everything(target) == before
    stack.delete(target)


def test_a_stack_is_deleted_only_after_lambdas_interfaces(target: Target) -> None:
    network = created(target, VPC="new")
    interface = add_interface(target, network)
    time = FakeTime()

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        assert inventory(target)["stacks"] == {NAME}
        if time.now >= 60:
            target.client("ec2").delete_network_interface(NetworkInterfaceId=interface)

    stack.delete(target, Patience(timeout=100, pause=30, clock=lambda: time.now, sleep=sleep))
    assert (time.now, inventory(target)["stacks"]) == (60, set())


def test_a_stack_stays_if_an_interface_stays(target: Target) -> None:
    add_interface(target, created(target, VPC="new"))
    time = FakeTime()
    with pytest.raises(DeployError, match="network interfaces was not ready after 100 s"):
        stack.delete(target, Patience(timeout=100, pause=30, clock=lambda: time.now, sleep=time.sleep))
    assert inventory(target)["stacks"] == {NAME}


def test_a_stack_that_the_stage_no_longer_uses_is_deleted(target: Target) -> None:
    created(target, VPC="new")
    stack.delete_unused(target)
    assert inventory(target)["stacks"] == {NAME}
    stack.delete_unused(set_variables(target, VPC=""))
    assert inventory(target)["stacks"] == set()


def test_prod_loses_its_vpc_and_keeps_its_data(target: Target) -> None:
    prod = moto_target(target.project, "prod")
    set_variables(prod, VPC="new")
    resources.create_or_update(prod)
    assert "darkroom-prod-vpc" in inventory(prod)["stacks"]
    destroy.delete_stacks(prod, {}, with_data=False)
    assert inventory(prod)["stacks"] == {"darkroom-prod"}


def add_interface(target: Target, network: Network) -> str:
    """Make an interface as Lambda does, and return its id."""
    created = target.client("ec2").create_network_interface(
        SubnetId=network.subnets[0], Description="AWS Lambda VPC ENI-darkroom-dev-0f0f"
    )
    return str(created["NetworkInterface"]["NetworkInterfaceId"])


def everything(target: Target) -> dict[str, Any]:
    """Return the ids of all that a VPC can have, without what AWS shows for a while after its deletion."""
    ec2 = target.client("ec2")
    calls = {
        "vpcs": ("Vpcs", "VpcId"),
        "subnets": ("Subnets", "SubnetId"),
        "route_tables": ("RouteTables", "RouteTableId"),
        "security_groups": ("SecurityGroups", "GroupId"),
        "vpc_endpoints": ("VpcEndpoints", "VpcEndpointId"),
        "nat_gateways": ("NatGateways", "NatGatewayId"),
        "internet_gateways": ("InternetGateways", "InternetGatewayId"),
        "addresses": ("Addresses", "AllocationId"),
    }
    found = {call: getattr(ec2, f"describe_{call}")()[field] for call, (field, _) in calls.items()}
    return {
        call: {each[calls[call][1]] for each in listed if each.get("State") != "deleted"}
        for call, listed in found.items()
    }
