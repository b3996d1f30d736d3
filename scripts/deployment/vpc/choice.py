"""Read which VPC the functions of a stage run in: VPC=new, VPC_SUBNETS and VPC_SECURITY_GROUPS, or none of them."""

import re
from dataclasses import dataclass

from scripts.deployment import stage_file
from scripts.deployment.target import DeployError, Target

#: The only value of VPC.
NEW = "new"
_SUBNET, _GROUP = re.compile(r"subnet-[0-9a-f]+"), re.compile(r"sg-[0-9a-f]+")


@dataclass(frozen=True)
class Network:
    """The subnets and security groups of every function of a stage. Both are empty outside of a VPC."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What the settings of a stage say: a VPC of its own, an existing network, or neither."""

    is_new: bool = False
    network: Network = Network()


def read(target: Target) -> Choice:
    """Return the choice of a stage. Raises DeployError for settings that do not fit together, and for a bad id."""
    variables = stage_file.environment(target)
    vpc, subnets = variables.get("VPC", ""), _ids(variables.get("VPC_SUBNETS", ""), _SUBNET, "VPC_SUBNETS")
    groups = _ids(variables.get("VPC_SECURITY_GROUPS", ""), _GROUP, "VPC_SECURITY_GROUPS")
    if vpc not in ("", NEW):
        raise DeployError(f"VPC is {vpc!r} in .chalice/config.json. Use {NEW}, or VPC_SUBNETS and VPC_SECURITY_GROUPS.")
    if vpc and (subnets or groups):
        raise DeployError("VPC=new makes subnets and a security group. Remove VPC_SUBNETS and VPC_SECURITY_GROUPS.")
    if bool(subnets) != bool(groups):
        missing, given = ("VPC_SUBNETS", "VPC_SECURITY_GROUPS")[:: 1 if groups else -1]
        raise DeployError(f"{given} is set in .chalice/config.json, and {missing} is not. Lambda needs both.")
    return Choice(bool(vpc), Network(subnets, groups))


def _ids(text: str, form: re.Pattern[str], name: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if wrong := [each for each in ids if not form.fullmatch(each)]:
        raise DeployError(f"{name} in .chalice/config.json has {wrong[0]!r}, which is not an id of AWS.")
    return ids
