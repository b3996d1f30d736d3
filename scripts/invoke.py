"""Invoke a function with a recorded event, and print its answer and its log: python -m scripts.invoke EVENT.json

tests/events has an event of each kind. The event tells the function; names of the stage `local` in it become those of
the chosen stage.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import base64
import json
import re
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import Settings, SettingsError
from scripts.deployment.policies import API, lambda_name
from scripts.project import read_config
from scripts.terminal import interrupt
from scripts.terminal.file_names import printable, show
from scripts.terminal.stages import LOCAL, StageError, add_stage_options, read_stage

#: The longest of the functions takes 15 minutes. A second try would run it a second time.
_ONE_LONG_TRY = Config(connect_timeout=5, read_timeout=900, retries={"total_max_attempts": 1}, proxies={})
#: The variables whose values are names that an event can have.
_NAMES = ("IMAGES_BUCKET", "LANDING_BUCKET", "DESTINATION_BUCKET", "IMAGES_TOPIC_ARN", "ALARMS_TOPIC_ARN")
#: The rule of a schedule, with the name of its handler. The name of a stage can have hyphens, that of a handler cannot.
_RULE = re.compile(r".*:rule/darkroom-.+-(\w+)-event")

Event = dict[str, Any]


class InvokeError(Exception):
    """Raised for a file that is no event, and for an event that no function receives. The message is for the user."""


def main() -> int:
    """Run the command line. Return 1 if the function failed or could not be invoked."""
    options = _read_options()
    try:
        text = _read(options.event)
        settings = read_stage(options.stage, options.aws_port)
        event = with_names(text, settings)
        function = lambda_name(options.function or function_of(event, settings), settings.stage)
        client = boto3.client("lambda", endpoint_url=settings.endpoint_url, config=_ONE_LONG_TRY)
        return invoke(client, function, event)
    except (BotoCoreError, ClientError, InvokeError, SettingsError, StageError) as error:
        hint = " Is `make run` running?" if options.stage == LOCAL and isinstance(error, BotoCoreError) else ""
        print(f"darkroom: {printable(str(error)).rstrip('.')}.{hint}", file=sys.stderr)
        return 1


def invoke(client: Any, function: str, event: Event) -> int:
    """Invoke a function, print its answer and its log, and return 1 if it failed."""
    print(f"{function}:")
    answer = client.invoke(FunctionName=function, LogType="Tail", Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read() or "null")
    print(json.dumps(payload, indent=2, ensure_ascii=False))
    log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
    for line in log.splitlines():
        print(f"log  {printable(line)}")
    return int("FunctionError" in answer)


def function_of(event: Event, settings: Settings) -> str:
    """Return the function that receives an event, by its name in .chalice/config.json. Raises InvokeError."""
    match event:
        case {"Records": [{"s3": {"bucket": {"name": str(bucket)}}}, *_]} | {"Event": str(), "Bucket": str(bucket)}:
            return _handler_of(bucket, settings)
        case {"source": "aws.events", "resources": [str(rule), *_]} if named := _RULE.fullmatch(rule):
            return named[1]
        case {"requestContext": {"httpMethod": str()}}:
            return API
        case {"Records": [{"Sns": {}}, *_]}:
            raise InvokeError("no function of Darkroom receives messages of SNS: it sends them")
        case {"uploaded_image": str()}:
            return "LogToDynamoDB"
        case {"logged_item": {}}:
            return "AlertPNG"
        case {"address": str(), "run": str()}:
            return "IngestDog"
        case {"run": str()}:
            return "FetchAndUploadDogImage"
    raise InvokeError("the event does not tell which function receives it. Name it with --function")


def _handler_of(bucket: str, settings: Settings) -> str:
    handlers = {settings.images_bucket: "resize_image", settings.landing_bucket: "sanitize_image"}
    if bucket not in handlers:
        raise InvokeError(f"no function receives the events of the bucket {bucket}")
    return handlers[bucket]


def with_names(text: str, settings: Settings) -> Event:
    """Return an event in which the names of the stage `local` are those of another stage."""
    local: dict[str, str] = read_config().environment_variables
    values = (
        settings.images_bucket,
        settings.landing_bucket,
        settings.destination_bucket,
        settings.images_topic,
        settings.alarms_topic,
    )
    for name, value in zip(_NAMES, values, strict=True):
        text = text.replace(local[name], value)
    event: Event = json.loads(text.replace("darkroom-local-", f"darkroom-{settings.stage}-"))
    return event


def _read(path: Path) -> str:
    """Read a file. Raises InvokeError if it is not a JSON object."""
    try:
        text = path.read_text()
        is_event = isinstance(json.loads(text), dict)
    except (OSError, RecursionError, ValueError) as error:
        raise InvokeError(f"{show(path)} cannot be read as JSON: {error}") from error
    if not is_event:
        raise InvokeError(f"{show(path)} is not a JSON object, as an event is")
    return text


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "event", type=Path, metavar="EVENT.json", help="a file with an event, such as those of tests/events"
    )
    parser.add_argument(
        "--function", default="", help="the name in .chalice/config.json, if the event does not tell it"
    )
    add_stage_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    interrupt.run(main)
