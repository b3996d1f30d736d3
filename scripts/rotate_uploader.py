"""Replace the access key of an uploader: python -m scripts.rotate_uploader --stage dev --user backend

It makes a new key, stores it, tries it, makes it current and deactivates the old key. A run after seven days, or one
with --finish, deletes the old key. A run that broke off is repeated. A schedule can run it, for example every day with
--older-than 60. Each line says what was done; no key is printed.
Exit status: 0 if nothing is left to do now, 1 if a step failed, 2 for wrong options, 130 after a Ctrl-C.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
from datetime import timedelta

from chalicelib.uploaders import NAME
from scripts.deployment.patience import Patience
from scripts.deployment.target import DeployError, Target, step
from scripts.deployment.uploaders import users
from scripts.deployment.uploaders.keys import Uploader
from scripts.deployment.uploaders.probe import ClientOf
from scripts.terminal import interrupt
from scripts.terminal.option_types import at_least_one


def main() -> int:
    """Run the command line; return 1, with one message on stderr, if a step fails."""
    options = _parser().parse_args()
    older_than = timedelta(days=options.older_than or 0)
    try:
        rotate(Uploader(Target(options.stage), options.user), older_than=older_than, finish=options.finish)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1
    return 0


def rotate(
    uploader: Uploader,
    *,
    older_than: timedelta,
    finish: bool,
    patience: Patience | None = None,
    client_of: ClientOf | None = None,
) -> None:
    """Rotate the key of an uploader, or delete its old key with `finish`. Raises DeployError; then run it again."""
    if not users.exists(uploader):
        raise DeployError(
            f"the stage {uploader.target.stage} has no uploader {uploader.name} in this account. "
            "What to do: add it to UPLOADERS, and run `make deploy`."
        )
    with step(f"rotating the key of {uploader.user}", "run the same command again; the current key still works"):
        users.rotation_of(uploader, patience or Patience(), client_of).run(older_than=older_than, finish=finish)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name in UPLOADERS")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.rotate_uploader",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stage", default="dev", help="dev, staging or prod")
    parser.add_argument("--user", required=True, type=_name, help="a name in UPLOADERS")
    parser.add_argument("--finish", action="store_true", help="delete the old key now, and begin no rotation")
    days = "begin a rotation only if the current key is at least so many days old"
    parser.add_argument("--older-than", type=at_least_one, metavar="DAYS", help=days)
    return parser


if __name__ == "__main__":
    interrupt.run(main)
