"""The stage `local` on moto, and collaborators that tests hand in."""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from chalice.test import Client
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

ROOT = Path(__file__).parent.parent
_CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
# app.py reads its settings at import, so the stage's environment stands before any test module is read.
os.environ.update(_CONFIG["stages"]["local"]["environment_variables"])
# No other stage than `local` looks for the embedded AWS: in tests boto3 is to meet moto in this very process.
os.environ["STAGE"] = "test"
os.environ.pop("AWS_PROFILE", None)
# A stage that is not `local` asks who calls unless told otherwise.
os.environ["AUTH"] = "none"
for name in ("API_KEYS", "COGNITO_USER_POOL_ARN", "OWNER_ISOLATION"):
    os.environ.pop(name, None)

# A busy machine is no fault of the code: no example is judged by the clock.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, max_examples=40, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

import app as entry_points  # noqa: E402 - after the environment
from chalicelib.backends import Backends, current  # noqa: E402 - after the environment
from chalicelib.settings import Settings  # noqa: E402 - after the environment
from scripts.embedded import local_stage  # noqa: E402
from tests import stage  # noqa: E402


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@pytest.fixture
def settings() -> Settings:
    """The settings that app.py read."""
    return entry_points.SETTINGS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def wired() -> Backends:
    """The app's own backends: their clients are dear to build and hold no state, so all tests share them."""
    return current()


class Moto:
    """The part of moto's own state that the stage's buckets and tables are in."""

    def __init__(self) -> None:
        self.s3: Any = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self.dynamodb: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]

    def kept(self) -> tuple[Any, Any]:
        """Copy what is there."""
        return deepcopy((self.s3.buckets, self.dynamodb.tables))

    def restore(self, kept: tuple[Any, Any]) -> None:
        """Put a copy of what was kept in the place of what is there."""
        self.s3.buckets, self.dynamodb.tables = deepcopy(kept)


@pytest.fixture(scope="session")
def empty_stage(wired: Backends) -> tuple[Any, Any]:
    """The stage's buckets and tables, made once for all tests: sixteen calls for each would be most of their time."""
    with mock_aws():
        local_stage.create_buckets(wired.settings, stage.s3())
        local_stage.create_tables(wired.settings, stage.dynamodb())
        return Moto().kept()


@pytest.fixture
def backends(wired: Backends, clock: Clock, empty_stage: tuple[Any, Any]) -> Iterator[Backends]:
    """Backends on a fresh moto that holds the stage's buckets and tables, and no notifications."""
    with mock_aws():
        Moto().restore(empty_stage)
        yield replace(wired, now=clock)


@pytest.fixture
def client(backends: Backends) -> Client:  # noqa: ARG001 - it stands on the same moto
    """Chalice's own client for the app."""
    return Client(entry_points.app, stage_name="test", project_dir=str(ROOT))
