"""Add, list and remove the users of a stage with AUTH=cognito, and get a token for one.

python -m scripts.users add EMAIL | list | remove EMAIL | token EMAIL [--stage dev]
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import getpass
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.records import shown_owner
from chalicelib.settings import Auth, Settings
from scripts.terminal import interrupt
from scripts.terminal.stages import LOCAL, StageError, add_stage_options, read_stage

#: Cognito's limit for a user name.
MAX_EMAIL = 128
#: What Cognito's codes mean here. Another error has its own words.
_CAUSES = {
    "UsernameExistsException": "{email} is a user already",
    "UserNotFoundException": "{email} is not a user; `list` shows all",
    "InvalidPasswordException": "the password is too weak: it needs 12 characters, lower case, upper case and digits",
    "NotAuthorizedException": "the password of {email} is wrong, or the user is disabled",
}


class UsersFailed(Exception):
    """Raised when a command cannot do its work. The message is for the user."""


@dataclass(frozen=True)
class Pool:
    """The user pool of a stage, with boto3's client for Cognito."""

    client: Any
    id: str
    stage: str


@dataclass(frozen=True)
class User:
    """One row of `list`. `owner` is what the API's answers show as the owner of this user's images."""

    email: str
    status: str
    created: str
    owner: str


def main() -> int:
    """Run the command line. Return 1, with one sentence on stderr, if that fails."""
    options = parser().parse_args()
    email = getattr(options, "email", "")
    try:
        settings = read_stage(options.stage, options.aws_port)
        pool = find_pool(boto3.client("cognito-idp", endpoint_url=settings.endpoint_url), settings)
        action: Callable[[Pool, argparse.Namespace], int] = options.action
        return action(pool, options)
    except ClientError as error:
        known = _CAUSES.get(str(error.response.get("Error", {}).get("Code")), "")
        print(f"darkroom: {known.format(email=email) or error}.", file=sys.stderr)
    except (BotoCoreError, StageError, UsersFailed) as error:
        hint = " Is `make run` running?" if isinstance(error, BotoCoreError) and options.stage == LOCAL else ""
        print(f"darkroom: {str(error).rstrip('.')}.{hint}", file=sys.stderr)
    return 1


def find_pool(client: Any, settings: Settings) -> Pool:
    """Return the stage's pool. Only `make run` knows the ARN of its own, so that one is found by its name.

    Raises UsersFailed if the stage has no pool.
    """
    if settings.auth is Auth.COGNITO:
        return Pool(client, settings.cognito_user_pool_arn.rpartition("/")[2], settings.stage)
    if settings.stage != LOCAL:
        raise UsersFailed(f"the stage {settings.stage} has no users: its AUTH is {settings.auth}, not cognito")
    for page in client.get_paginator("list_user_pools").paginate(MaxResults=60):
        for pool in page["UserPools"]:
            if pool["Name"] == f"darkroom-{LOCAL}":
                return Pool(client, pool["Id"], LOCAL)
    raise UsersFailed("this `make run` has no users. Start it with `make run AUTH=cognito`")


def add(pool: Pool, email: str, password: str | None = None) -> None:
    """Make a user. Cognito sends an invitation with a temporary password, unless a password is given."""
    verified = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    if password is None:
        pool.client.admin_create_user(
            UserPoolId=pool.id, Username=email, UserAttributes=verified, DesiredDeliveryMediums=["EMAIL"]
        )
        return
    pool.client.admin_create_user(UserPoolId=pool.id, Username=email, UserAttributes=verified, MessageAction="SUPPRESS")
    try:
        pool.client.admin_set_user_password(UserPoolId=pool.id, Username=email, Password=password, Permanent=True)
    except ClientError:
        # Without this, the same command would find a user whose password nobody knows.
        remove(pool, email)
        raise


