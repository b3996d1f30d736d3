"""CloudFormation stacks: created or updated with their progress shown, whatever an earlier run left, and deleted."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.target import DeployError, Target, step

#: A creation that failed leaves a stack that only can be deleted.
_STILLBORN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")
_BAD = ("FAILED", "ROLLBACK")

Stack = dict[str, Any]


def create_or_update(target: Target, name: str, template: str, parameters: Mapping[str, str | None]) -> dict[str, str]:
    """Make a stack what its template says and return its outputs; done twice it changes nothing.

    A parameter that is None stays what it is; in a new stack it is empty.
    Raises DeployError with CloudFormation's first cause.
    """
    with step(f"creating or updating the stack {name}"):
        stack = _settled(target, name)
        if stack and stack["StackStatus"] in _STILLBORN:
            delete(target, name)
            stack = None
        since = datetime.now(UTC)
        if _send(target, name, template, parameters, known=stack):
            stack = _settled(target, name, since)
            _refuse_failure(target, stack, since)
        outputs = (_find(target, name) or {}).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def outputs_of(target: Target, name: str) -> dict[str, str] | None:
    """Read the outputs of a stack; None when there is no such stack."""
    with step(f"reading the stack {name}"):
        stack = _find(target, name)
    return None if stack is None else {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def protect(target: Target, name: str, *, on: bool) -> None:
    """Let nobody delete a stack by mistake, or end that."""
    with step(f"setting the protection of the stack {name}"):
        target.client("cloudformation").update_termination_protection(StackName=name, EnableTerminationProtection=on)


def delete(target: Target, name: str) -> None:
    """Delete a stack and wait until it is gone; raises DeployError when something of it stays."""
    with step(f"deleting the stack {name}"):
        stack = _find(target, name)
        if stack is None:
            return
        since = datetime.now(UTC)
        target.client("cloudformation").delete_stack(StackName=name)
        # By its id: a stack that is gone has no name any more.
        left = _settled(target, stack["StackId"], since)
        if left and left["StackStatus"] != "DELETE_COMPLETE":
            _refuse_failure(target, left, since)


def _send(target: Target, name: str, template: str, parameters: Mapping[str, str | None], known: Stack | None) -> bool:
    """Ask for the change; False when there is none to make."""
    client = target.client("cloudformation")
    request = {
        "StackName": name,
        "TemplateBody": template,
        "Parameters": [_parameter(key, value, known) for key, value in parameters.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in target.tags.items()],
    }
    try:
        (client.update_stack if known else client.create_stack)(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        target.log(f"  {name} is as its template says")
        return False
    return True


def _parameter(key: str, value: str | None, known: Stack | None) -> dict[str, Any]:
    told = {each["ParameterKey"] for each in (known or {}).get("Parameters", [])}
    if value is None and key in told:
        return {"ParameterKey": key, "UsePreviousValue": True}
    return {"ParameterKey": key, "ParameterValue": value or ""}


def _settled(target: Target, name: str, since: datetime | None = None) -> Stack | None:
    """Wait until nothing is under way, telling each new event; None when there is no such stack."""
    told: set[str] = set()
    while True:
        stack = _find(target, name)
        if stack and since:
            _tell(target, name, since, told)
        # Only a person ends a review.
        if stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            return stack
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(target.poll_seconds)


def _find(target: Target, name: str) -> Stack | None:
    try:
        [stack] = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else dict(stack)


def _events(target: Target, name: str, since: datetime) -> list[dict[str, Any]]:
    pages = target.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    events = [event for page in pages for event in page["StackEvents"]]
    return [event for event in reversed(events) if event["Timestamp"] >= since]


def _tell(target: Target, name: str, since: datetime, told: set[str]) -> None:
    for event in _events(target, name, since):
        if event["EventId"] not in told:
            told.add(event["EventId"])
            target.log(f"  {event['ResourceStatus'].lower().replace('_', ' ')}: {event['LogicalResourceId']}")


def _refuse_failure(target: Target, stack: Stack | None, since: datetime) -> None:
    if stack is None or not any(word in stack["StackStatus"] for word in _BAD):
        return
    name = stack["StackName"]
    causes = [event for event in _events(target, stack["StackId"], since) if "FAILED" in event["ResourceStatus"]]
    cause = f"{causes[0]['LogicalResourceId']}: {causes[0].get('ResourceStatusReason', '')}" if causes else "no cause"
    remedy = "mend that and run the same command again"
    if stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        remedy = f"`aws cloudformation continue-update-rollback --stack-name {name}`, then the same command again"
    raise DeployError(f"the stack {name} ended as {stack['StackStatus']}: {cause}. How to go on: {remedy}.")
