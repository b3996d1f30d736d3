"""An owner is found as given, as shown, by address, or as an uploader; a name that leads to nobody is refused."""

from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.backends import Backends
from chalicelib.records import ANONYMOUS, SYSTEM, shown_owner
from scripts.embedded import local_users
from scripts.owners.who import Owner, OwnerError, resolve
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, BOB, clients, owner


def test_an_owner_as_given_needs_no_record(backends: Backends) -> None:
    assert owner(backends, BOB) == Owner(BOB, shown_owner("test", BOB))
    assert owner(backends, ANONYMOUS) == Owner(ANONYMOUS, ANONYMOUS)


@pytest.mark.parametrize("make", [world.post, world.tombstone, world.reserve])
def test_an_owner_as_shown_is_found_by_any_record(backends: Backends, make: Any) -> None:
    world.post(backends, ANN)
    make(backends, BOB)
    assert owner(backends, shown_owner("test", BOB)) == Owner(BOB, shown_owner("test", BOB))


def test_an_owner_as_shown_whom_nobody_knows_has_nothing(backends: Backends) -> None:
    world.post(backends, ANN)
    assert owner(backends, "0123456789abcdef") == Owner("0123456789abcdef", "0123456789abcdef")


@pytest.mark.parametrize("given", ["uploader:backend", "arn:aws:iam::123456789012:user/darkroom-test-uploader-backend"])
def test_an_uploader_is_a_prefix_of_what_belongs_to_system(backends: Backends, given: str) -> None:
    assert owner(backends, given) == Owner(SYSTEM, "uploader:backend", "backend/")


def test_the_uploader_of_another_stage_is_an_owner_without_a_prefix(backends: Backends) -> None:
    assert owner(backends, "arn:aws:iam::123456789012:user/darkroom-prod-uploader-backend").prefix == ""


@pytest.mark.parametrize("name", ["", "uploads", "a/b", "A", "x" * 33])
def test_what_is_no_uploader_is_refused(backends: Backends, name: str) -> None:
    # An empty prefix would be everything.
    with pytest.raises(OwnerError, match="no name of an uploader"):
        owner(backends, f"uploader:{name}")


@pytest.fixture
def with_users(backends: Backends) -> tuple[Backends, str]:
    client: Any = boto3.client("cognito-idp")
    arn = local_users.create(client, "local", "http://127.0.0.1:1/", {})
    made = client.admin_create_user(UserPoolId=arn.rpartition("/")[2], Username="ann@example.com")
    [sub] = [each["Value"] for each in made["User"]["Attributes"] if each["Name"] == "sub"]
    return replace(backends, settings=replace(backends.settings, cognito_user_pool_arn=arn)), sub


@pytest.mark.parametrize("given", ["ann@example.com", "Ann@Example.com", ""])
def test_a_user_is_found_by_address_and_as_shown_without_a_record(with_users: tuple[Backends, str], given: str) -> None:
    services, sub = with_users
    shown = shown_owner("test", sub)
    assert resolve(services, clients, given or shown) == Owner(sub, shown)


def test_an_address_of_no_user_is_refused(with_users: tuple[Backends, str]) -> None:
    with pytest.raises(OwnerError, match=r"eve@example\.com is no user of the stage test"):
        resolve(with_users[0], clients, "eve@example.com")


def test_a_session_whose_name_is_an_address_is_an_owner_as_given(backends: Backends) -> None:
    session = "arn:aws:sts::123456789012:assumed-role/sso/ann@example.com"
    assert owner(backends, session).name == session
