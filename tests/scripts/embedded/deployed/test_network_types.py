"""A VPC in a stack is deleted with all its parts, and its security groups have the egress rules of the template."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.embedded.deployed import cloudformation, network_types

VPC, TABLE, GATEWAY = {"Ref": "Vpc"}, {"Ref": "Table"}, {"Ref": "Gateway"}
RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"}
RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "Vpc": ("VPC", {"CidrBlock": "10.0.0.0/24"}),
    "Subnet": ("Subnet", {"VpcId": VPC, "CidrBlock": "10.0.0.0/26"}),
    "Table": ("RouteTable", {"VpcId": VPC}),
    "Association": ("SubnetRouteTableAssociation", {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": TABLE}),
    "Endpoint": (
        "VPCEndpoint",
        {
            "VpcId": VPC,
            "VpcEndpointType": "Gateway",
            "ServiceName": "com.amazonaws.us-east-1.s3",
            "RouteTableIds": [TABLE],
        },
    ),
    "Gateway": ("InternetGateway", {}),
    "Attachment": ("VPCGatewayAttachment", {"VpcId": VPC, "InternetGatewayId": GATEWAY}),
    "Address": ("EIP", {"Domain": "vpc"}),
    "Nat": (
        "NatGateway",
        {"SubnetId": {"Ref": "Subnet"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
    ),
    "Group": ("SecurityGroup", {"VpcId": VPC, "GroupDescription": "g", "SecurityGroupEgress": [RULE]}),
}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        name: {"Type": f"AWS::EC2::{kind}", "Properties": properties} for name, (kind, properties) in RESOURCES.items()
    },
    "Outputs": {"Group": {"Value": {"Fn::GetAtt": ["Group", "GroupId"]}}},
}


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The id of the security group of a stack with every type."""
    monkeypatch.delenv("MOTO_PORT", raising=False)
    with mock_aws():
        cloudformation.register_types()
        stacks = boto3.client("cloudformation")
        stacks.create_stack(StackName="network", TemplateBody=json.dumps(TEMPLATE))
        yield stacks.describe_stacks(StackName="network")["Stacks"][0]["Outputs"][0]["OutputValue"]


def test_every_type_of_the_module_is_in_the_stack() -> None:
    assert set(network_types.TYPES) <= {each["Type"] for each in TEMPLATE["Resources"].values()}


def test_a_security_group_has_only_the_egress_rules_of_the_template(group: str) -> None:
    [found] = boto3.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    [rule] = found["IpPermissionsEgress"]
    assert (rule["FromPort"], rule["IpRanges"][0]["CidrIp"]) == (443, "10.0.0.0/8")


@pytest.mark.usefixtures("group")
def test_a_subnet_has_its_route_table() -> None:
    tables = boto3.client("ec2").describe_route_tables()["RouteTables"]
    [own] = [table for table in tables if any(each.get("SubnetId") for each in table["Associations"])]
    assert "vpce-" in json.dumps(own["Routes"])


@pytest.mark.usefixtures("group")
def test_nothing_is_left_after_the_deletion() -> None:
    ec2 = boto3.client("ec2")
    ours = [{"Name": "cidr-block", "Values": ["10.0.0.0/24"]}]
    assert len(ec2.describe_vpcs(Filters=ours)["Vpcs"]) == 1
    boto3.client("cloudformation").delete_stack(StackName="network")
    assert ec2.describe_vpcs(Filters=ours)["Vpcs"] == []
    assert ec2.describe_internet_gateways()["InternetGateways"] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert {each["State"] for each in ec2.describe_nat_gateways()["NatGateways"]} == {"deleted"}
    assert {each["State"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]} == {"deleted"}
