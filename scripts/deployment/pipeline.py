"""Create, update and delete the state machines of a stage, each with its role and its log group."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from chalicelib.settings import Settings
from scripts.deployment import ingest_definition, pipeline_definition
from scripts.deployment.patience import NotReady, Patience

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

#: Step Functions can assume a new role only after a while.
NEW_ROLE = Patience(timeout=120.0, pause=3.0)


@dataclass(frozen=True)
class Machine:
    """A state machine: its ARN, those of its role and its log group, its definition and the policy of the role."""

    arn: str
    role: str
    log_group: str
    definition: dict[str, Any]
    policy: dict[str, Any]
    #: What Step Functions logs: every event, or only those of failures.
    log_level: str

    @property
    def name(self) -> str:
        """Return the name, `darkroom-<stage>-<what it does>`."""
        return self.arn.rsplit(":", 1)[-1]

    @property
    def role_name(self) -> str:
        """Return the name of the role."""
        return self.role.rsplit("/", 1)[-1]

    @property
    def log_group_name(self) -> str:
        """Return the name of the log group."""
        return self.log_group.split(":log-group:")[1]

    @property
    def policy_name(self) -> str:
        """Return the name of the role's policy, which is that of the machine without its stage."""
        return self.name.rsplit("-", 1)[-1]


def machines(settings: Settings) -> Iterator[Machine]:
    """Yield the state machines of a stage: the dog workflow, and the ingestion of dogs."""
    dogs, ingestion = pipeline_definition.arns_of(settings), ingest_definition.arns_of(settings)
    for arns, parts, level in (
        (dogs, (pipeline_definition.definition(dogs), pipeline_definition.policy(dogs)), "ALL"),
        # All events of 500 items would be thousands of lines, and the history has them.
        (ingestion, (ingest_definition.definition(ingestion), ingest_definition.policy(ingestion)), "ERROR"),
    ):
        yield Machine(arns.machine, arns.role, arns.log_group, *parts, level)


def create_or_update(settings: Settings, patience: Patience = NEW_ROLE, client: Any = None) -> list[Machine]:
    """Create or update the roles, the log groups and the state machines. A second call changes nothing.

    `client` is boto3's for Step Functions.
    Raises DeployError if Step Functions may not use a role after the time of `patience`.
    """
    client = client or boto3.client("stepfunctions", endpoint_url=settings.endpoint_url)
    created = list(machines(settings))
    for each in created:
        _put_role(settings, each)
        _put_log_group(settings, each)
    for each in created:
        remedy = "run the same command again"
        patience.wait("the state machine", partial(_create_or_update, client, each), remedy)
    return created


def delete(settings: Settings) -> None:
    """Delete the state machines, the roles and the log groups. What does not exist is skipped."""
    roles = boto3.client("iam", endpoint_url=settings.endpoint_url)
    logs = boto3.client("logs", endpoint_url=settings.endpoint_url)
    client = boto3.client("stepfunctions", endpoint_url=settings.endpoint_url)
    for each in machines(settings):
        client.delete_state_machine(stateMachineArn=each.arn)
        with suppress(roles.exceptions.NoSuchEntityException):
            roles.delete_role_policy(RoleName=each.role_name, PolicyName=each.policy_name)
        with suppress(roles.exceptions.NoSuchEntityException):
            roles.delete_role(RoleName=each.role_name)
        with suppress(logs.exceptions.ResourceNotFoundException):
            logs.delete_log_group(logGroupName=each.log_group_name)


def _put_role(settings: Settings, machine: Machine) -> None:
    client = boto3.client("iam", endpoint_url=settings.endpoint_url)
    trust = json.dumps(pipeline_definition.trust(machine.arn))
    try:
        client.create_role(RoleName=machine.role_name, AssumeRolePolicyDocument=trust)
    except client.exceptions.EntityAlreadyExistsException:
        client.update_assume_role_policy(RoleName=machine.role_name, PolicyDocument=trust)
    document = json.dumps(machine.policy)
    client.put_role_policy(RoleName=machine.role_name, PolicyName=machine.policy_name, PolicyDocument=document)


def _put_log_group(settings: Settings, machine: Machine) -> None:
    client = boto3.client("logs", endpoint_url=settings.endpoint_url)
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName=machine.log_group_name)
    client.put_retention_policy(logGroupName=machine.log_group_name, retentionInDays=30)


def _create_or_update(client: "SFNClient", machine: Machine) -> None:
    """Send the definition. Raises NotReady if Step Functions may not use the role."""
    try:
        client.describe_state_machine(stateMachineArn=machine.arn)
        change: Any = partial(client.update_state_machine, stateMachineArn=machine.arn)
    except client.exceptions.StateMachineDoesNotExist:
        change = partial(client.create_state_machine, name=machine.name, type="STANDARD")
    definition = json.dumps(machine.definition)
    try:
        change(definition=definition, roleArn=machine.role, loggingConfiguration=_logging(machine))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "AccessDeniedException":
            raise
        raise NotReady(str(error)) from error


def _logging(machine: Machine) -> Any:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": f"{machine.log_group}:*"}}
    return {"level": machine.log_level, "includeExecutionData": True, "destinations": [destination]}
