"""Take the functions of a stage out of their VPC, and wait until Lambda has deleted its network interfaces.

Lambda deletes an interface with the permissions of the function's role, up to 20 minutes after the last function left
it. So the roles must exist until then: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from scripts.deployment import policies, stage_file
from scripts.deployment.patience import NotReady, Patience
from scripts.deployment.target import DeployError, Target, step

#: AWS names 20 minutes, and people report 45. A claim of the stage holds for 60, also while Chalice deploys after this.
PATIENCE = Patience(timeout=45 * 60, pause=30)
#: What Lambda writes as the description of an interface, before the name of the function that needed it first.
_DESCRIPTION = "AWS Lambda VPC ENI-"


def release(target: Target, subnets: Collection[str], own: Collection[str], patience: Patience = PATIENCE) -> None:
    """Take all functions out of their VPC, and wait until their interfaces are gone.

    `subnets` are those of the settings, and `own` those of VPC=new. An interface in a subnet of somebody else may stay:
    a function of another service can use it too. All of it takes no longer than the patience, since it happens under a
    claim of the stage. Raises DeployError if one stays in `own`.
    """
    end = patience.clock() + patience.timeout
    left = set(disconnect(target))
    wait(target, own, _until(end, patience))
    try:
        wait(target, (left | set(subnets)) - set(own), _until(end, patience))
    except DeployError as error:
        target.log(f"  {error}")
        target.log("  going on: a function of another service may use them")


def _until(end: float, patience: Patience) -> Patience:
    """Return the patience that is left until a time of its clock."""
    return replace(patience, timeout=max(0.0, end - patience.clock()))


def disconnect(target: Target) -> Iterator[str]:
    """Take each function out of its VPC, and yield the subnets that it had."""
    functions = target.client("lambda")
    for function, subnets in attached(target):
        with step(f"taking {function} out of its VPC"):
            nothing: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}
            functions.update_function_configuration(FunctionName=function, VpcConfig=nothing)
            functions.get_waiter("function_updated_v2").wait(FunctionName=function)
        target.log(f"  {function} has left its VPC")
        yield from subnets


def attached(target: Target) -> Iterator[tuple[str, list[str]]]:
    """Yield each function of the stage that runs in a VPC, with its subnets."""
    client = target.client("lambda")
    for handler in stage_file.read(target)["lambda_functions"]:
        function = policies.lambda_name(handler, target.stage)
        with step(f"reading the VPC of {function}"):
            try:
                found = client.get_function_configuration(FunctionName=function)
            except client.exceptions.ResourceNotFoundException:
                continue
        if subnets := found.get("VpcConfig", {}).get("SubnetIds"):
            yield function, subnets


def wait(target: Target, subnets: Collection[str], patience: Patience = PATIENCE) -> None:
    """Wait until Lambda has no interface for this stage in any of the subnets. Raises DeployError at the end."""
    if not subnets:
        return

    def look() -> None:
        if left := found(target, subnets):
            target.log(f"  network interfaces that Lambda still has to delete, which can take 20 minutes: {len(left)}")
            raise NotReady(", ".join(left))

    remedy = f"wait, and run the same command again; `{_listing(subnets)}` lists them"
    patience.wait("the deletion of Lambda's network interfaces", look, remedy)


def found(target: Target, subnets: Collection[str]) -> list[str]:
    """Return the ids of the interfaces that Lambda made for functions of this stage in these subnets."""
    pages = target.client("ec2").get_paginator("describe_network_interfaces")
    with step("listing network interfaces"):
        interfaces = [
            each
            for page in pages.paginate(Filters=[{"Name": "subnet-id", "Values": sorted(subnets)}])
            for each in page["NetworkInterfaces"]
        ]
    return sorted(each["NetworkInterfaceId"] for each in interfaces if _is_of_stage(target, each))


def _is_of_stage(target: Target, interface: dict[str, Any]) -> bool:
    # Behind the function's name, Lambda writes a UUID: `AWS Lambda VPC ENI-darkroom-dev-cleanup-<uuid>`.
    return str(interface.get("Description", "")).startswith(f"{_DESCRIPTION}{target.name}-")


def _listing(subnets: Collection[str]) -> str:
    return f"aws ec2 describe-network-interfaces --filters Name=subnet-id,Values={','.join(sorted(subnets))}"
