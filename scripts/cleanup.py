"""Show the scheduled clean-up of a stage, run it now, disable and enable its schedule, or take it away for good.

python -m scripts.cleanup --stage dev --status | --run [--dry-run] | --disable | --enable | --remove [--yes] | --restore
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import json
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
from scripts.deploy import deploy
from scripts.deployment import cleanup_removal, stage_file
from scripts.deployment.target import DeployError, Target
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
    try:
        return _act(options, name)
    except (BotoCoreError, ClientError, CleanupFailed, DeployError, SettingsError, StageError) as error:
        hint = " Is `make run` running?" if options.stage == LOCAL and not isinstance(error, CleanupFailed) else ""
        print(f"darkroom: {name}: {error}{hint}", file=sys.stderr)
        return 1


def _act(options: argparse.Namespace, name: str) -> int:
    action: Callable[[ClientFor, str, argparse.Namespace], int] = options.action
    aws: Any = boto3
    if action in (remove, restore):
        return action(aws.client, name, options)
    if read_stage(options.stage, options.aws_port).cleanup.removed:
        raise CleanupFailed("it was removed. `--restore` brings it back.")
    session: Any = aws.Session()
    return action(lambda service: session.client(service, config=_ONE_LONG_TRY), name, options)


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


def remove(_clients: ClientFor, name: str, options: argparse.Namespace) -> int:
    """Take rule, function, role, log group and alarms away for good; each next deployment keeps them away."""
    target = _deployed(options)
    if not options.yes and not is_confirmed(name):
        print("Nothing was removed.")
        return 1
    cleanup_removal.remove(target)
    print(f"{name} is removed, and stays away. `--restore` brings it back.")
    if stage_file.settings_of(target).uploaders:
        print("The clean-up measured the age of the uploaders' keys. Nothing measures it now: rotate them in time.")
    return 0


def restore(_clients: ClientFor, name: str, options: argparse.Namespace) -> int:
    """Bring the clean-up back, by a deployment of this checkout."""
    target = _deployed(options)
    cleanup_removal.remember_restored(target)
    deploy(target, png_alerts=None)
    print(f"{name} is back. `--status` shows what it may delete.")
    return 0


def is_confirmed(name: str) -> bool:
    """Ask a person to type the function's name. Return False for any other input, and for none."""
    question = f"Take {name} away for good, with its rule, role, alarms and logs? Type {name} to confirm: "
    try:
        return input(question).strip() == name
    except EOFError:
        return False


def _deployed(options: argparse.Namespace) -> Target:
    if options.stage == LOCAL:
        raise CleanupFailed("`make run` makes it at each start. Use --disable, or name a deployed stage.")
    return Target(options.stage)


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
    parser.add_argument("--yes", action="store_true", help="with --remove: do not ask for confirmation")
    actions = parser.add_mutually_exclusive_group(required=True)
    for action in (show_status, run, disable, enable, remove, restore):
        flag = "--" + action.__name__.rpartition("_")[2]
        actions.add_argument(flag, dest="action", action="store_const", const=action, help=action.__doc__)
    options = parser.parse_args()
    if options.dry_run and options.action is not run:
        parser.error("--dry-run needs --run")
    if options.yes and options.action is not remove:
        parser.error("--yes needs --remove")
    return options


if __name__ == "__main__":
    interrupt.run(main)
