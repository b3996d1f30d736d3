"""A stage on moto with images of two people, of an uploader, and of nobody, in every state."""

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import deletion, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.records import ImageRecord
from scripts.owners.erasure import Erasure
from scripts.owners.who import Owner, Patience, resolve
from tests import stage
from tests.flows.deliveries import put_and_sanitize, s3_record
from tests.flows.photos import photo, photo_with_metadata

ANN, BOB = "4f1c-ann", "arn:aws:iam::123456789012:user/bob"

#: moto needs no waiting.
HASTY = Patience(letter=0, pause=0.0, sleep=lambda _seconds: None)


def clients(name: str) -> Any:
    """Return a boto3 client of moto; the shared one where there is one."""
    shared: dict[str, Any] = {"s3": stage.s3, "sqs": stage.sqs, "dynamodb": stage.dynamodb}
    made: Any = boto3
    return shared[name]() if name in shared else made.client(name)


def make_queue() -> str:
    """Make the dead-letter queue of the stage `test`."""
    return str(stage.sqs().create_queue(QueueName="darkroom-test-dead-letters")["QueueUrl"])


def post(backends: Backends, owner: str, colour: str = "teal") -> ImageRecord:
    """Post a photo for an owner."""
    return upload.receive(backends, Photo(photo(colour=colour), owner))


def reserve(backends: Backends, owner: str) -> ImageRecord:
    """Ask for a presigned form: for 15 minutes, its photo may come."""
    return upload.create_upload(backends, UploadRequest(owner, "a.jpg", "image/jpeg", 1000))[0]


def tombstone(backends: Backends, owner: str) -> ImageRecord:
    """Delete an image so that its objects stay: the deletion breaks off."""
    record = post(backends, owner, "navy")
    failing = stage.with_failures(backends, storage={"delete_objects": 1})
    with pytest.raises(BackendUnavailable):
        deletion.delete_image(failing, record)
    return record


def overwrite(record: ImageRecord) -> None:
    """Put a version above each output of an image, and a delete marker above that."""
    for variant in record.variants.values():
        stage.put(variant.bucket, variant.key, b"another version")
        stage.s3().delete_object(Bucket=variant.bucket, Key=variant.key)


def from_uploader(backends: Backends, name: str) -> ImageRecord:
    """Put a photo as an uploader does, with its event, and a photo whose event has not come."""
    record = put_and_sanitize(backends, f"{name}/a b.jpg", photo_with_metadata())
    stage.put(backends.settings.landing_bucket, f"{name}/later.jpg", photo_with_metadata())
    return record


def send_letter(queue: str, bucket: str, key: str) -> None:
    """Send an event to the dead-letter queue, in the form of the embedded AWS."""
    event = {"Records": [s3_record(bucket, key)]}
    attributes: Any = {
        name: {"DataType": "String", "StringValue": text}
        for name, text in {"FunctionName": "darkroom-test-sanitize_image", "ErrorType": "RuntimeError"}.items()
    }
    stage.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps(event), MessageAttributes=attributes)


def letters(queue: str) -> int:
    """Count the letters that a consumer can see."""
    answer = stage.sqs().get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def contents(backends: Backends) -> tuple[set[tuple[str, str]], set[str]]:
    """Return all versions of all buckets, and the ids of all records."""
    settings = backends.settings
    buckets = (settings.images_bucket, settings.landing_bucket, settings.destination_bucket)
    items = stage.dynamodb().scan(TableName=settings.images_table)["Items"]
    return {each for bucket in buckets for each in stage.versions(bucket)}, {each["ID"]["S"] for each in items}


def owner(backends: Backends, given: str) -> Owner:
    """Resolve an owner."""
    return resolve(backends, clients, given)


def erasure(backends: Backends, given: str, **changes: Any) -> Erasure:
    """Return the erasure of an owner, without pauses."""
    lines: list[str] = []
    made = Erasure(backends, clients, owner(backends, given), lines.append, HASTY)
    return replace(made, **changes)
