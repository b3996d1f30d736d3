"""Show the scheduled clean-up of a stage, run it now, or disable and enable its schedule without a deployment.

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

from chalicelib.flows.cleanup import blocked_reason
from chalicelib.settings import Settings, SettingsError
from scripts.terminal import interrupt
from scripts.terminal.stages import LOCAL, StageError, add_stage_options, read_stage

#: Returns the boto3 client of a service, given its name.
ClientFor = Callable[[str], Any]

#: A clean-up may take Lambda's 15 minutes. A second try would start a second clean-up.
_ONE_LONG_TRY = Config(connect_timeout=5, read_timeout=900, retries={"total_max_attempts": 1}, proxies={})


class CleanupFailed(Exception):
    """Raised when the clean-up function failed. The message is for the user."""


def main() -> int:
    """Run the command line. Return 1, with one sentence on stderr, if that fails."""
    options = _read_options()
    name = f"darkroom-{options.stage}-cleanup"
    action: Callable[[ClientFor, str, argparse.Namespace], int] = options.action
    try:
        read_stage(options.stage, options.aws_port)
        aws: Any = boto3.Session()
        return action(lambda service: aws.client(service, config=_ONE_LONG_TRY), name, options)
    except (BotoCoreError, ClientError, CleanupFailed, SettingsError, StageError) as error:
        hint = " Is `make run` running?" if options.stage == LOCAL else ""
        print(f"darkroom: {name}: {error}{hint}", file=sys.stderr)
        return 1


def show_status(clients: ClientFor, name: str, _options: argparse.Namespace) -> int:
    """Print whether the schedule is enabled, when it runs, and what the clean-up may delete."""
    rule = clients("events").describe_rule(Name=_rule(name))
    function = clients("lambda").get_function_configuration(FunctionName=name)
    settings = Settings.from_environ(function["Environment"]["Variables"])
    print(f"{name}: {rule['State'].lower()}, {rule['ScheduleExpression']}")
    for setting, value in asdict(settings.cleanup).items():
        print(f"  {setting}: {', '.join(value) if isinstance(value, tuple) else value}")
    if reason := blocked_reason(settings, datetime.now(UTC)):
        print(f"  blocked_reason: {reason}")
    return 0


def run(clients: ClientFor, name: str, options: argparse.Namespace) -> int:
    """Run the clean-up now and print its outcome. Return 1 if a part failed or the run was refused."""
    print(f"{name} is running ...", file=sys.stderr)
    event = scheduled_event(dry_run=options.dry_run)
    answer = clients("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    outcome = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise CleanupFailed(f"{outcome.get('errorType')}: {outcome.get('errorMessage')}")
    for field, value in outcome.items():
        # A dry run counts as deleted what it would delete.
        print(f"{'would delete' if field == 'deleted' and outcome['dry_run'] else field}: {value}")
    return int(bool(outcome["blocked_reason"] or outcome["failed"]))


def disable(clients: ClientFor, name: str, _options: argparse.Namespace) -> int:
    """Disable the schedule at once."""
    clients("events").disable_rule(Name=_rule(name))
    print(f"{name} is disabled. `--enable` enables it, and so does a plain `chalice deploy`.")
    return 0


def enable(clients: ClientFor, name: str, _options: argparse.Namespace) -> int:
    """Enable the schedule again."""
    clients("events").enable_rule(Name=_rule(name))
    print(f"{name} is enabled. `--status` shows what it may delete.")
    return 0


def scheduled_event(*, dry_run: bool) -> dict[str, Any]:
    """Return an event as EventBridge sends it. Its detail says whether the run is a dry run."""
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
    """Return the name that Chalice gives to the rule."""
    return f"{name}-event"


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_stage_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="with --run: only count, delete nothing")
    actions = parser.add_mutually_exclusive_group(required=True)
    for flag, action in (("status", show_status), ("run", run), ("disable", disable), ("enable", enable)):
        actions.add_argument(f"--{flag}", dest="action", action="store_const", const=action, help=action.__doc__)
    options = parser.parse_args()
    if options.dry_run and options.action is not run:
        parser.error("--dry-run needs --run")
    return options


if __name__ == "__main__":
    interrupt.run(main)
