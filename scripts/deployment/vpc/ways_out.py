"""Tell whether the default route of a subnet leads a function out of its VPC.

https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any

_ANYWHERE = "0.0.0.0/0"
#: Fields of a route whose gateway gives the function's calls a public address: a NAT gateway, or a NAT instance.
_SURE = ("NatGatewayId", "InstanceId", "NetworkInterfaceId")
#: Fields of a route to another network, which may lead on: a transit gateway, Cloud WAN, an Outpost's network.
_PERHAPS = ("TransitGatewayId", "CoreNetworkArn", "LocalGatewayId")
#: GatewayId is also that of a VPN or Direct Connect (vgw), and of a firewall behind an endpoint (vpce).
_GATEWAYS_PERHAPS = ("vgw-", "vpce-")


class Way(Enum):
    """Where a default route leads."""

    NONE = "nowhere, or to what forwards nothing to AWS: a peering connection forwards only to its VPC"
    PUBLIC = "to an internet gateway, which serves only public addresses"
    SURE = "to AWS and the internet"
    PERHAPS = "into a network that this account may not see"


@dataclass(frozen=True)
class Route:
    """A default route, and the id of its gateway; "" without one."""

    way: Way
    gateway: str = ""


def default_route(table: dict[str, Any]) -> Route:
    """Return the default route of a route table. One whose gateway is gone (`blackhole`) does not count."""
    for route in table["Routes"]:
        if route.get("DestinationCidrBlock") == _ANYWHERE and route.get("State", "active") == "active":
            return _classified(route)
    return Route(Way.NONE)


def _classified(route: dict[str, Any]) -> Route:
    for fields, way in ((_SURE, Way.SURE), (_PERHAPS, Way.PERHAPS)):
        if found := [str(route[field]) for field in fields if route.get(field)]:
            return Route(way, found[0])
    gateway = str(route.get("GatewayId", ""))
    if gateway.startswith("igw-"):
        return Route(Way.PUBLIC, gateway)
    return Route(Way.PERHAPS, gateway) if gateway.startswith(_GATEWAYS_PERHAPS) else Route(Way.NONE, gateway)
