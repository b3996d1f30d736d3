"""The state machines: print one, create or update both, or run the dog workflow once.

It can also send an alert that the workflow could not send.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import json

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import backends
from chalicelib.errors import DarkroomError, ImageNotFound
from chalicelib.settings import Settings
from scripts.deployment.pipeline import create_or_update, machines
from scripts.deployment.pipeline_definition import ALERT_SUBJECT, ALERT_TEXT, arns_of
from scripts.terminal import interrupt
from scripts.terminal.stages import StageError, add_stage_options, read_stage


def main() -> int:
    """Run the command line. Return 1 if it failed or its execution failed, 130 after a Ctrl-C, else 0."""
    options = _read_options()
    try:
        settings = read_stage(options.stage, options.aws_port)
        if options.alert:
            return _send_alert(settings, options.alert)
        if options.run:
            return _run(settings)
        return _print(settings, options.print) if options.print else _update(settings)
    except (StageError, DarkroomError) as error:
        print(f"darkroom: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(f"darkroom: {settings.endpoint_url or 'AWS'}: {error}", file=sys.stderr)
    return 1


def _print(settings: Settings, name: str) -> int:
    [machine] = [each for each in machines(settings) if each.name.endswith(f"-{name}")]
    print(json.dumps(machine.definition, indent=2))
    return 0


def _update(settings: Settings) -> int:
    for machine in create_or_update(settings):
        print(f"{machine.arn} is up to date.")
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
        return interrupt.INTERRUPTED


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


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.state_machine", description=__doc__)
    add_stage_options(parser)
    chosen = parser.add_mutually_exclusive_group()
    names = ("DogUploaderPipeline", "IngestDogs")
    printing = "print the definition of the dog workflow, or of this machine, and change nothing"
    chosen.add_argument("--print", nargs="?", const=names[0], choices=names, help=printing)
    chosen.add_argument("--alert", metavar="IMAGE_NAME", help="send the alert of a row again, with its own id")
    chosen.add_argument("--run", action="store_true", help="start one execution and print its states")
    return parser.parse_args()


if __name__ == "__main__":
    interrupt.run(main)
