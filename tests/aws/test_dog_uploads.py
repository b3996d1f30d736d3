"""The rows of the dog uploads: kept within a run, expired, and listed."""

from dataclasses import replace

import pytest

from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from chalicelib.errors import BackendUnavailable, ImageNotFound
from tests import stage
from tests.aws.spying import calls_of

ROW = DogUpload(
    "html/pug-1.png", "https://example.test/1", "2026-03-01T12:00:00.000Z", "png", alert_triggered=True, alert_id="run"
)


def test_a_row_is_read_as_it_was_written(backends: Backends) -> None:
    assert backends.dogs.record(ROW, "run") == ROW
    assert backends.dogs.find(ROW.image_name) == ROW
    assert backends.dogs.find("html/none.png") is None


def test_a_row_is_read_with_strong_consistency(backends: Backends) -> None:
    clients = Clients(None)
    calls = calls_of(clients, "dynamodb", "GetItem")

    DogCatalog(clients, backends.settings.dogs_table, 1).find(ROW.image_name)

    assert [call["ConsistentRead"] for call in calls] == [True]


def test_a_retry_of_a_run_keeps_the_first_row(backends: Backends) -> None:
    backends.dogs.record(ROW, "run")

    assert backends.dogs.record(replace(ROW, upload_timestamp="2026-03-01T12:00:09.000Z"), "run") == ROW
    assert backends.dogs.find(ROW.image_name) == ROW


def test_a_later_run_overwrites_the_row_and_makes_it_current(backends: Backends) -> None:
    backends.dogs.record(ROW, "run")
    backends.dogs.expire(ROW.image_name)
    later = replace(ROW, upload_timestamp="2026-03-01T13:00:00.000Z")

    assert backends.dogs.record(later, "later") == later
    assert backends.dogs.find(ROW.image_name) == later


def test_expiring_marks_a_row_and_creates_none(backends: Backends) -> None:
    backends.dogs.record(ROW, "run")

    backends.dogs.expire(ROW.image_name)
    backends.dogs.expire("html/none.png")

    assert backends.dogs.find(ROW.image_name) == replace(ROW, expired=True)
    assert stage.dog_row_count(backends.settings.dogs_table) == 1


def test_rows_of_all_shards_are_listed_newest_first(backends: Backends) -> None:
    dogs = DogCatalog(Clients(None), backends.settings.dogs_table, 3)
    rows = [
        replace(ROW, image_name=f"html/pug-{number}.png", upload_timestamp=f"2026-03-01T12:00:00.{number:03}Z")
        for number in range(8)
    ]
    for row in rows:
        dogs.record(row, "run")
    items = stage.dynamodb().scan(TableName=backends.settings.dogs_table)["Items"]
    assert {item["list_key"]["S"] for item in items if "upload_timestamp" in item} == {"dogs#0", "dogs#1", "dogs#2"}

    first, position = dogs.newest(5, None)
    second, end = dogs.newest(5, position)

    assert first + second == rows[::-1]
    assert end is None


def test_without_a_table_find_raises_not_found_and_record_is_unavailable(backends: Backends) -> None:
    stage.dynamodb().delete_table(TableName=backends.settings.dogs_table)

    with pytest.raises(ImageNotFound):
        backends.dogs.find(ROW.image_name)
    with pytest.raises(BackendUnavailable):
        backends.dogs.record(ROW, "run")
