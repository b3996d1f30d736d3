"""The counts of the dog uploads: one for each log entry, whatever is retried, and no row of their own in any list."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders

from chalicelib.aws import dog_stats
from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.backends import Backends
from chalicelib.dog_records import DogCounts, DogUpload
from chalicelib.errors import BackendUnavailable
from tests import stage
from tests.aws.spying import calls_of

DAY = "2026-03-01"
ROW = DogUpload(
    "html/pug-1.png", "https://example.test/1", f"{DAY}T12:00:00.000Z", "png", True, alert_id="run", breed="pug"
)


def test_each_entry_is_counted_by_type_breed_and_day(backends: Backends) -> None:
    gif = replace(ROW, image_name="html/a-b-2.gif", file_type="gif", alert_id="", breed="a-b", unexpected_type=True)
    later = replace(ROW, image_name="html/pug-3.png", upload_timestamp="2026-03-02T00:00:00.000Z")
    for row in (ROW, gif, later):
        backends.dogs.record(row, "run")

    days = backends.dogs.counts(DAY)

    first = DogCounts(2, 1, 1)
    first.types.update(png=1, gif=1)
    first.breeds.update({"pug": 1, "a-b": 1})
    assert list(days) == [DAY, "2026-03-02"]
    assert days[DAY] == first
    assert list(backends.dogs.counts("2026-03-02")) == ["2026-03-02"]
    assert backends.dogs.counts("2026-03-03") == {}


def test_a_retry_counts_nothing_also_after_another_run_and_on_another_day(backends: Backends) -> None:
    backends.dogs.record(ROW, "one")
    backends.dogs.record(replace(ROW, alert_id="two"), "two")
    again = replace(ROW, upload_timestamp="2026-03-02T00:00:00.000Z")

    assert backends.dogs.record(again, "one") == replace(ROW, alert_id="two")
    assert {day: counts.uploads for day, counts in backends.dogs.counts(DAY).items()} == {DAY: 2}


def test_an_entry_of_an_earlier_version_is_kept_and_not_counted(backends: Backends) -> None:
    backends.dogs.record(ROW, "run")
    for item in stage.dynamodb().scan(TableName=backends.settings.dogs_table)["Items"]:
        if "upload_timestamp" not in item:
            key = {"image_name": item["image_name"]}
            stage.dynamodb().delete_item(TableName=backends.settings.dogs_table, Key=key)

    assert backends.dogs.record(replace(ROW, upload_timestamp=f"{DAY}T13:00:00.000Z"), "run") == ROW
    assert backends.dogs.counts(DAY) == {}


def test_the_row_and_its_count_are_written_together_or_not_at_all(backends: Backends) -> None:
    # A count that is no number makes the update fail.
    digest = dog_stats.increment(backends.settings.dogs_table, ROW)["Key"]
    broken = {**digest, "uploads": {"S": "x"}}
    stage.dynamodb().put_item(TableName=backends.settings.dogs_table, Item=broken)

    with pytest.raises(BackendUnavailable):
        backends.dogs.record(ROW, "run")
    assert stage.record_count(backends.settings.dogs_table) == 1


def test_counts_and_markers_are_in_no_list_and_are_no_uploads(backends: Backends) -> None:
    backends.dogs.record(ROW, "run")
    items = stage.dynamodb().scan(TableName=backends.settings.dogs_table)["Items"]
    others = [item["image_name"]["S"] for item in items if "upload_timestamp" not in item]

    assert sorted(name.split("#")[0] for name in others) == ["run", "stats"]
    assert backends.dogs.newest(50, None) == ([ROW], None)
    for name in others:
        assert backends.dogs.find(name) is None
        backends.dogs.expire(name)
    assert stage.dynamodb().scan(TableName=backends.settings.dogs_table)["Items"] == items


def test_a_marker_outlives_an_execution_and_then_expires(backends: Backends) -> None:
    put = dog_stats.marker(backends.settings.dogs_table, ROW, "run")
    # 2026-03-08T12:00:00Z
    assert put["Item"]["expires_at"] == {"N": "1772971200"}


@pytest.mark.parametrize("breed", ["", "PUG", "pug/x", "p" * 41, "a-b-c", "breed:pug", "1"])
def test_a_breed_with_an_unusual_name_is_counted_as_other(backends: Backends, breed: str) -> None:
    backends.dogs.record(replace(ROW, breed=breed), "run")
    assert backends.dogs.counts(DAY)[DAY].breeds == {"other": 1}


def test_a_day_is_spread_over_several_items_and_each_is_queried_once(backends: Backends) -> None:
    clients = Clients(None)
    calls = calls_of(clients, "dynamodb", "Query")
    dogs = DogCatalog(clients, backends.settings.dogs_table, 1)
    for number in range(64):
        dogs.record(replace(ROW, image_name=f"html/pug-{number}.png"), "run")

    assert dogs.counts(DAY)[DAY].uploads == 64
    asked = [call["ExpressionAttributeValues"][":value"]["S"] for call in calls]
    assert asked == [f"stats#{shard}" for shard in range(dog_stats.SHARDS)]
    names = {item["image_name"]["S"] for item in stage.dynamodb().scan(TableName=backends.settings.dogs_table)["Items"]}
    assert len({name for name in names if name.startswith(f"stats#{DAY}#")}) == dog_stats.SHARDS


def test_a_conflict_of_two_transactions_is_transient(backends: Backends) -> None:
    clients = Clients(None)
    refused = AWSResponse("https://example.test", 400, HTTPHeaders(), None)
    cancelled = {
        "Error": {"Code": "TransactionCanceledException", "Message": "conflict"},
        "CancellationReasons": [{"Code": "None"}, {"Code": "None"}, {"Code": "TransactionConflict"}],
    }
    events: Any = clients.dynamodb.meta.events
    events.register("before-call.dynamodb.TransactWriteItems", lambda **_: (refused, cancelled))

    with pytest.raises(BackendUnavailable):
        DogCatalog(clients, backends.settings.dogs_table, 1).record(ROW, "run")
