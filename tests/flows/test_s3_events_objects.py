"""Events that repeat, come late, or find another object or none."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import images, reconcile, resize, upload
from chalicelib.flows.accept import UploadRequest
from chalicelib.records import Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import missing_record, put_and_resize, s3_record
from tests.flows.photos import photo

KEY = "uploads/sommer ferien/straße+1 (2).jpg"


def contents(bucket: str) -> dict[str, bytes]:
    """Read all objects of a bucket."""
    return {key: stage.read(bucket, key) for key in stage.keys(bucket)}


def test_a_repeated_event_changes_nothing(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, photo())
    before = contents(backends.settings.images_bucket)

    resize.handle(backends, s3_record(backends.settings.images_bucket, KEY), "another delivery")

    assert contents(backends.settings.images_bucket) == before
    assert backends.catalog.get(first.id) == first


def test_a_second_upload_with_the_same_form_is_processed(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99))
    for data, status in ((b"broken", Status.REJECTED), (photo(), Status.COMPLETED)):
        stage.put(backends.settings.images_bucket, pending.source, data)
        resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), f"delivery of {status}")
        assert backends.catalog.get(pending.id).status is status


def test_the_same_photo_uploaded_again_while_it_is_processed_is_not_missing(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99))

    class UploadsAgainBeforeRead:
        """Storage in which the photo is uploaded and handled once more just before it is read."""

        def get(self, *args: Any) -> StoredObject:
            stage.put(bucket, pending.source, photo())
            resize.handle(backends, s3_record(bucket, pending.source), "delivery of the second upload")
            return backends.storage.get(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = UploadsAgainBeforeRead()
    stage.put(bucket, pending.source, photo())
    resize.handle(replace(backends, storage=storage), s3_record(bucket, pending.source), "delivery")

    record = backends.catalog.get(pending.id)
    assert (record.status, record.removing) == (Status.COMPLETED, {})
    named = {(each.key, each.version_id) for each in record.variants.values()}
    assert set(stage.versions(bucket)) == named


def test_an_object_over_the_limit_is_rejected_before_it_is_read(backends: Backends) -> None:
    small = replace(backends.settings, limits=replace(backends.settings.limits, object_bytes=100))

    record = put_and_resize(replace(backends, settings=small), KEY, photo())

    assert record.error
    assert (record.status, record.error.code, record.error.limit) == (Status.REJECTED, "object_too_large", 100)


def test_a_transient_error_is_raised_and_the_last_attempt_leaves_failed(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, KEY, photo())
    failing = stage.with_failures(backends, storage={"get": 3})

    statuses = []
    for _ in range(3):
        with pytest.raises(BackendUnavailable):
            resize.handle(failing, s3_record(backends.settings.images_bucket, KEY), "one delivery")
        statuses.append(backends.catalog.newest_from(["system"], KEY).status)

    assert statuses == [Status.PROCESSING, Status.PROCESSING, Status.FAILED]
    resize.handle(failing, s3_record(backends.settings.images_bucket, KEY), "replayed by a person")
    assert backends.catalog.newest_from(["system"], KEY).status is Status.COMPLETED


def test_an_object_that_was_overwritten_is_processed_all_the_same(backends: Backends) -> None:
    """Its event names its version, and the version still exists."""
    bucket = backends.settings.images_bucket
    stage.put(bucket, KEY, photo())
    first = s3_record(bucket, KEY)
    second = put_and_resize(backends, KEY, photo(colour="red"))

    resize.handle(backends, first, "late delivery")

    records = backends.catalog.newest(["system"], 3, None, None)[0]
    assert [each.status for each in records] == [Status.COMPLETED] * 2
    assert {each.id: bool(each.superseded_at) for each in records}[second.id] is False
    assert len({each.variants["original"].version_id for each in records}) == 2


def test_deleting_the_older_image_of_a_key_leaves_the_newer_one(backends: Backends, clock: Clock) -> None:
    first = put_and_resize(backends, KEY, photo())
    clock.advance(1)
    second = put_and_resize(backends, KEY, photo(colour="red"))
    assert first.id != second.id

    images.delete(backends, first.owner, first.id)

    named = {(each.key, each.version_id) for each in second.variants.values()}
    assert set(stage.versions(backends.settings.images_bucket)) == named
    assert backends.catalog.get(second.id) == second


def test_a_second_upload_with_the_same_form_leaves_only_its_own_objects(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99))
    for number, data in enumerate((photo(), b"broken")):
        stage.put(bucket, pending.source, data)
        resize.handle(backends, s3_record(bucket, pending.source), f"delivery {number}")

    record = backends.catalog.get(pending.id)
    assert (record.status, set(record.variants)) == (Status.REJECTED, {"original"})
    assert stage.versions(bucket) == [(pending.source, record.variants["original"].version_id)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_last_photo_of_a_form_stays_if_its_events_come_after_the_reconciliation(
    backends: Backends, clock: Clock, order: tuple[int, int]
) -> None:
    """The reconciliation names the newest version, but does not know its sequencer."""
    bucket = backends.settings.images_bucket
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99))
    events = []
    for data in (photo(), photo(colour="red")):
        newest = stage.put(bucket, pending.source, data)
        events.append(s3_record(bucket, pending.source))
    clock.advance(2 * 86400)
    reconcile.handle(backends, lambda: 900_000)

    for each in order:
        resize.handle(backends, events[each], f"delivery {each}")

    record = backends.catalog.get(pending.id)
    assert (record.status, record.variants["original"].version_id) == (Status.COMPLETED, newest.version_id)
    named = {(each.key, each.version_id) for each in record.variants.values()}
    assert set(stage.versions(bucket)) == named


def test_another_photo_of_a_form_that_comes_after_the_reconciliation_is_processed(
    backends: Backends, clock: Clock
) -> None:
    bucket = backends.settings.images_bucket
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99))
    stage.put(bucket, pending.source, photo())
    clock.advance(2 * 86400)
    reconcile.handle(backends, lambda: 900_000)
    newer = stage.put(bucket, pending.source, photo(colour="red"))

    resize.handle(backends, s3_record(bucket, pending.source), "delivery")

    record = backends.catalog.get(pending.id)
    assert (record.status, record.variants["original"].version_id) == (Status.COMPLETED, newer.version_id)


def test_a_repeated_event_keeps_the_outputs_of_an_original_that_was_deleted(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, photo())
    event = s3_record(backends.settings.images_bucket, KEY)
    original = first.variants["original"]
    backends.storage.delete_objects(original.bucket, [(original.key, original.version_id)])

    resize.handle(backends, event, "another delivery")

    assert backends.catalog.get(first.id) == first


def test_an_object_that_is_gone_leaves_no_record(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    stage.put(bucket, KEY, photo())
    event = s3_record(bucket, KEY)
    stage.s3().delete_object(Bucket=bucket, Key=KEY, VersionId=event["s3"]["object"]["versionId"])

    resize.handle(backends, event, "delivery")
    resize.handle(backends, missing_record(bucket, "uploads/gone.jpg"), "delivery")

    assert stage.record_count(backends.settings.images_table) == 0


def test_the_record_of_an_upload_that_was_deleted_is_rejected(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 10))

    resize.handle(backends, missing_record(backends.settings.images_bucket, pending.source), "delivery")

    record = backends.catalog.get(pending.id)
    assert (record.status, record.error and record.error.code) == (Status.REJECTED, "object_missing")
    assert (record.variants, record.due_at) == ({}, None)
