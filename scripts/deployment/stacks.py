"""Create, update and delete CloudFormation stacks, whatever state an earlier run left, and log their progress."""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.target import DeployError, Target, step

#: A stack whose creation failed or never began. CloudFormation allows only its deletion.
_DELETE_ONLY = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS")
#: A stack that CloudFormation neither updates nor creates again. A person must end its state first.
_STUCK = ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
#: Words in the status of a stack whose last change failed.
_FAILURE_WORDS = ("FAILED", "ROLLBACK")

#: The ends of the names of the stacks without data.
MONITORING, VPC, WEB = "-monitoring", "-vpc", "-web"

Stack = dict[str, Any]


def create_or_update(target: Target, name: str, template: str, parameters: Mapping[str, str | None]) -> dict[str, str]:
    """Create or update a stack and return its outputs. A second call changes nothing.

    A parameter that is None keeps its value; in a new stack it is "".
    Raises DeployError with the first cause in CloudFormation's events.
    """
    with step(f"creating or updating the stack {name}"):
        stack = _wait_until_idle(target, name)
        if stack and stack["StackStatus"] in _STUCK:
            _raise_if_failed(target, stack)
        if stack and stack["StackStatus"] in _DELETE_ONLY:
            delete(target, name)
            stack = None
        earlier = _event_ids(target, name) if stack else frozenset()
        if _start_change(target, name, template, parameters, current=stack):
            stack = _wait_until_idle(target, name, earlier)
            _raise_if_failed(target, stack, earlier)
        outputs = (_find(target, name) or {}).get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def outputs_of(target: Target, name: str) -> dict[str, str] | None:
    """Return the outputs of a stack; None if the stack does not exist."""
    with step(f"reading the stack {name}"):
        stack = _find(target, name)
    return None if stack is None else {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def set_protection(target: Target, name: str, *, enabled: bool) -> None:
    """Enable or disable the termination protection of a stack."""
    with step(f"setting the termination protection of the stack {name}"):
        client = target.client("cloudformation")
        client.update_termination_protection(StackName=name, EnableTerminationProtection=enabled)


def delete(target: Target, name: str) -> None:
    """Delete a stack and wait until it is deleted. Raises DeployError if a resource cannot be deleted."""
    with step(f"deleting the stack {name}"):
        stack = _find(target, name)
        if stack is None:
            return
        earlier = _event_ids(target, stack["StackId"])
        target.client("cloudformation").delete_stack(StackName=name)
        # By its id, because CloudFormation does not find a deleted stack by its name.
        _raise_if_failed(target, _wait_until_idle(target, stack["StackId"], earlier), earlier)


def _start_change(
    target: Target, name: str, template: str, parameters: Mapping[str, str | None], current: Stack | None
) -> bool:
    """Start the creation or update; return False if there is nothing to change."""
    client = target.client("cloudformation")
    request = {
        "StackName": name,
        "TemplateBody": template,
        "Parameters": [_parameter(key, value, current) for key, value in parameters.items()],
        "Tags": [{"Key": key, "Value": value} for key, value in target.tags.items()],
    }
    try:
        (client.update_stack if current else client.create_stack)(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
        target.log(f"  {name} is up to date")
        return False
    return True


def _parameter(key: str, value: str | None, current: Stack | None) -> dict[str, Any]:
    existing = {each["ParameterKey"] for each in (current or {}).get("Parameters", [])}
    if value is None and key in existing:
        return {"ParameterKey": key, "UsePreviousValue": True}
    return {"ParameterKey": key, "ParameterValue": value or ""}


def _wait_until_idle(target: Target, name: str, earlier: frozenset[str] | None = None) -> Stack | None:
    """Wait until no change is in progress; return None if the stack does not exist.

    With `earlier`, the ids of the events before the change, log each event of the change.
    """
    logged = set(earlier or ())
    while True:
        stack = _find(target, name)
        if stack and earlier is not None:
            _log_events(target, name, logged)
        # A review ends only when a person acts.
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


def _events(target: Target, name: str) -> list[dict[str, Any]]:
    pages = target.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]][::-1]


def _event_ids(target: Target, name: str) -> frozenset[str]:
    """Return the ids of a stack's events. Ids tell what a change added; the clock of this machine may be wrong."""
    return frozenset(event["EventId"] for event in _events(target, name))


def _log_events(target: Target, name: str, logged: set[str]) -> None:
    for event in _events(target, name):
        if event["EventId"] not in logged:
            logged.add(event["EventId"])
            target.log(f"  {event['ResourceStatus'].lower().replace('_', ' ')}: {event['LogicalResourceId']}")


def _raise_if_failed(target: Target, stack: Stack | None, earlier: frozenset[str] | None = None) -> None:
    """Raise DeployError with the first failure of a change; without `earlier`, with the last one of the stack."""
    if stack is None or not any(word in stack["StackStatus"] for word in _FAILURE_WORDS):
        return
    name = stack["StackName"]
    failures = [event for event in _events(target, stack["StackId"]) if "FAILED" in event["ResourceStatus"]]
    if earlier is None:
        failures = [event for event in failures[::-1] if event["LogicalResourceId"] != name]
    cause = "no cause is given"
    for event in [each for each in failures if each["EventId"] not in (earlier or ())][:1]:
        cause = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
    remedy = _remedy(target, stack)
    raise DeployError(f"the stack {name} ended in {stack['StackStatus']}: {cause}. What to do: {remedy}.")


def _remedy(target: Target, stack: Stack) -> str:
    if stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        resume = f"aws cloudformation continue-update-rollback --stack-name {stack['StackName']}"
        return f"remove the cause, run `{resume}`, and then the same command again"
    if stack["StackStatus"] == "DELETE_FAILED":
        # A deployment could not go on: CloudFormation only deletes such a stack.
        if stack["StackName"].endswith((MONITORING, VPC, WEB)):
            command = f"aws cloudformation delete-stack --stack-name {stack['StackName']}"
            return f"remove the cause, run `{command}`, which deletes no data, and then the same command again"
        return f"remove the cause, and run `make destroy STAGE={target.stage}`; after that the stage can be deployed"
    return "remove the cause and run the same command again"
