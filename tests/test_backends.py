"""The backends of a stage are wired from its settings."""

import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import backends as wiring
from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from chalicelib.errors import DogApiUnavailable, DogHostNotAllowed
from chalicelib.records import ImageRecord, Status
from chalicelib.settings import Settings
from tests import stage
from tests.conftest import ROOT


def test_the_tables_are_those_of_the_settings(backends: Backends) -> None:
    built = wiring.build(backends.settings)

    built.catalog.create(ImageRecord("0" * 32, "ann", Status.PENDING, "2026-03-01T12:00:00.000Z"))
    built.dogs.record(DogUpload("html/a.png", "", "2026-03-01T12:00:00.000Z", "png", alert_triggered=False), "run")

    assert stage.record_count(backends.settings.images_table) == 1
    assert stage.dog_row_count(backends.settings.dogs_table) == 1


def test_the_number_of_shards_is_that_of_the_settings(backends: Backends) -> None:
    built = wiring.build(replace(backends.settings, list_shards=2))

    for number in range(2):
        built.catalog.create(ImageRecord(f"{number:032x}", "ann", Status.PENDING, "2026-03-01T12:00:00.000Z"))

    items = stage.dynamodb().scan(TableName=backends.settings.images_table)["Items"]
    assert {item["list_key"]["S"] for item in items} == {"ann#0", "ann#1"}


def test_the_clients_call_the_endpoint_of_the_settings(settings: Settings) -> None:
    built = wiring.build(replace(settings, endpoint_url="http://127.0.0.1:4566"))

    assert built.storage.address("a-bucket", "a key") == "http://127.0.0.1:4566/a-bucket/a%20key"


def test_the_clock_is_the_present_in_utc(settings: Settings) -> None:
    now = wiring.build(settings).now()

    assert now.tzinfo is UTC
    assert datetime.now(UTC) - now < timedelta(hours=1)


@pytest.mark.parametrize(("stage_name", "error"), [("local", DogApiUnavailable), ("dev", DogHostNotAllowed)])
def test_only_the_local_stage_may_download_from_loopback(
    settings: Settings, stage_name: str, error: type[Exception]
) -> None:
    built = wiring.build(replace(settings, stage=stage_name))

    with socket.socket() as silent:
        # A bound socket that does not listen refuses connections.
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(error):
            built.downloader.get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_container_builds_its_backends_once_from_its_environment(settings: Settings) -> None:
    wiring.current.cache_clear()  # another test may have built them for another stage
    assert wiring.current() is wiring.current()
    assert wiring.current().settings == settings


def test_building_imports_no_boto3() -> None:
    """The import is the slowest part of a cold start, and not every function needs it."""
    code = "import sys; from chalicelib import backends; backends.current(); sys.exit('boto3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, check=False).returncode == 0
