"""Everything that a stage knows of a photo is found by its id, its key or its address, and nothing of another photo."""

import json
import time
from typing import Any

import boto3
import pytest

from chalicelib.backends import Backends
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.records import Status
from scripts.tracing.facts import Facts, collect
from tests import stage
from tests.flows.deliveries import put_and_resize, put_and_sanitize, s3_record
from tests.flows.photos import photo, photo_with_metadata

KEY = "uploads/sommer ferien/a+b.jpg"
GROUP = "/aws/lambda/darkroom-test-resize_image"


@pytest.fixture(autouse=True)
def queue(backends: Backends) -> str:
    assert backends.settings.stage == "test"
    return str(stage.sqs().create_queue(QueueName="darkroom-test-dead-letters")["QueueUrl"])


def look(backends: Backends, what: str) -> Facts:
    clients: Any = boto3.client
    return collect(backends, clients, what)


def send(queue: str, event: dict[str, Any]) -> None:
    attributes: Any = {
        name: {"DataType": "String", "StringValue": text}
        for name, text in {"FunctionName": "darkroom-test-resize_image", "ErrorType": "RuntimeError"}.items()
    }
    stage.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps(event), MessageAttributes=attributes)


def test_a_photo_is_found_by_id_by_key_and_by_address(backends: Backends) -> None:
    record, bucket = put_and_resize(backends, KEY, photo()), backends.settings.images_bucket

    for what in (record.id, KEY, f"s3://{bucket}/{KEY}"):
        facts = look(backends, what)
        assert (facts.record, facts.bucket, facts.key) == (record, bucket, KEY)
        assert (facts.size, facts.letters, facts.lines) == (len(photo()), (), None)


def test_a_landing_photo_is_found_by_its_key(backends: Backends) -> None:
    record = put_and_sanitize(backends, "2026/a.jpg", photo_with_metadata())

    facts = look(backends, "2026/a.jpg")
    assert (facts.record, facts.bucket) == (record, backends.settings.landing_bucket)
    assert look(backends, record.id).bucket == backends.settings.landing_bucket


def test_a_photo_that_came_over_rest_has_no_place(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    facts = look(backends, record.id)
    assert (facts.record, facts.bucket, facts.key, facts.size) == (record, "", "", None)


def test_an_upload_is_found_before_it_comes(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 9))

    facts = look(backends, pending.source)
    assert facts.record
    assert (facts.record.status, facts.size) == (Status.PENDING, None)
    assert look(backends, pending.id).key == pending.source


@pytest.mark.parametrize(
    "what", ["a" * 32, "uploads/none.jpg", "s3://elsewhere/none.jpg", "s3://no-such-bucket/none.jpg"]
)
def test_nothing_is_known_of_what_was_never_there(backends: Backends, what: str) -> None:
    stage.s3().create_bucket(Bucket="elsewhere")
    facts = look(backends, what)
    assert (facts.record, facts.size, facts.letters) == (None, None, ())


def test_only_dead_letters_of_the_photo_are_listed_and_all_stay(backends: Backends, queue: str) -> None:
    bucket = backends.settings.images_bucket
    for key in (KEY, "uploads/other.jpg"):
        stage.put(bucket, key, photo())
        send(queue, {"Records": [s3_record(bucket, key)]})
    send(queue, {"source": "aws.events"})

    for _ in range(2):
        (letter,) = look(backends, KEY).letters
        assert (letter.function, letter.error) == ("darkroom-test-resize_image", "RuntimeError")


def test_the_lines_of_the_log_that_name_the_photo_are_shown(backends: Backends) -> None:
    record = put_and_resize(backends, KEY, photo())
    logs: Any = boto3.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
    line = {"level": "INFO", "message": "image processed", "id": record.id, "ms": 5, "location": "x", "service": "y"}
    messages = [json.dumps(line), f"REPORT of {record.id}", "another photo"]
    now = int(time.time() * 1000)  # Logs refuses events of long ago
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName="one",
        logEvents=[{"timestamp": now + number, "message": each} for number, each in enumerate(messages)],
    )

    found = look(backends, KEY).lines
    assert found
    assert found[0].endswith(f"INFO  image processed (id={record.id}, ms=5)")
    assert any(line.endswith(f"REPORT of {record.id}") for line in found)
