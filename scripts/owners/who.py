"""Find out whose data a command is about: an owner as given, as shown, by email address, or an uploader."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib import uploaders
from chalicelib.backends import Backends
from chalicelib.keys import UPLOADS
from chalicelib.records import SYSTEM, shown_owner

#: Returns the boto3 client of a service, given its name.
ClientFor = Callable[[str], Any]

#: How an uploader is written: its photos belong to `system`, and only their prefix tells who has put them.
UPLOADER = "uploader:"
_SHOWN = re.compile(r"[0-9a-f]{16}")


class OwnerError(Exception):
    """Raised when a command cannot do its work. The message is for the user."""


@dataclass(frozen=True)
class Owner:
    """Whose data it is.

    `name` is the owner in the records. For an uploader it is `system`, and `prefix` is that of its photos.
    """

    name: str
    shown: str
    prefix: str = ""


@dataclass(frozen=True)
class Patience:
    """How long a command waits, in seconds. Tests do not wait."""

    #: For a dead letter. Without a wait, SQS asks only some of its servers.
    letter: int = 2
    #: Before each further pass. An index shows a new record a moment later.
    pause: float = 2.0
    sleep: Callable[[float], object] = time.sleep


PATIENT = Patience()


@dataclass(frozen=True)
class Work:
    """What a command needs for one owner. `log` shows a line to the person who waits."""

    services: Backends
    clients: ClientFor
    owner: Owner
    log: Callable[[str], None]
    patience: Patience = PATIENT


def resolve(services: Backends, clients: ClientFor, given: str) -> Owner:
    """Return the owner that a person has named. Raises OwnerError for a name that leads to nobody."""
    if not given.strip():
        raise OwnerError("the owner is empty. Name one, as the records or the API show it")
    stage = services.settings.stage
    uploader = _uploader_in(stage, given)
    if uploader is not None:
        if not uploaders.NAME.fullmatch(uploader) or uploaders.prefix(uploader) == UPLOADS:
            raise OwnerError(f"{uploader!r} is no name of an uploader")
        return Owner(SYSTEM, f"{UPLOADER}{uploader}", uploaders.prefix(uploader))
    # An ARN can have an address too: that of a session.
    if "@" in given and ":" not in given:
        return _by_email(services, clients, given)
    if _SHOWN.fullmatch(given):
        return Owner(_find_shown(services, clients, given), given)
    return Owner(given, shown_owner(stage, given))


def _uploader_in(stage: str, given: str) -> str | None:
    """Return the name of an uploader, from its short form or from the ARN of its IAM user."""
    if given.startswith(UPLOADER):
        return given.removeprefix(UPLOADER)
    user, middle, name = given.partition(f":user/{uploaders.resource_name(stage, '')}")
    return name if user.startswith("arn:") and middle else None


def _by_email(services: Backends, clients: ClientFor, email: str) -> Owner:
    for address, sub in _users(services, clients):
        if address.casefold() == email.casefold():
            return Owner(sub, shown_owner(services.settings.stage, sub))
    raise OwnerError(f"{email} is no user of the stage {services.settings.stage}. Name the owner as the API shows it")


def _find_shown(services: Backends, clients: ClientFor, shown: str) -> str:
    """Return the owner with this hash. Users are asked first; then the table is read until the first such record.

    After an erasure no record has the owner. The hash itself is then the owner, who has nothing, so that an erasure can
    be repeated.
    """
    stage = services.settings.stage
    names = (sub for _, sub in _users(services, clients))
    found = next((each for each in names if shown_owner(stage, each) == shown), None)
    return found or next((each for each in _owners(services, clients) if shown_owner(stage, each) == shown), shown)


def _users(services: Backends, clients: ClientFor) -> Iterator[tuple[str, str]]:
    """Yield the email address and the `sub` of each user, if the stage has a user pool."""
    pool = services.settings.cognito_user_pool_arn.rpartition("/")[2]
    pages = clients("cognito-idp").get_paginator("list_users").paginate(UserPoolId=pool) if pool else ()
    for page in pages:
        for user in page["Users"]:
            attributes = {each["Name"]: each["Value"] for each in user["Attributes"]}
            yield attributes.get("email", ""), attributes["sub"]


def _owners(services: Backends, clients: ClientFor) -> Iterator[str]:
    """Yield the owner of each record, also of tombstones, which are in no list. `owner` is a reserved word."""
    request = {"ProjectionExpression": "#owner", "ExpressionAttributeNames": {"#owner": "owner"}}
    pages = clients("dynamodb").get_paginator("scan").paginate(TableName=services.settings.images_table, **request)
    yield from (item["owner"]["S"] for page in pages for item in page["Items"])
