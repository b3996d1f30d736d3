"""The fixtures of all tests: the stage on moto, its settings, backends and clock."""

import io
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
# app.py reads its settings at import, so the environment is set before any test module is imported.
os.environ.update(_CONFIG["stages"]["local"]["environment_variables"])
# Only the stage `local` connects to the embedded AWS. In tests boto3 must reach moto in this process.
os.environ["STAGE"] = "test"
os.environ.pop("AWS_PROFILE", None)
# Every stage but `local` authenticates callers by default.
os.environ["AUTH"] = "none"
for name in ("API_KEYS", "COGNITO_USER_POOL_ARN", "USER_POOL_ARN", "OWNER_ISOLATION"):
    os.environ.pop(name, None)

# No example has a time limit: a busy machine must not fail a test.
hypothesis.settings.register_profile(
    "untimed",
    deadline=None,
    max_examples=40,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")

import app as entry_points  # noqa: E402 - after the environment
from chalicelib import telemetry  # noqa: E402 - after the environment
from chalicelib.backends import Backends, current  # noqa: E402 - after the environment
from chalicelib.settings import Settings  # noqa: E402 - after the environment
from scripts.embedded import local_stage  # noqa: E402 - after the environment
from tests import stage  # noqa: E402 - after the environment


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the folder that would be last: its files take long, and at the end one process would wait for them."""
    items.sort(key=lambda item: _folder(item) != "trust")


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT / "tests").parts[0]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return the text that the logger writes during a test."""
    written = io.StringIO()
    before = telemetry.handler.setStream(written)
    yield written
    telemetry.handler.setStream(before)


class Clock:
    """A clock that moves only when a test advances it."""

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
    """The app's own backends. All tests share them, because clients are slow to build and have no state."""
    return current()


class Moto:
    """The part of moto's state that holds the stage's buckets and tables."""

    def __init__(self) -> None:
        self.s3: Any = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self.dynamodb: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]

    def copy(self) -> tuple[Any, Any]:
        """Return a copy of the present state."""
        return deepcopy((self.s3.buckets, self.dynamodb.tables))

    def restore(self, saved: tuple[Any, Any]) -> None:
        """Replace the present state by a copy of a saved one."""
        self.s3.buckets, self.dynamodb.tables = deepcopy(saved)


@pytest.fixture(scope="session")
def empty_stage(wired: Backends) -> tuple[Any, Any]:
    """The state with empty buckets and tables, created once: for each test, it would take most of the time."""
    with mock_aws():
        local_stage.create_buckets(wired.settings, stage.s3())
        local_stage.create_tables(wired.settings, stage.dynamodb())
        return Moto().copy()


@pytest.fixture
def backends(wired: Backends, clock: Clock, empty_stage: tuple[Any, Any]) -> Iterator[Backends]:
    """Backends on a fresh moto with empty buckets and tables, and without notifications."""
    with mock_aws():
        Moto().restore(empty_stage)
        stage.sns().create_topic(Name=wired.settings.images_topic.rsplit(":", 1)[-1])
        yield replace(wired, now=clock)


@pytest.fixture
def client(backends: Backends) -> Client:  # noqa: ARG001 - the client uses the same moto
    """Chalice's own client for the app."""
    return Client(entry_points.app, stage_name="test", project_dir=str(ROOT))
