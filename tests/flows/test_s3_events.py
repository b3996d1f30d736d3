"""Events that repeat, fail, come late, or find another object or none."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, CorruptImage
from chalicelib.flows import images, resize, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.s3_events import ObjectCreated, process_object
from chalicelib.flows.upload import Purpose, UploadRequest
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize
from tests.flows.photos import photo

KEY = "uploads/sommer ferien/straße+1 (2).jpg"


def contents(bucket: str) -> dict[str, bytes]:
    """Read all objects of a bucket."""
    return {key: stage.read(bucket, key) for key in stage.keys(bucket)}


def complete(_backends: Backends, record: ImageRecord, _stored: StoredObject) -> ImageRecord:
    """Complete a record without any output."""
    return replace(record, status=Status.COMPLETED)


def reject(_backends: Backends, _record: ImageRecord, _stored: StoredObject) -> ImageRecord:
    raise CorruptImage("The JPEG is damaged.", code="damaged_image", limit=1, actual=2)


def crash(_backends: Backends, _record: ImageRecord, _stored: StoredObject) -> ImageRecord:
    raise RuntimeError("an internal path: /var/task/secret")


def delete_output(backends: Backends, record: ImageRecord) -> None:
    backends.storage.delete(backends.settings.images_bucket, [f"processed/{record.id}.png"])


def created(backends: Backends, data: bytes = b"data") -> ObjectCreated:
    """Put an object and return its event."""
    stage.put(backends.settings.images_bucket, KEY, data)
    return ObjectCreated(backends.settings.images_bucket, KEY, "delivery")


def test_make_outputs_gets_a_saved_processing_record_and_the_object(backends: Backends) -> None:
    seen: list[tuple[ImageRecord | None, bytes]] = []

    def note(backends: Backends, record: ImageRecord, stored: StoredObject) -> ImageRecord:
        seen.append((backends.catalog.find(record.id), stored.data))
        return complete(backends, record, stored)

    final = process_object(backends, created(backends), note)

    assert final
    assert seen == [(replace(final, status=Status.PROCESSING), b"data")]
    assert set(final.variants) == {"original"}
    assert backends.catalog.get(final.id) == final


def test_a_rejected_object_deletes_the_output_of_an_earlier_object(backends: Backends) -> None:
    event = created(backends)
    first = process_object(backends, event, complete)
    assert first
    stage.put(backends.settings.images_bucket, f"processed/{first.id}.png", b"an output")

    backends.catalog.delete(first.id)
    final = process_object(backends, event, reject, delete_output)

    assert final
    assert final.error
    assert (final.status, final.error.code, final.error.limit, final.error.actual) == (
        Status.REJECTED,
        "damaged_image",
        1,
        2,
    )
    assert stage.keys(backends.settings.images_bucket) == [KEY]


def test_a_completed_object_deletes_no_output(backends: Backends) -> None:
    deleted: list[ImageRecord] = []

    process_object(backends, created(backends), complete, lambda _backends, record: deleted.append(record))

    assert deleted == []


def test_the_text_of_an_unexpected_error_is_not_in_the_record(backends: Backends) -> None:
    event = created(backends)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="internal path"):
            process_object(backends, event, crash)

    error = backends.catalog.newest_from(["system"], KEY).error
    assert error
    assert error.code == "internal_error"
    assert "/var/task" not in error.detail


def test_a_new_delivery_counts_its_attempts_from_one(backends: Backends) -> None:
    event = created(backends)
    for request_id in ("first", "first", "second"):
        with pytest.raises(RuntimeError):
            process_object(backends, replace(event, request_id=request_id), crash)

    record = backends.catalog.newest_from(["system"], KEY)
    assert record.attempt
    assert (record.status, record.attempt.request_id, record.attempt.number) == (Status.PROCESSING, "second", 1)


def test_a_repeated_event_changes_nothing(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, photo())
    before = contents(backends.settings.images_bucket)

    resize.handle(backends, s3_record(backends.settings.images_bucket, KEY), "another delivery")

    assert contents(backends.settings.images_bucket) == before
    assert backends.catalog.get(first.id) == first


def test_another_photo_under_the_same_key_is_another_image(backends: Backends) -> None:
    first, second = (put_and_resize(backends, KEY, photo(colour=colour)) for colour in ("teal", "red"))

    assert first.id != second.id
    assert backends.catalog.newest_from(["system"], KEY).id in {first.id, second.id}


def test_the_previous_image_of_a_key_no_longer_names_the_original(backends: Backends, clock: Clock) -> None:
    """Otherwise deleting the previous image would delete the original of the new one."""
    first = put_and_resize(backends, KEY, photo())
    clock.advance(1)
    second = put_and_resize(backends, KEY, photo(colour="red"))

    assert set(backends.catalog.get(first.id).variants) == {"processed", "resized"}
    images.delete(backends, first.owner, first.id)
    assert KEY in stage.keys(backends.settings.images_bucket)
    assert set(backends.catalog.get(second.id).variants) == {"original", "processed", "resized"}


def test_a_second_upload_with_the_same_form_is_processed(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99, Purpose.PROCESS))
    for data, status in ((b"broken", Status.REJECTED), (photo(), Status.COMPLETED)):
        stage.put(backends.settings.images_bucket, pending.source, data)
        resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), f"delivery of {status}")
        assert backends.catalog.get(pending.id).status is status


def test_an_object_that_is_replaced_before_it_is_read_is_rejected(backends: Backends) -> None:
    class ReplacesBeforeRead:
        """Storage that replaces the object by another photo just before it is read."""

        def get(self, bucket: str, key: str, limit: int) -> StoredObject:
            stage.put(bucket, key, photo(colour="red"))
            return backends.storage.get(bucket, key, limit)

        def __getattr__(self, name: str) -> Any:
            return getattr(backends.storage, name)

    storage: Any = ReplacesBeforeRead()
    record = put_and_resize(replace(backends, storage=storage), KEY, photo())
    assert (record.status, record.error and record.error.code) == (Status.REJECTED, "superseded")


def test_an_object_over_the_limit_is_rejected_before_it_is_read(backends: Backends) -> None:
    small = replace(backends.settings, limits=replace(backends.settings.limits, object_bytes=100))

    record = put_and_resize(replace(backends, settings=small), KEY, photo())

    assert record.error
    assert (record.status, record.error.code, record.error.limit) == (Status.REJECTED, "object_too_large", 100)


def test_a_folder_and_a_missing_object_are_ignored(backends: Backends) -> None:
    resize.handle(backends, s3_record(backends.settings.images_bucket, "uploads/folder/"), "delivery")
    resize.handle(backends, s3_record(backends.settings.images_bucket, "uploads/gone.jpg"), "delivery")

    assert stage.record_count(backends.settings.images_table) == 0


def test_the_record_of_an_object_that_was_deleted_is_rejected(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 10))

    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    record = backends.catalog.get(pending.id)
    assert (record.status, record.error and record.error.code) == (Status.REJECTED, "object_missing")


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


def test_an_image_that_is_deleted_while_it_is_processed_leaves_nothing(backends: Backends) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))

    class DeletesBeforePut:
        """Storage that deletes the image just before the first output is written."""

        def __getattr__(self, name: str) -> object:
            if name == "put":
                images.delete(backends, pending.owner, pending.id)
                object.__setattr__(self, "put", backends.storage.put)
            return getattr(backends.storage, name)

    storage: Any = DeletesBeforePut()
    racing = replace(backends, storage=storage)
    resize.handle(racing, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    assert stage.keys(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0