def users(pool: Pool) -> Iterator[User]:
    """Yield all users, page by page, in the order of Cognito."""
    for page in pool.client.get_paginator("list_users").paginate(UserPoolId=pool.id):
        for each in page["Users"]:
            attributes = {attribute["Name"]: attribute["Value"] for attribute in each["Attributes"]}
            status = each["UserStatus"].lower() + ("" if each["Enabled"] else ", disabled")
            created = f"{each['UserCreateDate']:%Y-%m-%d}"
            yield User(attributes.get("email", ""), status, created, shown_owner(pool.stage, attributes["sub"]))


def remove(pool: Pool, email: str) -> None:
    """Delete a user. Images stay. A token that the user has is valid until its time is over."""
    pool.client.admin_delete_user(UserPoolId=pool.id, Username=email)


def token(pool: Pool, email: str, password: str) -> str:
    """Return an ID token. Raises UsersFailed if Cognito asks for more than the password."""
    answer = pool.client.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=_client_id(pool),
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": password},
    )
    if "ChallengeName" in answer:
        raise UsersFailed(f"{email} must sign in on the login page first: Cognito asks for {answer['ChallengeName']}")
    return str(answer["AuthenticationResult"]["IdToken"])


def _client_id(pool: Pool) -> str:
    name = f"darkroom-{pool.stage}-page"
    for page in pool.client.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool.id):
        for each in page["UserPoolClients"]:
            if each["ClientName"] == name:
                return str(each["ClientId"])
    raise UsersFailed(f"the user pool {pool.id} has no client {name}, so this command can get no token from it")


def _add(pool: Pool, options: argparse.Namespace) -> int:
    """Make a user; Cognito sends the invitation."""
    if options.password_stdin and pool.stage != LOCAL:
        raise UsersFailed("--password-stdin is for local tries. On AWS, Cognito sends the user an invitation")
    add(pool, options.email, _read_password(options) if options.password_stdin else None)
    print(f"{options.email} is a user of the stage {pool.stage}.")
    return 0


def _list(pool: Pool, _options: argparse.Namespace) -> int:
    """Print a table of all users."""
    print(f"{'EMAIL':40}  {'STATUS':24}  {'CREATED':10}  OWNER")
    for each in users(pool):
        print(f"{each.email:40}  {each.status:24}  {each.created}  {each.owner}")
    return 0


def _remove(pool: Pool, options: argparse.Namespace) -> int:
    """Delete a user, after a confirmation."""
    if not options.yes and not _is_confirmed(pool, options.email):
        print("Nobody was removed.")
        return 1
    remove(pool, options.email)
    print(f"{options.email} is removed. A token is valid for up to an hour more. The images stay.")
    return 0


def _token(pool: Pool, options: argparse.Namespace) -> int:
    """Print an ID token, for the header Authorization."""
    print(token(pool, options.email, _read_password(options)))
    return 0


def _is_confirmed(pool: Pool, email: str) -> bool:
    try:
        return input(f"Remove {email} from the stage {pool.stage}? Type the address to confirm: ").strip() == email
    except EOFError:
        return False


def _read_password(options: argparse.Namespace) -> str:
    """Read a password from stdin, or from the terminal without showing it. Raises UsersFailed if there is none."""
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else getpass.getpass("Password: ")
    if not password:
        raise UsersFailed("the password is empty")
    return password


def _email(text: str) -> str:
    if len(text) > MAX_EMAIL or not re.fullmatch(
        r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]+", text
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is not an email address of at most {MAX_EMAIL} characters")
    return text


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line. Each command has its function as `action`."""
    root = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = root.add_subparsers(required=True, metavar="add | list | remove | token")
    for name, action in (("add", _add), ("list", _list), ("remove", _remove), ("token", _token)):
        command = commands.add_parser(name, help=action.__doc__)
        command.set_defaults(action=action)
        if name != "list":
            command.add_argument("email", type=_email, metavar="EMAIL")
        if name in ("add", "token"):
            command.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
        if name == "remove":
            command.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    add_stage_options(root, commands.choices.values())
    return root


if __name__ == "__main__":
    interrupt.run(main)
