"""What functions in existing subnets would not reach, in networks of moto's EC2."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.settings import Settings
from scripts.deployment.target import Target
from scripts.deployment.vpc import routes
from tests.scripts.targets import copy_project, moto_target, set_variables

ALL = ["S3", "DynamoDB", "SNS", "Step Functions", "the dog API"]
HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
ANYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


class Builder:
    """A VPC with a subnet, whose route table leads nowhere yet."""

    def __init__(self, target: Target, cidr: str = "10.0.0.0/24") -> None:
        self.target, self.ec2 = target, target.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
        self.group = self.ec2.create_security_group(VpcId=self.vpc, GroupName="g", Description="g")["GroupId"]
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=self.subnet)

    def gateway_endpoint(self, service: str, table: str = "") -> None:
        self._endpoint(service, VpcEndpointType="Gateway", RouteTableIds=[table or self.table])

    def interface_endpoint(self, service: str, *, private_dns: bool = True) -> None:
        self._endpoint(service, VpcEndpointType="Interface", SubnetIds=[self.subnet], PrivateDnsEnabled=private_dns)

    def _endpoint(self, service: str, **options: Any) -> None:
        self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=f"com.amazonaws.us-east-1.{service}", **options)

    def endpoints(self) -> None:
        for service in ("s3", "dynamodb"):
            self.gateway_endpoint(service)
        for service in ("sns", "states"):
            self.interface_endpoint(service)

    def route_to_nat(self, table: str = "") -> None:
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = self.ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        self.ec2.create_route(RouteTableId=table or self.table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)

    def route_to_internet(self) -> str:
        gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        return str(gateway)

    def findings(self, settings: Settings, subnets: str = "", groups: str = "") -> list[str]:
        set_variables(self.target, VPC_SUBNETS=subnets or self.subnet, VPC_SECURITY_GROUPS=groups or self.group)
        return list(routes.findings(self.target, settings))

    def missing(self, settings: Settings) -> list[str]:
        """Return what the subnet has no route to; no other finding may be there."""
        found = self.findings(settings)
        start = f"the subnet {self.subnet} has no route to "
        assert all(each.startswith(start) for each in found), found
        return [each.removeprefix(start).partition(". ")[0] for each in found]


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Builder]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Builder(moto_target(copy_project(tmp_path)))


def test_a_subnet_without_any_route_reaches_nothing(network: Builder, settings: Settings) -> None:
    assert network.missing(settings) == ALL
    assert network.missing(replace(settings, dog_schedule="off")) == ALL[:3]
    found = network.findings(settings)
    assert f"Add a gateway endpoint for s3 to its route table {network.table}, or a route to a NAT" in found[0]
    assert "Add an interface endpoint for sns with private DNS" in found[2]
    assert "or set DOG_SCHEDULE=off" in found[4]


def test_endpoints_reach_the_services_and_not_the_dogs(network: Builder, settings: Settings) -> None:
    network.endpoints()
    assert network.missing(settings) == ["the dog API"]
    assert network.missing(replace(settings, dog_schedule="off")) == []


def test_a_nat_gateway_reaches_everything(network: Builder, settings: Settings) -> None:
    network.route_to_nat()
    assert network.missing(settings) == []


def test_a_transit_gateway_is_told_for_what_has_no_endpoint(network: Builder, settings: Settings) -> None:
    gateway = network.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    network.ec2.create_route(RouteTableId=network.table, DestinationCidrBlock="0.0.0.0/0", TransitGatewayId=gateway)
    assert network.missing(settings) == []
    [line] = routes.advice(network.target, settings)
    assert line.startswith(f"The subnet {network.subnet} reaches {', '.join(ALL)} only through {gateway}.")
    network.endpoints()
    [line] = routes.advice(network.target, settings)
    assert "reaches the dog API only through" in line
    assert list(routes.advice(network.target, replace(settings, dog_schedule="off"))) == []


def test_each_endpoint_counts_for_its_service_only(network: Builder, settings: Settings) -> None:
    network.gateway_endpoint("s3")
    network.interface_endpoint("sns")
    assert network.missing(settings) == ["DynamoDB", "Step Functions", "the dog API"]


def test_an_endpoint_of_another_route_table_does_not_count(network: Builder, settings: Settings) -> None:
    other = network.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    network.gateway_endpoint("s3", other)
    assert network.missing(settings) == ALL


def test_an_interface_endpoint_without_private_dns_does_not_count(network: Builder, settings: Settings) -> None:
    # boto3 calls AWS's own name, which then leads to the internet.
    network.interface_endpoint("sns", private_dns=False)
    assert network.missing(settings) == ALL


def test_an_endpoint_of_another_vpc_does_not_count(network: Builder, settings: Settings) -> None:
    Builder(network.target, "10.9.0.0/24").endpoints()
    assert network.missing(settings) == ALL


def test_a_subnet_without_a_table_of_its_own_has_the_main_one(network: Builder, settings: Settings) -> None:
    tables = network.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])["RouteTables"]
    [main] = [each["RouteTableId"] for each in tables if any(a.get("Main") for a in each["Associations"])]
    network.route_to_nat(main)
    assert network.missing(settings) == ALL
    [own] = [each for table in tables for each in table["Associations"] if each.get("SubnetId") == network.subnet]
    network.ec2.disassociate_route_table(AssociationId=own["RouteTableAssociationId"])
    assert network.missing(settings) == []


def test_a_route_whose_gateway_is_gone_does_not_count(settings: Settings) -> None:
    table = {
        "RouteTableId": "rtb-1",
        "Associations": [{"SubnetId": "subnet-1"}],
        "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}],
    }
    found = routes.route_findings(routes.Vpc([table], []), ["subnet-1"], routes.needs(settings))
    assert len(list(found)) == len(ALL)


def test_an_endpoint_that_is_not_available_does_not_count(settings: Settings) -> None:
    table: dict[str, Any] = {"RouteTableId": "rtb-1", "Associations": [{"SubnetId": "subnet-1"}], "Routes": []}
    endpoint = {
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "VpcEndpointType": "Gateway",
        "RouteTableIds": ["rtb-1"],
    }
    counts = []
    for state in ("available", "pending", "deleting"):
        vpc = routes.Vpc([table], [endpoint | {"State": state}])
        counts.append(len(list(routes.route_findings(vpc, ["subnet-1"], routes.needs(settings)))))
    assert counts == [len(ALL) - 1, len(ALL), len(ALL)]


def test_a_public_subnet_is_refused_also_with_endpoints(network: Builder, settings: Settings) -> None:
    network.endpoints()
    gateway = network.route_to_internet()
    [found] = network.findings(settings)
    assert found.startswith(
        f"the subnet {network.subnet} is public: its route table {network.table} leads to {gateway}"
    )


def test_unknown_ids_are_found(network: Builder, settings: Settings) -> None:
    network.route_to_nat()
    found = network.findings(settings, f"{network.subnet},subnet-0bad", f"{network.group},sg-0bad")
    assert [each.partition(", which")[0] for each in found] == [
        "VPC_SUBNETS names subnet-0bad",
        "VPC_SECURITY_GROUPS names sg-0bad",
    ]


def test_a_security_group_of_another_vpc_is_found(network: Builder, settings: Settings) -> None:
    network.route_to_nat()
    other = Builder(network.target, "10.9.0.0/24")
    [found] = network.findings(settings, groups=other.group)
    assert found.startswith(f"the security group {other.group} is in {other.vpc}")


def test_subnets_of_two_vpcs_are_found(network: Builder, settings: Settings) -> None:
    network.route_to_nat()
    other = Builder(network.target, "10.9.0.0/24")
    other.route_to_nat()
    found = network.findings(settings, subnets=f"{network.subnet},{other.subnet}")
    assert [each for each in found if "several VPCs" in each]


def test_security_groups_must_let_https_out(network: Builder, settings: Settings) -> None:
    network.route_to_nat()
    network.ec2.revoke_security_group_egress(GroupId=network.group, IpPermissions=[ANYTHING])
    [found] = network.findings(settings)
    assert found.startswith("no group in VPC_SECURITY_GROUPS lets port 443 out")
    network.ec2.authorize_security_group_egress(
        GroupId=network.group, IpPermissions=[HTTPS | {"FromPort": 80, "ToPort": 80}]
    )
    assert network.findings(settings) == [found]
    network.ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=[HTTPS])
    assert network.findings(settings) == []


@pytest.mark.parametrize("variables", [{}, {"VPC": "new"}])
def test_without_an_existing_network_aws_is_not_asked(tmp_path: Path, settings: Settings, variables: Any) -> None:
    # A client for EC2 would need a region and credentials that may call it.
    target = Target("dev", copy_project(tmp_path), _clients={})
    assert list(routes.findings(set_variables(target, **variables), settings)) == []
    assert list(routes.advice(target, settings)) == []
    assert target._clients == {}


def test_the_keys_of_uploaders_are_read_from_secrets_manager(settings: Settings) -> None:
    table = {"RouteTableId": "rtb-1", "Routes": [], "Associations": [{"Main": True}]}

    def missing(uploaders: tuple[str, ...]) -> list[str]:
        changed = replace(settings, uploaders=uploaders)
        return list(routes.route_findings(routes.Vpc([table], []), ["subnet-1"], routes.needs(changed)))

    assert not [each for each in missing(()) if "Secrets Manager" in each]
    (found,) = [each for each in missing(("backend",)) if "Secrets Manager" in each]
    assert "an interface endpoint for secretsmanager" in found
