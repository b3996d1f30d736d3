"""Take the clean-up of a stage away for good: its rule, its function, its role, its log group and its alarms.

The stack of the stage remembers it in a parameter, so that the next deployment, from any machine, keeps it away. It
remembers first: if this run breaks off, the same command or the next deployment goes on from there.
"""

from contextlib import suppress
from typing import Any

from chalicelib.flows.cleanup.delete import JOURNALS
from scripts.deployment import claim, deployed_state, resources, stacks, unrecorded
from scripts.deployment.target import DeployError, Target, step

HANDLER = "cleanup"


def remove(target: Target) -> None:
    """Take the clean-up away, and leave the rest. A second call changes nothing. Raises DeployError."""
    outputs = _outputs(target)
    rule = f"{target.name}-{HANDLER}-event"
    with step(f"disabling the rule {rule}"):
        client = target.client("events")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.disable_rule(Name=rule)
    _refuse_unfinished(target, outputs["ImagesBucket"])
    resources.create_or_update(target, png_alerts=None, cleanup_removed="true")
    target.log("Rule, function and role of the clean-up:")
    with claim.claimed(target, outputs["StateBucket"]):
        with step("deleting the rule, the function and the role of the clean-up"):
            _delete_rule(target, rule)
            _delete_function(target)
            _delete_role(target, f"{target.name}-{HANDLER}")
        deployed_state.remove(target, [each["name"] for each in unrecorded.resources_of(target, HANDLER)])


def remember_restored(target: Target) -> None:
    """Bring back the log group and the alarms. The next deployment brings back the rest. Raises DeployError."""
    _outputs(target)
    resources.create_or_update(target, png_alerts=None, cleanup_removed="")


def _outputs(target: Target) -> dict[str, str]:
    outputs = stacks.outputs_of(target, target.name)
    if not outputs:
        raise DeployError(f"there is no service {target.name}. Deploy it first: `make deploy STAGE={target.stage}`.")
    return outputs


def _refuse_unfinished(target: Target, bucket: str) -> None:
    """Refuse while a run has deleted objects and not their records: only the clean-up can finish that."""
    with step(f"looking for a journal in {bucket}"):
        page = target.client("s3").list_object_versions(Bucket=bucket, Prefix=JOURNALS)
    if any(each["IsLatest"] for each in page.get("Versions", [])):
        command = f"python -m scripts.cleanup --stage {target.stage}"
        raise DeployError(
            "a clean-up is running, or has broken off with records that name deleted objects; its schedule is "
            f"disabled now. What to do: run `{command} --run`, which finishes it, and then the same command again."
        )


def _delete_rule(target: Target, rule: str) -> None:
    client = target.client("events")
    with suppress(client.exceptions.ResourceNotFoundException):
        ids = [each["Id"] for each in client.list_targets_by_rule(Rule=rule)["Targets"]]
        if ids:
            client.remove_targets(Rule=rule, Ids=ids)
        client.delete_rule(Name=rule)
        target.log(f"  deleted {rule}")


def _delete_function(target: Target) -> None:
    client, name = target.client("lambda"), f"{target.name}-{HANDLER}"
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_function(FunctionName=name)
        target.log(f"  deleted the function {name}")


def _delete_role(target: Target, role: str) -> None:
    client: Any = target.client("iam")
    with suppress(client.exceptions.NoSuchEntityException):
        for policy in client.list_role_policies(RoleName=role)["PolicyNames"]:
            client.delete_role_policy(RoleName=role, PolicyName=policy)
        client.delete_role(RoleName=role)
        target.log(f"  deleted the role {role}")
