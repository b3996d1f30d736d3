"""Find what functions in existing subnets would not reach: S3, DynamoDB, SNS, Step Functions, the dog API."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.settings import SCHEDULE_OFF, Settings
from scripts.deployment.target import Target, step
from scripts.deployment.vpc import choice, ways_out
from scripts.deployment.vpc.choice import Network
from scripts.deployment.vpc.ways_out import Way

_HTTPS = 443


@dataclass(frozen=True)
class Need:
    """What functions call: a service with an endpoint, or a host of the internet, whose `service` is empty."""

    what: str
    service: str = ""
    remedy: str = ""


_GATEWAY = "a gateway endpoint for {service} to its route table {table}, or a route to a NAT gateway"
_INTERFACE = "an interface endpoint for {service} with private DNS to its VPC, or a route to a NAT gateway"
_ALWAYS = (
    Need("S3", "s3", _GATEWAY),
    Need("DynamoDB", "dynamodb", _GATEWAY),
    Need("SNS", "sns", _INTERFACE),
)
_DOGS = (
    Need("Step Functions", "states", _INTERFACE),
    Need("the dog API", "", "a route to a NAT gateway, or set DOG_SCHEDULE=off"),
)
#: The clean-up reads the age of the uploaders' keys.
_UPLOADERS = (Need("Secrets Manager", "secretsmanager", _INTERFACE),)


@dataclass(frozen=True)
class Vpc:
    """What AWS says of a VPC: its route tables and its endpoints."""

    tables: list[dict[str, Any]]
    endpoints: list[dict[str, Any]]

    def table_of(self, subnet: str) -> dict[str, Any]:
        """Return the route table of a subnet: its own, or the main one of the VPC."""
        by_subnet = {each.get("SubnetId"): table for table in self.tables for each in table["Associations"]}
        main = [table for table in self.tables if any(each.get("Main") for each in table["Associations"])]
        found: dict[str, Any] = by_subnet.get(subnet) or main[0]
        return found

    def has_endpoint(self, service: str, table: dict[str, Any]) -> bool:
        """Return True if an endpoint of a service serves a route table, or the whole VPC under AWS's own name."""
        for each in self.endpoints:
            if each["ServiceName"].rpartition(".")[2] == service and each["State"].lower() == "available":
                if each["VpcEndpointType"] == "Gateway" and table["RouteTableId"] in each.get("RouteTableIds", []):
                    return True
                if each["VpcEndpointType"] == "Interface" and each.get("PrivateDnsEnabled"):
                    return True
        return False


def findings(target: Target, settings: Settings) -> Iterator[str]:
    """Check the network of VPC_SUBNETS and VPC_SECURITY_GROUPS. Raises DeployError if AWS does not answer."""
    network = choice.read(target).network
    if not network.subnets:
        return
    subnets, groups = _subnets(target, network), _groups(target, network)
    yield from _unknown("VPC_SUBNETS", network.subnets, subnets)
    yield from _unknown("VPC_SECURITY_GROUPS", network.security_groups, groups)
    vpcs = {each["VpcId"] for each in subnets.values()}
    if len(vpcs) > 1:
        yield f"VPC_SUBNETS names subnets of several VPCs ({', '.join(sorted(vpcs))}). Name those of one."
    for group in [name for name, each in groups.items() if vpcs and each["VpcId"] not in vpcs]:
        yield f"the security group {group} is in {groups[group]['VpcId']}, and the subnets are in another VPC."
    if groups and not any(_lets_https_out(each) for each in groups.values()):
        yield f"no group in VPC_SECURITY_GROUPS lets port {_HTTPS} out. Add an egress rule: all calls to AWS use it."
    for vpc, inside in _by_vpc(subnets).items():
        yield from route_findings(read_vpc(target, vpc), inside, needs(settings))


def advice(target: Target, settings: Settings) -> Iterator[str]:
    """Say which routes of VPC_SUBNETS nobody can prove. Raises DeployError if AWS does not answer."""
    network = choice.read(target).network
    if network.subnets:
        for vpc, inside in _by_vpc(_subnets(target, network)).items():
            yield from route_advice(read_vpc(target, vpc), inside, needs(settings))


