"""What a default route leads to, for each kind of target that EC2 knows."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.settings import Settings
from scripts.deployment.vpc import routes, ways_out
from scripts.deployment.vpc.ways_out import Way

PEERING, ONLY_IPV6 = {"VpcPeeringConnectionId": "pcx-1"}, {"EgressOnlyInternetGatewayId": "eigw-1"}
TARGETS: list[tuple[dict[str, str], Way]] = [
    ({"NatGatewayId": "nat-1"}, Way.SURE),
    ({"InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}, Way.SURE),
    ({"NetworkInterfaceId": "eni-1"}, Way.SURE),
    ({"TransitGatewayId": "tgw-1"}, Way.PERHAPS),
    ({"GatewayId": "vgw-1"}, Way.PERHAPS),
    ({"GatewayId": "vpce-1"}, Way.PERHAPS),
    ({"CoreNetworkArn": "arn:aws:networkmanager::123456789012:core-network/core-network-1"}, Way.PERHAPS),
    ({"LocalGatewayId": "lgw-1"}, Way.PERHAPS),
    ({"GatewayId": "igw-1"}, Way.PUBLIC),
    ({"GatewayId": "local"}, Way.NONE),
    (PEERING, Way.NONE),
    ({"CarrierGatewayId": "cagw-1"}, Way.NONE),
    ({}, Way.NONE),
]


def table(*found: dict[str, Any]) -> dict[str, Any]:
    return {"RouteTableId": "rtb-1", "Associations": [{"SubnetId": "subnet-1"}], "Routes": list(found)}


def anywhere(**fields: str) -> dict[str, str]:
    return {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **fields}


@pytest.mark.parametrize(("fields", "way"), TARGETS)
def test_a_default_route_leads_where_its_target_leads(fields: dict[str, str], way: Way) -> None:
    assert ways_out.default_route(table(anywhere(**fields))).way is way


@pytest.mark.parametrize("fields", [fields for fields, _ in TARGETS])
def test_a_target_that_is_gone_never_counts(fields: dict[str, str]) -> None:
    assert ways_out.default_route(table(anywhere(**fields) | {"State": "blackhole"})).way is Way.NONE


def test_only_the_default_route_counts() -> None:
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}
    private = {"DestinationCidrBlock": "10.1.0.0/16", "NatGatewayId": "nat-1"}
    ipv6 = {"DestinationIpv6CidrBlock": "::/0"} | ONLY_IPV6
    assert ways_out.default_route(table(local, private, ipv6)).way is Way.NONE
    assert ways_out.default_route(table(local, anywhere(NatGatewayId="nat-1"))).gateway == "nat-1"


@pytest.mark.parametrize(("fields", "way"), TARGETS)
def test_the_doctor_refuses_what_leads_nowhere_and_tells_what_may_lead_somewhere(
    settings: Settings, fields: dict[str, str], way: Way
) -> None:
    stage = replace(settings, dog_schedule="off", uploaders=())
    arguments = routes.Vpc([table(anywhere(**fields))], []), ["subnet-1"], routes.needs(stage)
    found, advice = list(routes.route_findings(*arguments)), list(routes.route_advice(*arguments))
    assert (len(found), len(advice)) == {Way.SURE: (0, 0), Way.PERHAPS: (0, 1), Way.PUBLIC: (1, 0), Way.NONE: (3, 0)}[
        way
    ]
    assert all("reaches S3, DynamoDB, SNS only through" in line for line in advice)
