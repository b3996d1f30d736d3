"""Create, update and delete the stack of VPC=new: darkroom-<stage>-vpc, from the template vpc.yaml."""

from chalicelib.settings import SCHEDULE_OFF, Settings
from scripts.deployment import stacks
from scripts.deployment.patience import Patience
from scripts.deployment.target import Target
from scripts.deployment.vpc import choice, interfaces, zones
from scripts.deployment.vpc.choice import Network
from scripts.project import PROJECT

TEMPLATE = PROJECT / "scripts" / "deployment" / "vpc.yaml"


def create_or_update(target: Target, settings: Settings) -> None:
    """Create or update the stack if the stage has VPC=new. A second call changes nothing."""
    if choice.read(target).is_new:
        stacks.create_or_update(target, name(target), TEMPLATE.read_text(), parameters(target, settings))


def parameters(target: Target, settings: Settings) -> dict[str, str | None]:
    """Return the parameters of the stack. Its zones are chosen once; those of subnets that exist are kept."""
    subnets = own_network(target).subnets
    zone_a, zone_b = zones.of_subnets(target, subnets) if subnets else zones.choose(target)
    return {
        "Stage": target.stage,
        "ZoneA": zone_a,
        "ZoneB": zone_b,
        "DogBucket": settings.dog_bucket,
        "FetchesDogs": "false" if settings.dog_schedule == SCHEDULE_OFF else "true",
        "HasUploaders": "true" if settings.uploaders else "false",
    }


def network(target: Target) -> Network:
    """Return the network of the stage's functions: by its settings, or by the stack of VPC=new if there is one."""
    chosen = choice.read(target)
    return own_network(target) if chosen.is_new else chosen.network


def own_network(target: Target) -> Network:
    """Return the network of the stack of VPC=new; an empty one if the stack does not exist."""
    outputs = stacks.outputs_of(target, name(target)) or {}
    if "Subnets" not in outputs:
        return Network()
    return Network(tuple(outputs["Subnets"].split(",")), (outputs["SecurityGroup"],))


def delete(target: Target, patience: Patience = interfaces.PATIENCE) -> None:
    """Wait until Lambda has no network interface in the VPC, and delete the stack. Raises DeployError.

    CloudFormation cannot delete a subnet with an interface in it. Without a stack, this does nothing.
    """
    interfaces.wait(target, own_network(target).subnets, patience)
    stacks.delete(target, name(target))


def delete_unused(target: Target, patience: Patience = interfaces.PATIENCE) -> None:
    """Delete the stack after a deployment that does not use it any more: an idle VPC costs as much as a busy one."""
    if not choice.read(target).is_new and stacks.outputs_of(target, name(target)) is not None:
        target.log("The VPC that the stage no longer uses:")
        delete(target, patience)


def name(target: Target) -> str:
    """Return the name of the stack."""
    return f"{target.name}{stacks.VPC}"
