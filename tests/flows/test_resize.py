"""Photos that arrive in S3: events that repeat, fail, come late, or find nothing."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import images, resize, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.upload import Purpose, UploadRequest
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.photos import opened, photo

KEY = "uploads/sommer ferien/straße+1 (2).jpg"


def arrived(backends: Backends, data: bytes, key: str = KEY, request_id: str = "delivery") -> ImageRecord:
    """Put a photo and deliver its event."""
    stage.put(backends.settings.images_bucket, key, data)
    resize.handle(backends, backends.settings.images_bucket, key, request_id)
    return backends.catalog.newest_from(["system"], key)


def test_a_photo_put_by_hand_is_resized_and_recorded(backends: Backends) -> None:
    record = arrived(backends, photo())

    assert (record.status, record.owner, record.filename) == (Status.COMPLETED, "system", "straße+1 (2).jpg")
    assert set(record.variants) == {"original", "processed", "resized"}
    resized = opened(stage.read(backends.settings.images_bucket, record.variants["resized"].key))
    assert resized.size == (300, 300)


def test_a_repeated_event_changes_nothing(backends: Backends) -> None:
    first = arrived(backends, photo())
    before = {
        key: stage.read(backends.settings.images_bucket, key) for key in stage.keys(backends.settings.images_bucket)
    }

    resize.handle(backends, backends.settings.images_bucket, KEY, "another delivery")

    after = {
        key: stage.read(backends.settings.images_bucket, key) for key in stage.keys(backends.settings.images_bucket)
    }
    assert (after, backends.catalog.get(first.id)) == (before, first)


def test_another_photo_under_the_same_key_is_another_image(backends: Backends) -> None:
    first, second = arrived(backends, photo()), arrived(backends, photo(colour="red"))

    assert first.id != second.id
    assert backends.catalog.newest_from(["system"], KEY).id in {first.id, second.id}


def test_the_image_that_was_under_the_key_before_lets_its_original_go(backends: Backends, clock: Clock) -> None:
    """Deleting the earlier image took the later one's original with it."""
    first = arrived(backends, photo())
    clock.advance(1)
    second = arrived(backends, photo(colour="red"))

    assert set(backends.catalog.get(first.id).variants) == {"processed", "resized"}
    images.delete(backends, first.owner, first.id)
    assert KEY in stage.keys(backends.settings.images_bucket)
    assert set(backends.catalog.get(second.id).variants) == {"original", "processed", "resized"}


def test_a_second_upload_on_a_ticket_is_new_work(backends: Backends) -> None:
    ticket, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 99, Purpose.PROCESS))
    for data, status in ((b"broken", Status.REJECTED), (photo(), Status.COMPLETED)):
        stage.put(backends.settings.images_bucket, ticket.source, data)
        resize.handle(backends, backends.settings.images_bucket, ticket.source, f"delivery of {status}")
        assert backends.catalog.get(ticket.id).status is status


def test_an_object_that_is_replaced_while_it_is_read_is_not_taken_for_the_other(backends: Backends) -> None:
    class Swapping:
        """Storage under which another photo takes the object's place before it is read."""

        def get(self, bucket: str, key: str, limit: int) -> StoredObject:
            stage.put(bucket, key, photo(colour="red"))
            return backends.storage.get(bucket, key, limit)

        def __getattr__(self, name: str) -> Any:
            return getattr(backends.storage, name)

    swapping: Any = Swapping()
    record = arrived(replace(backends, storage=swapping), photo())
    assert (record.status, record.error and record.error.code) == (Status.REJECTED, "superseded")


@pytest.mark.parametrize(("data", "code"), [(b"", "unsupported_format"), (photo()[:-99], "truncated_image")])
def test_a_photo_at_fault_is_rejected_with_the_reason(backends: Backends, data: bytes, code: str) -> None:
    record = arrived(backends, data)

    assert record.status is Status.REJECTED
    assert record.error
    assert record.error.code == code
    assert stage.keys(backends.settings.images_bucket) == [KEY]


def test_an_object_over_the_limit_is_rejected_unread(backends: Backends) -> None:
    small = replace(backends.settings, limits=replace(backends.settings.limits, object_bytes=100))

    record = arrived(replace(backends, settings=small), photo())

    assert record.error
    assert (record.status, record.error.code, record.error.limit) == (Status.REJECTED, "object_too_large", 100)


def test_a_folder_marker_and_a_missing_object_are_passed_over(backends: Backends) -> None:
    resize.handle(backends, backends.settings.images_bucket, "uploads/folder/", "delivery")
    resize.handle(backends, backends.settings.images_bucket, "uploads/gone.jpg", "delivery")

    assert stage.record_count(backends.settings.images_table) == 0


def test_a_ticket_whose_object_vanished_is_rejected(backends: Backends) -> None:
    ticket, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 10))

    resize.handle(backends, backends.settings.images_bucket, ticket.source, "delivery")

    assert backends.catalog.get(ticket.id).status is Status.REJECTED


def test_a_used_ticket_keeps_its_owner_and_no_longer_expires(backends: Backends) -> None:
    ticket, _ = upload.create_upload(backends, UploadRequest("ann", "beach.jpg", "image/jpeg", len(photo())))
    stage.put(backends.settings.images_bucket, ticket.source, photo())

    resize.handle(backends, backends.settings.images_bucket, ticket.source, "delivery")

    record = backends.catalog.get(ticket.id)
    assert (record.owner, record.filename, record.status, record.expires_at) == (
        "ann",
        "beach.jpg",
        Status.COMPLETED,
        None,
    )


def test_a_transient_fault_is_raised_and_the_last_attempt_leaves_failed(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, KEY, photo())
    failing = stage.with_failures(backends, storage={"get": 3})

    statuses = []
    for _ in range(3):
        with pytest.raises(BackendUnavailable):
            resize.handle(failing, backends.settings.images_bucket, KEY, "one delivery")
        statuses.append(backends.catalog.newest_from(["system"], KEY).status)

    assert statuses == [Status.PROCESSING, Status.PROCESSING, Status.FAILED]
    resize.handle(failing, backends.settings.images_bucket, KEY, "replayed by hand")
    assert backends.catalog.newest_from(["system"], KEY).status is Status.COMPLETED


def test_an_image_deleted_while_it_is_processed_leaves_nothing(backends: Backends) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))

    class DeletesMeanwhile:
        def __getattr__(self, name: str) -> object:
            if name == "put":
                images.delete(backends, pending.owner, pending.id)
                object.__setattr__(self, "put", backends.storage.put)
            return getattr(backends.storage, name)

    storage: Any = DeletesMeanwhile()
    racing = replace(backends, storage=storage)
    resize.handle(racing, backends.settings.images_bucket, pending.source, "delivery")

    assert stage.keys(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0
