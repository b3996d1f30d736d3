"""Each record of an S3 event is handled once, whatever happens to the others."""

import logging
from typing import Any

import pytest
from chalice.test import Client

import app as entry_points
from chalicelib import s3_records, telemetry
from chalicelib.backends import Backends
from chalicelib.records import Status
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo

TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "a-bucket", "RequestId": "1"}


def test_the_handler_gets_one_record_at_a_time() -> None:
    seen: list[Any] = []

    s3_records.run(lambda event, context: seen.append((event, context)), {"Records": ["a", "b"], "more": 1}, "context")

    assert seen == [({"Records": [each], "more": 1}, "context") for each in ("a", "b")]


def test_an_error_does_not_stop_the_other_records_and_is_raised_at_the_end() -> None:
    seen: list[str] = []

    def handle(event: dict[str, Any], _context: object) -> None:
        seen.append(event["Records"][0])
        raise ValueError(event["Records"][0])

    with pytest.raises(ValueError, match="a"):
        s3_records.run(handle, {"Records": ["a", "b"]}, None)
    assert seen == ["a", "b"]


@pytest.mark.parametrize("function", ["resize_image", "sanitize_image"])
def test_a_test_event_of_s3_is_ignored(client: Client, function: str) -> None:
    client.lambda_.invoke(function, TEST_EVENT)
    getattr(entry_points, function)(TEST_EVENT, None)


def test_a_test_event_of_s3_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger=telemetry.log.name):
        s3_records.run(lambda _event, _context: None, TEST_EVENT, None)

    [line] = caplog.records
    assert (line.getMessage(), vars(line)["bucket"]) == ("test event of S3 ignored", "a-bucket")


def test_another_event_without_records_is_an_error() -> None:
    with pytest.raises(KeyError, match="Records"):
        s3_records.run(lambda _event, _context: None, {"detail-type": "Object Created"}, None)


@pytest.mark.parametrize("function", ["resize_image", "sanitize_image"])
def test_an_event_of_several_records_processes_them_all(client: Client, backends: Backends, function: str) -> None:
    settings = backends.settings
    bucket = settings.images_bucket if function == "resize_image" else settings.landing_bucket
    keys = ["uploads/a.jpg", "uploads/b.jpg"]
    for number, key in enumerate(keys):
        stage.put(bucket, key, photo((64 + number, 48)))

    client.lambda_.invoke(function, {"Records": [s3_record(bucket, key) for key in keys]})

    records = backends.catalog.newest(["system"], 3, None, None)[0]
    assert sorted((each.source, each.status) for each in records) == [(key, Status.COMPLETED) for key in keys]
