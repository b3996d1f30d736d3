"""Objects that S3 does not return because they are archived: rejected at the first delivery, in both buckets."""

from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import resize, sanitize
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo

KEY = "uploads/archived.jpg"


@pytest.fixture(params=["images", "landing"])
def bucket(request: pytest.FixtureRequest, backends: Backends) -> str:
    return {"images": backends.settings.images_bucket, "landing": backends.settings.landing_bucket}[request.param]


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_is_rejected_at_once(backends: Backends, bucket: str, storage_class: str) -> None:
    record = _put(backends, bucket, StorageClass=storage_class)

    assert record.error
    assert (record.status, record.error.code) == (Status.REJECTED, "object_archived")
    assert storage_class in record.error.detail
    assert record.attempt
    assert record.attempt.number == 1


def test_a_copy_in_another_storage_class_is_processed(backends: Backends, bucket: str) -> None:
    archived = _put(backends, bucket, StorageClass="DEEP_ARCHIVE")

    copied = _put(backends, bucket)

    assert copied.id == archived.id
    assert (copied.status, copied.error) == (Status.COMPLETED, None)


@pytest.mark.parametrize("storage_class", ["STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING", "REDUCED_REDUNDANCY"])
def test_an_object_of_a_class_that_s3_returns_at_once_is_processed(
    backends: Backends, bucket: str, storage_class: str
) -> None:
    assert _put(backends, bucket, StorageClass=storage_class).status is Status.COMPLETED


def _put(backends: Backends, bucket: str, **options: Any) -> ImageRecord:
    """Put a photo, handle its event, and return its record."""
    stage.s3().put_object(Bucket=bucket, Key=KEY, Body=photo(), **options)
    handle = resize.handle if bucket == backends.settings.images_bucket else sanitize.handle
    handle(backends, s3_record(bucket, KEY), f"delivery {options}")
    return backends.catalog.newest_from(["system"], KEY)
