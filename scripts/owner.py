"""Export or erase all that a stage holds of one person.

python -m scripts.owner export OWNER [--output FILE.zip] | erase OWNER [--yes] [--wait] [--stage dev]

OWNER is an owner as given (a Cognito `sub`, an IAM ARN, the id of an API key), as the API shows it, or the email
address of a user. `uploader:NAME` is what an uploader has put.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import backends
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.settings import SettingsError
from scripts.owners import letters, recovery
from scripts.owners.erasure import Erasure, Pass
from scripts.owners.export import Export
from scripts.owners.who import PATIENT, ClientFor, Owner, OwnerError, Patience, resolve
from scripts.terminal import interrupt
from scripts.terminal.file_names import printable
from scripts.terminal.stages import LOCAL, StageError, add_stage_options, read_stage

_FAILURES = (BackendUnavailable, BotoCoreError, ClientError, OSError, OwnerError, SettingsError, StageError)

#: A name that is mistyped looks like one whose data was erased.
_UNKNOWN = "Nothing was found. It was erased before, or the owner has another name: GET /images shows it."


def main() -> int:
    """Run the command line. Return 1, with one sentence on stderr, if that fails or something is left."""
    options = parser().parse_args()
    try:
        services = backends.build(read_stage(options.stage, options.aws_port))
        aws: Any = boto3
        clients = kept(lambda name: aws.client(name, endpoint_url=services.settings.endpoint_url))
        owner = resolve(services, clients, options.owner)
        return int(options.action(services, clients, owner, options))
    except BrokenPipeError:
        raise  # The reader of stdout has ended: interrupt.run() knows how to end.
    except _FAILURES as error:
        hint = " Is `make run` running?" if options.stage == LOCAL and isinstance(error, BotoCoreError) else ""
        print(f"darkroom: {printable(str(error)).rstrip('.')}.{hint}", file=sys.stderr)
        return 1


def export(
    services: Backends, clients: ClientFor, owner: Owner, options: argparse.Namespace, *, patience: Patience = PATIENT
) -> int:
    """Write a zip with records, all versions and dead letters, and with a manifest of them."""
    path = options.output or Path(f"darkroom-{services.settings.stage}-{owner.shown.replace(':', '-')}.zip")
    manifest = Export(services, clients, owner, _say, patience).write(path)
    for name, count in manifest["counts"].items():
        print(f"{name.replace('_', ' ')}: {count:,}")
    if not any(manifest["counts"].values()):
        print(_UNKNOWN)
    print(f"{owner.shown}: all that the stage {services.settings.stage} holds is in {path}")
    return 0


def erase(
    services: Backends, clients: ClientFor, owner: Owner, options: argparse.Namespace, *, patience: Patience = PATIENT
) -> int:
    """Delete records, all versions, delete markers and dead letters, until a pass finds nothing."""
    if not options.yes and not _is_confirmed(services, owner):
        print("Nothing was erased.")
        return 1
    letters.refuse_hidden(services, clients)
    erasure = Erasure(services, clients, owner, _say, patience)
    last = _run(erasure)
    while options.wait and last.waiting and last.found_nothing:
        pause = max(last.waiting) - services.now().timestamp() + 1
        print(f"Waiting until {clock(max(last.waiting))}: an upload may write until then.", flush=True)
        patience.sleep(max(pause, 1))
        last = _run(erasure)
    return _conclude(services, clients, owner, last)


def _run(erasure: Erasure) -> Pass:
    """Erase in passes, print a line for each, and return the last."""
    last = Pass()
    for number, last in enumerate(erasure.passes(), 1):
        arrived = f"; {last.arrived:,} of the images came while the command ran" if number > 1 and last.arrived else ""
        print(
            f"pass {number}: erased images: {last.images:,}, further versions: {last.versions:,}, "
            f"dead letters: {last.letters:,}{arrived}",
            flush=True,
        )
        if number == 1 and last.found_nothing:
            print(_UNKNOWN)
        for error in last.errors:
            print(f"  not erased: {printable(error)}", file=sys.stderr)
    return last


def _conclude(services: Backends, clients: ClientFor, owner: Owner, last: Pass) -> int:
    """Print what is left, and what no erasure reaches. Return 1 if something is left that another run must erase."""
    stage = services.settings.stage
    if last.stopped:
        print(f"{owner.shown}: stopped. The same command goes on from here.")
        return interrupt.INTERRUPTED
    if last.waiting:
        print(
            f"{owner.shown}: {len(last.waiting)} empty records stay until {clock(max(last.waiting))}, since an upload "
            "may write until then. The reconciliation removes them; run the same command again to be sure."
        )
    elif last.found_nothing:
        print(f"{owner.shown}: nothing is left on the stage {stage}.")
    else:
        print(f"{owner.shown}: something is left, or still arrives. Run the same command again.")
    for sentence in recovery.remains(services, clients):
        print(sentence)
    return int(bool(last.waiting) or not last.found_nothing)


def _is_confirmed(services: Backends, owner: Owner) -> bool:
    """Ask a person to type the owner as shown. Return False for any other input, and for none."""
    question = (
        f"Erase ALL that the stage {services.settings.stage} holds of {owner.shown}? Type {owner.shown} to confirm: "
    )
    try:
        return input(question).strip() == owner.shown
    except EOFError:
        return False


def kept(make: ClientFor) -> ClientFor:
    """Return a function that makes each client once. boto3 takes a tenth of a second for one."""
    made: dict[str, Any] = {}

    def client(name: str) -> Any:
        if name not in made:
            made[name] = make(name)
        return made[name]

    return client


def clock(seconds: int) -> str:
    """Return a time, in seconds since the epoch, as a person reads it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line. Each command has its function as `action`."""
    root = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = root.add_subparsers(required=True, metavar="export | erase")
    for name, action in (("export", export), ("erase", erase)):
        command = commands.add_parser(name, help=action.__doc__)
        command.set_defaults(action=action)
        command.add_argument("owner", metavar="OWNER")
    commands.choices["export"].add_argument("--output", type=Path, help="the zip; it must not exist")
    commands.choices["erase"].add_argument("--yes", action="store_true", help="do not ask for confirmation")
    commands.choices["erase"].add_argument("--wait", action="store_true", help="wait for uploads that may still write")
    add_stage_options(root, commands.choices.values())
    return root


if __name__ == "__main__":
    interrupt.run(main)
