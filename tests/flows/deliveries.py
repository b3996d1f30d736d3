"""Objects that a test puts into S3, with the delivery of their events."""

from typing import Any
from urllib.parse import quote_plus

from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize
from chalicelib.records import ImageRecord
from tests import stage

_sequencers = iter(range(1, 1_000_000))


def s3_record(bucket: str, key: str, **changes: Any) -> dict[str, Any]:
    """Return the record of S3's event for the object that is under a key now; `changes` replace what it says of it."""
    head = stage.s3().head_object(Bucket=bucket, Key=key)
    stored = {
        "key": quote_plus(key),
        "size": head["ContentLength"],
        "eTag": head["ETag"].strip('"'),
        "versionId": head["VersionId"],
        "sequencer": f"{next(_sequencers):018X}",
    }
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": stored | changes}}


def missing_record(bucket: str, key: str) -> dict[str, Any]:
    """Return the record of an event without a version, for an object that does not exist."""
    return {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": quote_plus(key)}}}


def put_and_resize(backends: Backends, key: str, data: bytes, request_id: str = "delivery") -> ImageRecord:
    """Put an object into the images bucket, handle its event, and return its record."""
    stage.put(backends.settings.images_bucket, key, data)
    resize.handle(backends, s3_record(backends.settings.images_bucket, key), request_id)
    return backends.catalog.newest_from(["system"], key)


def resized(backends: Backends, record: ImageRecord) -> ImageRecord:
    """Handle the event of an image's original, and return its record."""
    resize.handle(backends, s3_record(backends.settings.images_bucket, record.source), "delivery")
    return backends.catalog.get(record.id)


def put_and_sanitize(backends: Backends, key: str, data: bytes, request_id: str = "delivery") -> ImageRecord:
    """Put an object into the landing bucket, handle its event, and return its record."""
    stage.put(backends.settings.landing_bucket, key, data)
    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, key), request_id)
    return backends.catalog.newest_from(["system"], key)
