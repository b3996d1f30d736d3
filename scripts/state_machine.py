"""The state machine of the dog workflow: print it, create or update it, or run it once.

It can also send an alert that the workflow could not send.
"""

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

#: Step Functions can assume a new role only after some seconds: tries, and seconds between them.
_ROLE_TRIES, _ROLE_PAUSE = 10, 3.0
#: The exit status that shells give to a program that SIGINT ended: 128 + 2.
_INTERRUPTED = 130
_POLICY = "DogUploaderPipeline"


def main() -> int:
    """Run the command line. Return 1 if it failed or its execution failed, 130 after a Ctrl-C, else 0."""
    options = _read_options()
    try:
        settings = read_stage(options.stage, options.aws_port)
        if options.alert:
            return _send_alert(settings, options.alert)
        if options.run:
            return _run(settings)
        return _print(settings) if options.print else _update(settings)
    except KeyboardInterrupt:
        print("darkroom: interrupted.", file=sys.stderr)
        return _INTERRUPTED
    except (StageError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"darkroom: {settings.endpoint_url or 'AWS'}: {error}", file=sys.stderr)
    return 1


def create_or_update(settings: Settings) -> Arns:
    """Create or update the role, the log group and the state machine. A second call changes nothing."""
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


def _print(settings: Settings) -> int:
    print(json.dumps(definition(arns_of(settings)), indent=2))
    return 0


def _update(settings: Settings) -> int:
    print(f"{create_or_update(settings).machine} is up to date.")
    return 0


def _run(settings: Settings) -> int:
    # Imported late: a deployment does not need rich.
    from scripts.terminal.pipeline_run import follow, start

    client = boto3.client("stepfunctions", endpoint_url=settings.endpoint_url)
    execution = start(client, settings.dog_pipeline)
    try:
        return 0 if follow(client, execution) else 1
    except KeyboardInterrupt:
        print(f"darkroom: stopped watching. The execution continues: {execution}", file=sys.stderr)
        return _INTERRUPTED


def send_alert(settings: Settings, image_name: str) -> str:
    """Send the alert of a stored PNG with the alert id of its row, and return that id.

    Raises ImageNotFound if there is no such row, or if the row has no alert.
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
    print(f"Sent the alert {send_alert(settings, image_name)} of {image_name}.")
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
    chosen.add_argument("--print", action="store_true", help="print the definition and change nothing")
    chosen.add_argument("--alert", metavar="IMAGE_NAME", help="send the alert of a row again, with its own id")
    chosen.add_argument("--run", action="store_true", help="start one execution and print its states")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
