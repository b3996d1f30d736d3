"""Records of deleted objects expire, whatever else happens to them at the same time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.backends import Backends
from chalicelib.dog_records import DogUpload
from chalicelib.flows import cleanup, resize, sanitize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.flows.cleanup.records import DeletedObject, expire_records, image_id
from chalicelib.flows.states import Action, Completed
from chalicelib.flows.transition import apply
from chalicelib.keys import derived_id
from chalicelib.records import Attempt, ImageRecord, Status
from tests import stage
from tests.flows.cleanup.cleaning import enough_time, post_photo, put_photo, with_cleanup
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo

ID = "0123456789abcdef" * 2


@dataclass
class ChangesFirst:
    """A catalog that calls `change` just before the first conditional write of an expired record."""

    inner: Catalog
    change: Callable[[], None]
    writes: int = 0

    def update(self, record: ImageRecord) -> ImageRecord:
        self.writes += 1
        if self.writes == 1:
            self.change()
        return self.inner.update(record)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def objects_of(image: ImageRecord) -> list[DeletedObject]:
    return [DeletedObject(variant.key, variant.etag, variant.version_id) for variant in image.variants.values()]


def write(backends: Backends, record: ImageRecord) -> None:
    backends.catalog.update(record)


def expire(backends: Backends, catalog: object, image: ImageRecord) -> None:
    """Expire an image whose objects are all deleted, with another catalog."""
    chosen: Any = catalog
    expire_records(replace(backends, catalog=chosen), backends.settings.images_bucket, objects_of(image))


@pytest.mark.parametrize(
    "key", [f"processed/{ID}.png", f"renditions/{ID}.webp", f"uploads/{ID}/original.jpg", f"resized/{ID}"]
)
def test_the_id_is_in_the_key_of_an_output_and_of_an_upload(backends: Backends, key: str) -> None:
    assert image_id(backends, backends.settings.images_bucket, DeletedObject(key, "etag")) == ID


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("images", f"uploads/{ID}.jpg"),
        ("images", "uploads/a.jpg"),
        ("images", f"html/more/{ID}.jpg"),
        ("landing", f"processed/{ID}.png"),
        ("landing", "a.jpg"),
    ],
)
def test_the_id_of_another_object_is_derived_from_its_bucket_key_and_etag(
    backends: Backends, bucket: str, key: str
) -> None:
    name = {"images": backends.settings.images_bucket, "landing": backends.settings.landing_bucket}[bucket]

    assert image_id(backends, name, DeletedObject(key, "etag")) == derived_id(name, key, "etag")


def test_an_image_without_its_main_variant_is_expired(backends: Backends) -> None:
    image = post_photo(backends)
    deleted = objects_of(replace(image, variants={"processed": image.variants["processed"]}))

    expire_records(backends, backends.settings.images_bucket, deleted)

    record = backends.catalog.get(image.id)
    assert (record.status, set(record.variants)) == (Status.EXPIRED, {"resized"})


def test_an_object_of_the_same_key_in_another_bucket_is_not_removed(backends: Backends) -> None:
    image = post_photo(backends)

    expire_records(backends, backends.settings.landing_bucket, objects_of(image))

    assert backends.catalog.get(image.id) == image


def test_a_record_that_changes_its_status_meanwhile_is_read_again_and_expired(backends: Backends) -> None:
    image = post_photo(backends)
    changed = replace(image, status=Status.PROCESSING, filename="changed.jpg")
    catalog = ChangesFirst(backends.catalog, lambda: write(backends, changed))

    expire(backends, catalog, image)

    record = backends.catalog.get(image.id)
    assert (record.status, record.variants, record.filename) == (Status.EXPIRED, {}, "changed.jpg")
    # The first write, the one about the changed record, and the mark that the end is told.
    assert catalog.writes == 3


def test_a_record_that_is_deleted_meanwhile_is_not_created_again(backends: Backends) -> None:
    image = post_photo(backends)
    catalog = ChangesFirst(backends.catalog, lambda: backends.catalog.delete(image))

    expire(backends, catalog, image)

    assert backends.catalog.find(image.id) is None
    assert catalog.writes == 1


def test_a_record_that_names_none_of_the_objects_is_not_written(backends: Backends) -> None:
    image = post_photo(backends)
    write(backends, replace(image, status=Status.EXPIRED, variants={}))
    catalog = ChangesFirst(backends.catalog, lambda: None)

    expire(backends, catalog, image)

    assert catalog.writes == 0


def test_an_asynchronous_photo_that_is_deleted_before_its_event_is_expired(backends: Backends) -> None:
    backends = with_cleanup(backends)
    waiting = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    assert waiting.status is Status.PENDING
    event = s3_record(backends.settings.images_bucket, waiting.source)

    cleanup.handle(backends, enough_time)

    assert backends.catalog.get(waiting.id).status is Status.EXPIRED
    resize.handle(backends, event, "late")
    assert backends.catalog.get(waiting.id).status is Status.EXPIRED
    stage.put(backends.settings.images_bucket, waiting.source, photo())
    resize.handle(backends, s3_record(backends.settings.images_bucket, waiting.source), "again")
    assert backends.catalog.get(waiting.id).status is Status.COMPLETED


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_form_accepts_a_second_photo_after_a_rejected_one_was_deleted(backends: Backends, purpose: Purpose) -> None:
    backends = with_cleanup(backends)
    pending, _form = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 10, purpose))
    bucket = backends.settings.images_bucket if purpose is Purpose.PROCESS else backends.settings.landing_bucket
    handle = resize.handle if purpose is Purpose.PROCESS else sanitize.handle
    stage.put(bucket, pending.source, b"no photo")
    handle(backends, s3_record(bucket, pending.source), "first")
    assert backends.catalog.get(pending.id).status is Status.REJECTED
    cleanup.handle(backends, enough_time)

    stage.put(bucket, pending.source, photo())
    handle(backends, s3_record(bucket, pending.source), "second")

    assert backends.catalog.get(pending.id).status is Status.COMPLETED


def test_a_photo_that_is_put_again_after_it_expired_is_processed_again(backends: Backends) -> None:
    backends = with_cleanup(backends)
    first = put_photo(backends, "uploads/a.jpg")
    cleanup.handle(backends, enough_time)
    again = put_photo(backends, "uploads/a.jpg")
    assert (again.id, again.status) == (first.id, Status.COMPLETED)


def test_an_image_that_is_completed_after_its_objects_were_deleted_stays_expired(backends: Backends) -> None:
    attempt = Attempt("delivery", 1)
    image = post_photo(backends)
    processing = replace(image, status=Status.PROCESSING, attempt=attempt, writing=image.variants, variants={})
    write(backends, processing)
    expire_records(backends, backends.settings.images_bucket, objects_of(image))

    action, record = apply(backends, backends.catalog.get(image.id), Completed(attempt, image.variants, {}, 0))

    assert (action, record.status) == (Action.DISCARD, Status.EXPIRED)
    assert record.writing == processing.writing


def test_a_rejected_image_stays_rejected(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.images_bucket, "uploads/a.txt", b"no photo")
    resize.handle(backends, s3_record(backends.settings.images_bucket, "uploads/a.txt"), "delivery")
    rejected = backends.catalog.newest_from(["system"], "uploads/a.txt")
    cleanup.handle(backends, enough_time)
    record = backends.catalog.get(rejected.id)
    assert (record.status, record.error, record.variants) == (Status.REJECTED, rejected.error, {})


def test_the_row_of_a_deleted_dog_picture_is_expired(backends: Backends) -> None:
    backends = with_cleanup(backends)
    key = "html/pug-1.jpg"
    stage.put(backends.settings.dog_bucket, key, photo())
    backends.dogs.record(DogUpload(key, "https://example.org/1", "2026-03-01T12:00:00.000Z", "jpeg", False), "run")
    cleanup.handle(backends, enough_time)
    row = backends.dogs.find(key)
    assert row is not None
    assert row.expired


def test_no_row_is_created_for_a_deleted_dog_picture(backends: Backends) -> None:
    backends = with_cleanup(backends)
    stage.put(backends.settings.dog_bucket, "html/pug-1.jpg", photo())
    cleanup.handle(backends, enough_time)
    assert backends.dogs.find("html/pug-1.jpg") is None
