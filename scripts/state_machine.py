"""The dogs' state machine: print it, create or update it, run it once and watch, or send an alert that it could not."""

import argparse
import json
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import backends
from chalicelib.errors import DarkroomError, ImageNotFound
from chalicelib.settings import Settings
from scripts.deployment.pipeline_definition import ALERT_SUBJECT, ALERT_TEXT, Arns, arns_of, definition, policy, trust
from scripts.terminal.stages import StageError, add_stage_options, read_stage

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["create_or_update", "definition", "delete"]

#: A new role takes some seconds until Step Functions may take it: tries, and seconds between them.
_ROLE_TRIES, _ROLE_PAUSE = 10, 3.0
_POLICY = "DogUploaderPipeline"


def main() -> int:
    """Do what the command line asks; 1 when it cannot, or when the execution that it ran failed."""
    options = _read_options()
    try:
        settings = read_stage(options.stage, options.aws_port)
        if options.alert:
            return _send_alert(settings, options.alert)
        return _print(settings) if options.print else _act(settings, run=options.run)
    except (StageError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"darkroom: {settings.endpoint_url or 'AWS'}: {error}", file=sys.stderr)
    return 1


def create_or_update(settings: Settings) -> Arns:
    """Make role, log group and state machine what the definition says; done twice it changes nothing."""
    arns = arns_of(settings)
    _put_role(settings, arns)
    _put_log_group(settings, arns)
    client = boto3.client("stepfunctions", endpoint_url=settings.endpoint_url)
    text, logging = json.dumps(definition(arns)), _logging(arns)
    try:
        client.describe_state_machine(stateMachineArn=arns.machine)
    except client.exceptions.StateMachineDoesNotExist:
        _create(client, arns, text, logging)
    else:
        client.update_state_machine(
            stateMachineArn=arns.machine, definition=text, roleArn=arns.role, loggingConfiguration=logging
        )
    return arns


def delete(settings: Settings) -> None:
    """Take away state machine, role and log group; what is gone already is passed over."""
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


def _print(settings: Settings) -> int:
    print(json.dumps(definition(arns_of(settings)), indent=2))
    return 0


def _act(settings: Settings, *, run: bool) -> int:
    if not run:
        print(f"{create_or_update(settings).machine} is as its definition says.")
        return 0
    # Imported late: a deployment has no need of rich.
    from scripts.terminal.pipeline_run import follow

    return 0 if follow(boto3.client("stepfunctions", endpoint_url=settings.endpoint_url), settings.dog_pipeline) else 1


def send_alert(settings: Settings, image_name: str) -> str:
    """Send the alert of a stored PNG under the id that its row has, and return that id.

    Raises ImageNotFound when there is no such row, or when none was to be sent for it.
    """
    row = backends.build(settings).dogs.find(image_name)
    if row is None or not row.alert_id:
        raise ImageNotFound(f"There is no row {image_name!r} with an alert.")
    boto3.client("sns", endpoint_url=settings.endpoint_url).publish(
        TopicArn=arns_of(settings).png_alerts,
        Subject=ALERT_SUBJECT,
        Message=ALERT_TEXT.format(image_name),
        MessageAttributes={"alert_id": {"DataType": "String", "StringValue": row.alert_id}},
    )
    return row.alert_id


def _send_alert(settings: Settings, image_name: str) -> int:
    print(f"The alert {send_alert(settings, image_name)} of {image_name} is sent.")
    return 0


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


def _create(client: "SFNClient", arns: Arns, text: str, logging: Any) -> None:
    name = arns.machine.rsplit(":", 1)[-1]
    for left in reversed(range(_ROLE_TRIES)):
        try:
            client.create_state_machine(
                name=name, definition=text, roleArn=arns.role, loggingConfiguration=logging, type="STANDARD"
            )
        except ClientError as error:
            if not left or error.response.get("Error", {}).get("Code") != "AccessDeniedException":
                raise
            time.sleep(_ROLE_PAUSE)
        else:
            return


def _logging(arns: Arns) -> Any:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": f"{arns.log_group}:*"}}
    return {"level": "ALL", "includeExecutionData": True, "destinations": [destination]}


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.state_machine", description=__doc__)
    add_stage_options(parser)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--print", action="store_true", help="print the definition; nothing is sent")
    chosen.add_argument("--alert", metavar="IMAGE_NAME", help="send the alert of a row once more, under its own id")
    chosen.add_argument("--run", action="store_true", help="start one execution and follow it, state by state")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
