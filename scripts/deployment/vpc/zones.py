"""Choose the two zones of VPC=new once, and keep them: CloudFormation would have to replace a subnet to move it."""

from collections.abc import Sequence
from typing import Any

from scripts.deployment.target import DeployError, Target, step

#: The zones of the template's private subnets.
COUNT = 2


def of_subnets(target: Target, subnets: Sequence[str]) -> list[str]:
    """Return the names of the zones of subnets that exist, in the order of the subnets."""
    with step("reading the zones of the VPC"):
        found = target.client("ec2").describe_subnets(SubnetIds=[*subnets])["Subnets"]
    by_id = {each["SubnetId"]: str(each["AvailabilityZone"]) for each in found}
    return [by_id[subnet] for subnet in subnets]


def choose(target: Target) -> list[str]:
    """Return the names of two zones that every account of the region may use. Raises DeployError if there are fewer.

    An account has names of its own for the zones, and AWS lists them in no fixed order. Their ids are the same in every
    account, so that the lowest ones are the same zones in every stage (EC2's guide, "Availability Zone IDs").
    """
    with step("reading the zones of the region"):
        zones = target.client("ec2").describe_availability_zones(AllAvailabilityZones=False)["AvailabilityZones"]
    usable = sorted((str(each["ZoneId"]), str(each["ZoneName"])) for each in zones if _is_usable(each))
    if len(usable) < COUNT:
        raise DeployError(
            f"VPC=new needs {COUNT} zones, and {target.region} has {len(usable)} that this account may use. "
            "What to do: use VPC_SUBNETS and VPC_SECURITY_GROUPS, or another region."
        )
    return [name for _, name in usable[:COUNT]]


def _is_usable(zone: dict[str, Any]) -> bool:
    """Return True for a zone that is open, and that nobody has to opt in to: no Local Zone and no Wavelength Zone."""
    wanted = {"State": "available", "OptInStatus": "opt-in-not-required", "ZoneType": "availability-zone"}
    # The embedded AWS has no OptInStatus.
    return all(zone.get(field, value) == value for field, value in wanted.items())
