"""An S3 event is read, and its photo's record begins an attempt, once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict
from chalicelib.flows import reconcile, resize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.object_created import LEASE_SECONDS, ObjectCreated, read_event, start
from chalicelib.flows.transition import RETRY_SECONDS, seconds
from chalicelib.keys import derived_id
from chalicelib.records import ImageRecord, SourceObject, Status, Variant
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import missing_record, put_and_resize, s3_record
from tests.flows.photos import photo

KEY = "uploads/sommer ferien/straße+1 (2).jpg"


def plan(backends: Backends, record: ImageRecord) -> Mapping[str, Variant]:
    return {"processed": Variant(backends.settings.images_bucket, f"processed/{record.id}.png", "PNG", 0)}


def created(backends: Backends, data: bytes = b"photo", request_id: str = "delivery") -> ObjectCreated:
    """Put an object into the images bucket, and return its event."""
    stage.put(backends.settings.images_bucket, KEY, data)
    return read_event(backends, s3_record(backends.settings.images_bucket, KEY), request_id)


def begin(backends: Backends, event: ObjectCreated) -> ImageRecord | None:
    return start(backends, event, plan, ends_original=False)


def test_an_event_names_its_object_by_version(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    original = stage.put(bucket, KEY, b"photo")
    record = s3_record(bucket, KEY)
    stage.put(bucket, KEY, b"a newer photo")

    event = read_event(backends, record, "delivery")

    assert (event.bucket, event.key, event.size) == (bucket, KEY, 5)
    assert (event.version_id, event.etag) == (original.version_id, original.etag)
    assert event.sequencer == record["s3"]["object"]["sequencer"]


def test_an_event_without_a_version_names_the_object_that_is_there(backends: Backends) -> None:
    original = stage.put(backends.settings.images_bucket, KEY, b"photo")

    event = read_event(backends, missing_record(backends.settings.images_bucket, KEY), "delivery")

    assert (event.version_id, event.etag, event.size) == (original.version_id, original.etag, 5)


@pytest.mark.parametrize("left_out", [{}, {"versionId": ""}], ids=["with a version", "without a version"])
def test_an_event_may_leave_out_its_size_and_its_sequencer(backends: Backends, left_out: dict[str, str]) -> None:
    bucket = backends.settings.images_bucket
    original = stage.put(bucket, KEY, b"photo")
    record = s3_record(bucket, KEY, **left_out)
    del record["s3"]["object"]["sequencer"], record["s3"]["object"]["size"]

    size = 5 if left_out else 0
    expected = ObjectCreated(bucket, KEY, "delivery", original.version_id, original.etag, size, "")
    assert read_event(backends, record, "delivery") == expected


@pytest.mark.parametrize("left_out", ["versionId", "eTag"])
def test_an_event_names_its_object_only_by_version_and_etag(backends: Backends, left_out: str) -> None:
    bucket = backends.settings.images_bucket
    original = stage.put(bucket, KEY, b"photo")
    record = s3_record(bucket, KEY)
    del record["s3"]["object"][left_out]

    event = read_event(backends, record, "delivery")

    assert (event.version_id, event.etag) == (original.version_id, original.etag)
    assert event.sequencer == record["s3"]["object"]["sequencer"]


def test_an_attempt_names_its_object_its_lease_and_its_due_time(backends: Backends) -> None:
    event, now = created(backends), seconds(backends)

    record = begin(backends, event)

    assert record
    assert record.original == Variant(event.bucket, KEY, "", 5, etag=event.etag, version_id=event.version_id)
    assert record.source_object == SourceObject(event.etag, event.version_id, event.sequencer)
    assert (record.writes_until, record.due_at) == (now + LEASE_SECONDS, now + RETRY_SECONDS)


def test_a_missing_bucket_is_a_transient_error(backends: Backends) -> None:
    """Otherwise the record of a photo would be rejected while an operator restores the bucket."""
    with pytest.raises(BackendUnavailable):
        read_event(backends, missing_record("no-such-bucket", KEY), "delivery")


def test_the_id_is_derived_from_bucket_key_and_etag(backends: Backends) -> None:
    event = created(backends)

    record = begin(backends, event)

    assert record
    assert record.id == derived_id(event.bucket, KEY, event.etag)
    assert (record.owner, record.filename, record.source) == ("system", "straße+1 (2).jpg", KEY)


def test_the_file_name_of_an_object_put_by_hand_agrees_with_its_key(backends: Backends) -> None:
    """Nobody can refuse a key that is in S3 already, also if it changes the text direction."""
    key = "2026/photo_\u202egpj.exe"
    stage.put(backends.settings.images_bucket, key, b"photo")

    event = read_event(backends, s3_record(backends.settings.images_bucket, key), "delivery")
    record = begin(backends, event)

    assert record
    assert (record.filename, record.source) == ("photo_\u202egpj.exe", key)


def test_another_delivery_waits_until_the_lease_ends(backends: Backends, clock: Clock) -> None:
    event = created(backends)
    assert begin(backends, event)

    with pytest.raises(Conflict) as caught:
        begin(backends, replace(event, request_id="another"))
    assert caught.value.code == "request_in_progress"
    clock.advance(LEASE_SECONDS)

    record = begin(backends, replace(event, request_id="another"))
    assert record
    assert record.attempt
    assert (record.attempt.request_id, record.attempt.number) == ("another", 1)


def test_a_retry_of_the_same_delivery_does_not_wait(backends: Backends) -> None:
    event = created(backends)
    begin(backends, event)

    record = begin(backends, event)

    assert record
    assert record.attempt
    assert record.attempt.number == 2


def test_two_deliveries_that_both_find_no_record_make_one(backends: Backends) -> None:
    event = created(backends)

    class CreatesFirst:
        """A catalog in which another delivery creates the record just before this one does."""

        def create(self, record: ImageRecord) -> ImageRecord:
            begin(backends, replace(event, request_id="first"))
            return backends.catalog.create(record)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.catalog, name)

    catalog: Any = CreatesFirst()
    with pytest.raises(Conflict):
        begin(replace(backends, catalog=catalog), event)
    assert stage.record_count(backends.settings.images_table) == 1


def test_an_object_of_an_upload_without_a_record_is_deleted(backends: Backends) -> None:
    """It must not become the image of `system`."""
    bucket, key = backends.settings.images_bucket, f"uploads/{'a' * 32}/original.jpg"
    stage.put(bucket, key, photo())

    resize.handle(backends, s3_record(bucket, key), "delivery")

    assert stage.versions(bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_only_the_version_of_the_event_is_deleted(backends: Backends) -> None:
    bucket, key = backends.settings.images_bucket, f"uploads/{'a' * 32}/original.jpg"
    stage.put(bucket, key, photo())
    event = s3_record(bucket, key)
    newer = stage.put(bucket, key, photo(colour="red"))

    resize.handle(backends, event, "delivery")

    assert stage.versions(bucket) == [(key, newer.version_id)]


def test_the_same_bytes_put_again_take_the_later_version(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, photo())
    again = stage.put(backends.settings.images_bucket, KEY, photo())

    resize.handle(backends, s3_record(backends.settings.images_bucket, KEY), "another delivery")

    record = backends.catalog.get(first.id)
    assert record.variants["original"].version_id == again.version_id
    assert record.variants["processed"] == first.variants["processed"]


def test_an_upload_that_is_put_twice_keeps_one_version(backends: Backends) -> None:
    """A post whose put was resent: the earlier version is deleted, since nothing else names it."""
    bucket = backends.settings.images_bucket
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    first = s3_record(bucket, pending.source)
    again = stage.put(bucket, pending.source, photo())
    resize.handle(backends, first, "first")

    resize.handle(backends, s3_record(bucket, pending.source), "second")

    record = backends.catalog.get(pending.id)
    originals = [version for key, version in stage.versions(bucket) if key == pending.source]
    assert originals == [record.variants["original"].version_id] == [again.version_id]


def test_a_completed_image_whose_output_is_missing_is_processed_again(backends: Backends) -> None:
    first = put_and_resize(backends, KEY, photo())
    processed = first.variants["processed"]
    backends.storage.delete_objects(processed.bucket, [(processed.key, processed.version_id)])

    resize.handle(backends, s3_record(backends.settings.images_bucket, KEY), "replayed")

    again = backends.catalog.get(first.id).variants
    assert again["processed"].version_id != processed.version_id
    named = {(each.key, each.version_id) for each in again.values()}
    assert set(stage.versions(processed.bucket)) == named


def test_a_folder_is_ignored(backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "uploads/folder/", b"")

    resize.handle(backends, s3_record(backends.settings.images_bucket, "uploads/folder/"), "delivery")

    assert stage.record_count(backends.settings.images_table) == 0
    assert stage.keys(backends.settings.images_bucket) == ["uploads/folder/"]


def test_a_late_upload_belongs_to_the_owner_of_its_form(backends: Backends, clock: Clock) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", len(photo())))
    clock.advance(86400)
    reconcile.handle(backends, lambda: 900_000)
    assert backends.catalog.get(pending.id).status is Status.EXPIRED
    stage.put(backends.settings.images_bucket, pending.source, photo())

    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "late")

    record = backends.catalog.get(pending.id)
    assert (record.owner, record.status, record.delete_after) == ("ann", Status.COMPLETED, None)
