"""Look at the scheduled clean-up of a stage, run it at once, or switch it off and on with no deploy.

python -m scripts.cleanup --stage dev --status | --run [--dry-run] | --disable | --enable
"""

import argparse
import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.flows.cleanup import refusal
from chalicelib.settings import Settings, SettingsError
from scripts.terminal.stages import LOCAL, StageError, add_stage_options, read_stage

#: Gives the client of a service by its name.
ClientFor = Callable[[str], Any]

#: A clean-up that is waited for may take Lambda's fifteen minutes; a second try would start a second one.
_PATIENT = Config(connect_timeout=5, read_timeout=900, retries={"total_max_attempts": 1}, proxies={})


class CleanupFailed(Exception):
    """Raised when AWS did not do what was asked; the message is for the person at the terminal."""


def main() -> int:
    """Do what the command line says; 1, with one sentence on stderr, when it could not be done."""
    options = _read_options()
    name = f"darkroom-{options.stage}-cleanup"
    action: Callable[[ClientFor, str, argparse.Namespace], int] = options.action
    try:
        read_stage(options.stage, options.aws_port)
        aws: Any = boto3.Session()
        return action(lambda service: aws.client(service, config=_PATIENT), name, options)
    except (BotoCoreError, ClientError, CleanupFailed, SettingsError, StageError) as error:
        hint = " Is `make run` up?" if options.stage == LOCAL else ""
        print(f"darkroom: {name}: {error}{hint}", file=sys.stderr)
        return 1


def show_status(clients: ClientFor, name: str, _options: argparse.Namespace) -> int:
    """Print whether the clean-up is on, when it runs and what it may take."""
    rule = clients("events").describe_rule(Name=_rule(name))
    function = clients("lambda").get_function_configuration(FunctionName=name)
    settings = Settings.from_environ(function["Environment"]["Variables"])
    print(f"{name}: {rule['State'].lower()}, {rule['ScheduleExpression']}")
    for setting, value in asdict(settings.cleanup).items():
        print(f"  {setting}: {', '.join(value) if isinstance(value, tuple) else value}")
    if reason := refusal(settings, datetime.now(UTC)):
        print(f"  refused: {reason}")
    return 0


def run(clients: ClientFor, name: str, options: argparse.Namespace) -> int:
    """Run the clean-up now, wait for its end and print its outcome; 1 when it failed in part or was refused."""
    print(f"{name} is running ...", file=sys.stderr)
    event = scheduled_event(dry_run=options.dry_run)
    answer = clients("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    outcome = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise CleanupFailed(f"{outcome.get('errorType')}: {outcome.get('errorMessage')}")
    for field, value in outcome.items():
        print(f"{field}: {value}")
    return int(bool(outcome["refused"] or outcome["failed"]))


def disable(clients: ClientFor, name: str, _options: argparse.Namespace) -> int:
    """Switch the schedule off, at once."""
    clients("events").disable_rule(Name=_rule(name))
    print(f"{name} is disabled until `--enable`, or a plain `chalice deploy`.")
    return 0


def enable(clients: ClientFor, name: str, _options: argparse.Namespace) -> int:
    """Switch the schedule on again."""
    clients("events").enable_rule(Name=_rule(name))
    print(f"{name} is enabled; `--status` says what it may do.")
    return 0


def scheduled_event(*, dry_run: bool) -> dict[str, Any]:
    """Make the event that EventBridge would send; its detail asks for a dry run."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "",
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "",
        "resources": [],
        "detail": {"dry_run": dry_run},
    }


def _rule(name: str) -> str:
    """Name the rule as Chalice deploys it."""
    return f"{name}-event"


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_stage_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="with --run: count and delete nothing")
    actions = parser.add_mutually_exclusive_group(required=True)
    for flag, action in (("status", show_status), ("run", run), ("disable", disable), ("enable", enable)):
        actions.add_argument(f"--{flag}", dest="action", action="store_const", const=action, help=action.__doc__)
    options = parser.parse_args()
    if options.dry_run and options.action is not run:
        parser.error("--dry-run goes with --run")
    return options


if __name__ == "__main__":
    sys.exit(main())
