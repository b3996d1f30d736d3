"""Collect what a stage knows of one photo: its record, its object, its dead letters, and the lines of the log."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from chalicelib.backends import Backends
from chalicelib.keys import UPLOADS, id_in_key, is_id
from chalicelib.records import SYSTEM, ImageRecord
from scripts.replay import DeadLetter, read_message

#: Returns the boto3 client of a service, given its name.
ClientFor = Callable[[str], Any]
#: Lines of the log, and dead letters, that are looked at.
MAX_LINES, MAX_LETTERS = 20, 1000


@dataclass(frozen=True)
class Facts:
    """What is known of a photo.

    `size` is that of its object in bytes, or None if there is none. `lines` is None if the stage has no log group, as
    on `make run`.
    """

    bucket: str
    key: str
    record: ImageRecord | None
    size: int | None
    letters: tuple[DeadLetter, ...]
    lines: tuple[str, ...] | None


def collect(backends: Backends, clients: ClientFor, what: str) -> Facts:
    """Collect the facts about an id, `s3://bucket/key`, or a key of the images or the landing bucket."""
    if is_id(what):
        record = backends.catalog.find(what)
        bucket, key = _place_of(record)
    else:
        bucket, key, record = _look_up(backends, clients("s3"), what)
    stage = f"darkroom-{backends.settings.stage}"
    letters = tuple(each for each in _letters(clients("sqs"), stage) if key and _names(each.event, bucket, key))
    lines = _lines(clients("logs"), _group(backends, stage, bucket), _terms(record, key))
    return Facts(bucket, key, record, _size(clients("s3"), bucket, key), letters, lines)


def _look_up(backends: Backends, client: Any, what: str) -> tuple[str, str, ImageRecord | None]:
    """Return the bucket and the key that a person has named, and their record.

    A key without its bucket is looked for in both buckets; the first one with a record counts, else with an object.
    """
    places = _places(backends, what)
    found = [(bucket, key, _record_of(backends, bucket, key)) for bucket, key in places]
    with_record = [each for each in found if each[2]]
    with_object = (each for each in found if _size(client, each[0], each[1]) is not None)
    return with_record[0] if with_record else next(with_object, found[0])


def _places(backends: Backends, what: str) -> list[tuple[str, str]]:
    """Return the places that a person may mean, the likely one first."""
    if what.startswith("s3://"):
        bucket, _, key = what.removeprefix("s3://").partition("/")
        return [(bucket, key)]
    settings = backends.settings
    buckets = [settings.landing_bucket, settings.images_bucket]
    return [(bucket, what) for bucket in (reversed(buckets) if what.startswith(UPLOADS) else buckets)]


def _place_of(record: ImageRecord | None) -> tuple[str, str]:
    """Return where the original of a record is or was; ("", "") if it came over REST."""
    if record is None or not record.source:
        return "", ""
    return record.original_bucket, record.source


def _record_of(backends: Backends, bucket: str, key: str) -> ImageRecord | None:
    """Return the newest record of a key in one bucket. The same key in the other bucket is another photo."""
    settings = backends.settings
    if bucket not in (settings.images_bucket, settings.landing_bucket):
        return None
    is_images = bucket == settings.images_bucket
    if is_images and (image_id := id_in_key(key)):
        return backends.catalog.find(image_id)
    # A record without its original names the sanitized bucket, whose photos came from the landing bucket.
    found = backends.catalog.all_from([SYSTEM], key)
    return next((each for each in found if (each.original_bucket == settings.images_bucket) == is_images), None)


def _size(client: Any, bucket: str, key: str) -> int | None:
    """Return the size of the object under a key. A listing needs no right to read photos, as a HEAD would."""
    if not key:
        return None
    try:
        listed = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
    except client.exceptions.NoSuchBucket:
        return None
    return next((int(each["Size"]) for each in listed if each["Key"] == key), None)


def _letters(client: Any, stage: str) -> Iterator[DeadLetter]:
    """Yield the dead letters of a stage, and give them back to the queue at the end."""
    queue = client.get_queue_url(QueueName=f"{stage}-dead-letters")["QueueUrl"]
    received: list[dict[str, Any]] = []
    try:
        while len(received) < MAX_LETTERS:
            answer = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            if not answer.get("Messages"):
                return
            received += answer["Messages"]
            yield from (read_message(each) for each in answer["Messages"])
    finally:
        for each in received:
            client.change_message_visibility(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0)


def _names(event: Any, bucket: str, key: str) -> bool:
    """Return whether an S3 event has an object of this bucket and key. Its keys are form-urlencoded."""
    records = event.get("Records", []) if isinstance(event, dict) else []
    objects = [each["s3"] for each in records if "s3" in each]
    return any(each["bucket"]["name"] == bucket and unquote_plus(each["object"]["key"]) == key for each in objects)


def _group(backends: Backends, stage: str, bucket: str) -> str:
    """Return the log group of the function that handles the photo."""
    settings = backends.settings
    handlers = {settings.images_bucket: "-resize_image", settings.landing_bucket: "-sanitize_image"}
    return f"/aws/lambda/{stage}{handlers.get(bucket, '')}"


def _terms(record: ImageRecord | None, key: str) -> list[str]:
    request = record.attempt.request_id if record and record.attempt else ""
    return [each for each in (record.id if record else "", request, key) if each]


def _lines(client: Any, group: str, terms: list[str]) -> tuple[str, ...] | None:
    """Return the lines that have one of the terms, as time, level and message with its fields."""
    found: dict[str, dict[str, Any]] = {}
    try:
        for term in terms:
            answer = client.filter_log_events(logGroupName=group, filterPattern=json.dumps(term), limit=MAX_LINES)
            found |= {each["eventId"]: each for each in answer["events"]}
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    newest = sorted(found.values(), key=lambda each: int(each["timestamp"]))[-MAX_LINES:]
    return tuple(_line(each["timestamp"], each["message"]) for each in newest)


def _line(milliseconds: int, message: str) -> str:
    time = datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    try:
        fields = json.loads(message)
        text = f"{fields.pop('level')}  {fields.pop('message')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{time}  {message.strip()[:200]}"
    hidden = ("timestamp", "location", "service", "function", "api_request_id", "_aws")
    more = ", ".join(f"{name}={value}" for name, value in fields.items() if name not in hidden)
    return f"{time}  {text}" + (f" ({more})" if more else "")
