"""Create, update and delete the state machine of the dog workflow, with its role and its log group."""

import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from chalicelib.settings import Settings
from scripts.deployment.patience import NotReady, Patience
from scripts.deployment.pipeline_definition import Arns, arns_of, definition, policy, trust

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

#: Step Functions can assume a new role only after a while.
NEW_ROLE = Patience(timeout=120.0, pause=3.0)
_POLICY = "DogUploaderPipeline"


def create_or_update(settings: Settings, patience: Patience = NEW_ROLE, client: Any = None) -> Arns:
    """Create or update the role, the log group and the state machine. A second call changes nothing.

    `client` is boto3's for Step Functions.
    Raises DeployError if Step Functions may not use the role after the time of `patience`.
    """
    arns = arns_of(settings)
    _put_role(settings, arns)
    _put_log_group(settings, arns)
    client = client or boto3.client("stepfunctions", endpoint_url=settings.endpoint_url)
    request = {"definition": json.dumps(definition(arns)), "roleArn": arns.role, "loggingConfiguration": _logging(arns)}
    patience.wait("the state machine", lambda: _create_or_update(client, arns, request), "run the same command again")
    return arns


def delete(settings: Settings) -> None:
    """Delete the state machine, the role and the log group. What does not exist is skipped."""
    arns = arns_of(settings)
    boto3.client("stepfunctions", endpoint_url=settings.endpoint_url).delete_state_machine(stateMachineArn=arns.machine)
    roles = boto3.client("iam", endpoint_url=settings.endpoint_url)
    logs = boto3.client("logs", endpoint_url=settings.endpoint_url)
    name = arns.role.rsplit("/", 1)[-1]
    with suppress(roles.exceptions.NoSuchEntityException):
        roles.delete_role_policy(RoleName=name, PolicyName=_POLICY)
    with suppress(roles.exceptions.NoSuchEntityException):
        roles.delete_role(RoleName=name)
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=arns.log_group.split(":log-group:")[1])


def _put_role(settings: Settings, arns: Arns) -> None:
    client = boto3.client("iam", endpoint_url=settings.endpoint_url)
    name = arns.role.rsplit("/", 1)[-1]
    try:
        client.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(arns)))
    except client.exceptions.EntityAlreadyExistsException:
        client.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust(arns)))
    client.put_role_policy(RoleName=name, PolicyName=_POLICY, PolicyDocument=json.dumps(policy(arns)))


def _put_log_group(settings: Settings, arns: Arns) -> None:
    client = boto3.client("logs", endpoint_url=settings.endpoint_url)
    name = arns.log_group.split(":log-group:")[1]
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=name)
    client.put_retention_policy(logGroupName=name, retentionInDays=30)


def _create_or_update(client: "SFNClient", arns: Arns, request: Any) -> None:
    """Send the definition. Raises NotReady if Step Functions may not use the role."""
    try:
        client.describe_state_machine(stateMachineArn=arns.machine)
        change: Any = partial(client.update_state_machine, stateMachineArn=arns.machine)
    except client.exceptions.StateMachineDoesNotExist:
        change = partial(client.create_state_machine, name=arns.machine.rsplit(":", 1)[-1], type="STANDARD")
    try:
        change(**request)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "AccessDeniedException":
            raise
        raise NotReady(str(error)) from error


def _logging(arns: Arns) -> Any:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": f"{arns.log_group}:*"}}
    return {"level": "ALL", "includeExecutionData": True, "destinations": [destination]}