def needs(settings: Settings) -> tuple[Need, ...]:
    """Return what the functions of a stage call."""
    dogs = () if settings.dog_schedule == SCHEDULE_OFF else _DOGS
    return _ALWAYS + dogs + (_UPLOADERS if settings.uploaders else ())


def route_findings(vpc: Vpc, subnets: list[str], wanted: tuple[Need, ...]) -> Iterator[str]:
    """Report each subnet from which a function would not reach what it calls."""
    for subnet in subnets:
        table = vpc.table_of(subnet)
        route = ways_out.default_route(table)
        if route.way is Way.PUBLIC:
            yield (
                f"the subnet {subnet} is public: its route table {table['RouteTableId']} leads to {route.gateway}, and "
                "Lambda gives a function no public address. Name a private subnet."
            )
        elif route.way is Way.NONE:
            for need in _unserved(vpc, table, wanted):
                remedy = need.remedy.format(service=need.service, table=table["RouteTableId"])
                yield f"the subnet {subnet} has no route to {need.what}. Add {remedy}."


def route_advice(vpc: Vpc, subnets: list[str], wanted: tuple[Need, ...]) -> Iterator[str]:
    """Say for each subnet what only a gateway leads to whose other side nobody can see from this account."""
    for subnet in subnets:
        table = vpc.table_of(subnet)
        route, unserved = ways_out.default_route(table), _unserved(vpc, table, wanted)
        if route.way is Way.PERHAPS and unserved:
            names = ", ".join(each.what for each in unserved)
            yield (
                f"The subnet {subnet} reaches {names} only through {route.gateway}. "
                "Whether that leads on to AWS and the internet cannot be seen from here: test it from the subnet."
            )


def _unserved(vpc: Vpc, table: dict[str, Any], wanted: tuple[Need, ...]) -> list[Need]:
    return [each for each in wanted if not (each.service and vpc.has_endpoint(each.service, table))]


def read_vpc(target: Target, vpc: str) -> Vpc:
    """Read the route tables and the endpoints of a VPC."""
    ec2, filters = target.client("ec2"), [{"Name": "vpc-id", "Values": [vpc]}]
    with step(f"reading the routes of {vpc}"):
        return Vpc(
            _all(ec2, "describe_route_tables", "RouteTables", filters),
            _all(ec2, "describe_vpc_endpoints", "VpcEndpoints", filters),
        )


def _subnets(target: Target, network: Network) -> dict[str, dict[str, Any]]:
    filters = [{"Name": "subnet-id", "Values": [*network.subnets]}]
    with step("reading the subnets"):
        found = _all(target.client("ec2"), "describe_subnets", "Subnets", filters)
    return {each["SubnetId"]: each for each in found}


def _by_vpc(subnets: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the ids of the subnets by their VPC."""
    vpcs = sorted({each["VpcId"] for each in subnets.values()})
    return {vpc: [name for name, each in subnets.items() if each["VpcId"] == vpc] for vpc in vpcs}


def _groups(target: Target, network: Network) -> dict[str, dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [*network.security_groups]}]
    with step("reading the security groups"):
        found = _all(target.client("ec2"), "describe_security_groups", "SecurityGroups", filters)
    return {each["GroupId"]: each for each in found}


def _all(ec2: Any, call: str, field: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for page in ec2.get_paginator(call).paginate(Filters=filters) for each in page[field]]


def _unknown(setting: str, ids: tuple[str, ...], known: dict[str, Any]) -> Iterator[str]:
    for each in [each for each in ids if each not in known]:
        yield f"{setting} names {each}, which does not exist in this account and region."


def _lets_https_out(group: dict[str, Any]) -> bool:
    for rule in group["IpPermissionsEgress"]:
        in_range = rule.get("FromPort", -1) <= _HTTPS <= rule.get("ToPort", -1)
        if rule["IpProtocol"] == "-1" or (rule["IpProtocol"] == "tcp" and in_range):
            return True
    return False
