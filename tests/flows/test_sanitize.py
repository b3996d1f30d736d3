"""Metadata is removed the same way from every photo, and a photo that cannot be proved clean leaves nothing."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, InvalidRequest, UnsupportedFormat
from chalicelib.flows import images, sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.upload import Purpose, UploadRequest
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.deliveries import put_and_sanitize, s3_record
from tests.flows.photos import opened, photo, photo_with_metadata

KEY = "2026/beach (1).jpg"


def test_a_photo_in_the_landing_bucket_is_cleaned_under_the_same_key(backends: Backends) -> None:
    record = put_and_sanitize(backends, KEY, photo_with_metadata())

    clean = stage.read(backends.settings.destination_bucket, KEY)
    assert (record.status, set(record.variants)) == (Status.COMPLETED, {"original", "sanitized"})
    assert record.report["removed"]["comment"]["count"] == 1
    for secret in (b"Tattletale", b"Ann Onym", b"a secret"):
        assert secret not in clean
    assert opened(clean).tobytes() == opened(photo_with_metadata()).tobytes()
    assert opened(clean).getexif().get(0x0112) == 6
    assert stage.keys(backends.settings.landing_bucket) == [KEY]


def test_the_report_counts_each_finding_of_a_kind(backends: Backends) -> None:
    comments = b"".join(b"\x21\xfe\x06secret\0" for _ in range(3))
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "GIF")

    record = put_and_sanitize(backends, "a.gif", buffer.getvalue()[:-1] + comments + b";")

    assert record.report["removed"]["comment"] == {"count": 3, "bytes": len(comments)}


def test_every_way_in_gives_the_same_bytes(backends: Backends) -> None:
    data = photo_with_metadata()
    posted = sanitize.receive(backends, Photo(data, "ann"))
    pending, _ = upload.create_upload(
        backends, UploadRequest("ann", "a.jpg", "image/jpeg", len(data), Purpose.SANITIZE)
    )
    stage.put(backends.settings.landing_bucket, pending.source, data)
    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, pending.source), "delivery")
    put_and_sanitize(backends, KEY, data)

    uploaded = backends.catalog.get(pending.id)
    keys = [posted.variants["sanitized"].key, uploaded.variants["sanitized"].key, KEY]
    assert len({stage.read(backends.settings.destination_bucket, key) for key in keys}) == 1
    assert (uploaded.owner, uploaded.status) == ("ann", Status.COMPLETED)


@pytest.mark.parametrize("bad", [b"<html>", b"", photo()[:-300]])
def test_a_photo_that_cannot_be_cleaned_leaves_the_output_of_the_earlier_photo(backends: Backends, bad: bytes) -> None:
    first = put_and_sanitize(backends, KEY, photo_with_metadata())

    stage.put(backends.settings.landing_bucket, KEY, bad)
    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, KEY), "another delivery")

    assert {record.status for record in _records(backends)} == {Status.COMPLETED, Status.REJECTED}
    sanitized = first.variants["sanitized"]
    assert stage.versions(backends.settings.destination_bucket) == [(KEY, sanitized.version_id)]
    assert backends.catalog.get(first.id).superseded_at
    assert stage.read(backends.settings.landing_bucket, KEY) == bad


def _records(backends: Backends) -> list[ImageRecord]:
    return backends.catalog.newest(["system"], 10, None, None)[0]


def test_with_landing_keep_off_only_a_cleaned_photo_loses_its_original(backends: Backends) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))

    good = put_and_sanitize(not_keeping, KEY, photo_with_metadata())
    bad = put_and_sanitize(not_keeping, "page.html", b"<html>")

    assert stage.keys(backends.settings.landing_bucket) == ["page.html"]
    assert (set(good.variants), bad.status) == ({"sanitized"}, Status.REJECTED)


def test_an_output_that_was_deleted_is_made_again(backends: Backends) -> None:
    first = put_and_sanitize(backends, KEY, photo_with_metadata())
    backends.storage.delete_objects(
        backends.settings.destination_bucket, [(KEY, first.variants["sanitized"].version_id)]
    )

    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, KEY, sequencer=""), "another delivery")

    assert stage.keys(backends.settings.destination_bucket) == [KEY]


def test_a_photo_that_is_overwritten_meanwhile_does_not_hide_the_newer_output(backends: Backends) -> None:
    newer = photo_with_metadata(orientation=3)

    class OverwritesAfterRead:
        """Storage that overwrites the object by the newer photo just after it is read."""

        def get(self, bucket: str, key: str, limit: int, version_id: str) -> StoredObject:
            stored = backends.storage.get(bucket, key, limit, version_id)
            put_and_sanitize(backends, key, newer, "of the newer photo")
            return stored

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = OverwritesAfterRead()
    stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata())
    event = s3_record(backends.settings.landing_bucket, KEY)
    sanitize.handle(replace(backends, storage=storage), event, "delivery")

    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == 3
    (older,) = (record for record in _records(backends) if record.superseded_at)
    own_key = f"uploads/{older.id}/original"
    assert (older.status, older.variants["sanitized"].key) == (Status.COMPLETED, own_key)
    assert opened(stage.read(backends.settings.destination_bucket, own_key)).getexif().get(0x0112) == 6
    assert len(stage.versions(backends.settings.destination_bucket)) == 2


def test_an_event_that_comes_after_that_of_a_newer_photo_keeps_the_newer_output(backends: Backends) -> None:
    landing = backends.settings.landing_bucket
    stage.put(landing, KEY, photo_with_metadata())
    older = s3_record(landing, KEY)
    put_and_sanitize(backends, KEY, photo_with_metadata(orientation=3))

    sanitize.handle(backends, older, "late delivery")

    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == 3
    assert {record.status for record in _records(backends)} == {Status.COMPLETED}


def test_an_earlier_photo_that_is_put_again_is_published_again(backends: Backends) -> None:
    for number, orientation in enumerate((6, 3, 6)):
        put_and_sanitize(backends, KEY, photo_with_metadata(orientation), f"delivery {number}")

    assert opened(stage.read(backends.settings.destination_bucket, KEY)).getexif().get(0x0112) == 6
    superseded = {bool(record.superseded_at) for record in _records(backends)}
    assert (len(_records(backends)), superseded) == (2, {False, True})


def test_deleting_one_of_two_photos_of_a_key_leaves_the_other(backends: Backends) -> None:
    first = put_and_sanitize(backends, KEY, photo_with_metadata())
    put_and_sanitize(backends, KEY, photo_with_metadata(orientation=3))
    second = next(record for record in _records(backends) if record.id != first.id)

    images.delete(backends, "system", first.id)

    sanitized = backends.catalog.get(second.id).variants["sanitized"]
    assert stage.versions(backends.settings.destination_bucket) == [(KEY, sanitized.version_id)]
    assert len(stage.versions(backends.settings.landing_bucket)) == 1


def test_only_the_scrubbed_version_of_an_original_is_deleted(backends: Backends) -> None:
    """A photo that lands just before the deletion must not be deleted unscrubbed."""
    landing, newer = backends.settings.landing_bucket, photo_with_metadata(orientation=3)
    not_keeping = replace(backends.settings, landing_keep=False)

    class LandsBeforeDeletion:
        """Storage in which another photo lands just before objects are deleted."""

        def delete_objects(self, bucket: str, objects: Any) -> None:
            stage.put(landing, KEY, newer)
            backends.storage.delete_objects(bucket, objects)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = LandsBeforeDeletion()
    stage.put(landing, KEY, photo_with_metadata())
    event = s3_record(landing, KEY)
    sanitize.handle(replace(backends, storage=storage, settings=not_keeping), event, "delivery")

    assert stage.read(landing, KEY) == newer
    assert len(stage.versions(landing)) == 1


@pytest.mark.parametrize("failing", [{"delete_objects": 1}, {}], ids=["deletion", "last write"])
def test_the_end_of_an_original_is_repeated_until_it_is_done(backends: Backends, failing: dict[str, int]) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata())
    event = s3_record(backends.settings.landing_bucket, KEY)
    catalog = {} if failing else {"update": 1}

    with pytest.raises(BackendUnavailable):
        sanitize.handle(stage.with_failures(not_keeping, storage=failing, catalog=catalog), event, "delivery")
    sanitize.handle(not_keeping, event, "delivery")

    assert stage.versions(backends.settings.landing_bucket) == []
    (record,) = _records(backends)
    assert (record.status, record.removing, record.due_at) == (Status.COMPLETED, {}, None)


def test_the_same_photo_put_again_is_deleted_again(backends: Backends) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    for number in range(2):
        put_and_sanitize(not_keeping, KEY, photo_with_metadata(), f"delivery {number}")

    assert stage.versions(backends.settings.landing_bucket) == []
    assert [record.status for record in _records(backends)] == [Status.COMPLETED]


def test_a_transient_error_is_raised_and_the_retry_finishes(backends: Backends) -> None:
    stage.put(backends.settings.landing_bucket, KEY, photo_with_metadata())
    failing = stage.with_failures(backends, storage={"put": 1})

    with pytest.raises(BackendUnavailable):
        sanitize.handle(failing, s3_record(backends.settings.landing_bucket, KEY), "delivery")
    sanitize.handle(failing, s3_record(backends.settings.landing_bucket, KEY), "delivery")

    assert backends.catalog.newest_from(["system"], KEY).status is Status.COMPLETED


def test_an_object_under_the_key_of_an_image_in_another_bucket_is_deleted(backends: Backends) -> None:
    posted = upload.receive(backends, Photo(photo_with_metadata(), "ann", asynchronous=True))
    stage.put(backends.settings.landing_bucket, posted.source, photo_with_metadata())

    sanitize.handle(backends, s3_record(backends.settings.landing_bucket, posted.source), "delivery")

    assert stage.versions(backends.settings.landing_bucket) == []
    assert backends.catalog.get(posted.id).status is Status.PENDING
    assert stage.record_count(backends.settings.images_table) == 1


def test_inspect_lists_the_metadata_and_stores_nothing(backends: Backends) -> None:
    found = sanitize.inspect(Photo(photo_with_metadata(), "ann"))

    kinds = {finding.kind for finding in found if not finding.allowed}
    assert {"exif", "comment"} <= kinds
    assert not any("Tattletale" in finding.summary or "secret" in finding.summary for finding in found)
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_posted_photo_that_cannot_be_cleaned_leaves_nothing(backends: Backends) -> None:
    with pytest.raises(UnsupportedFormat):
        sanitize.receive(backends, Photo(b"<html>", "ann", idempotency_key="k"))
    with pytest.raises(InvalidRequest):
        sanitize.receive(backends, Photo(photo_with_metadata(), "ann", options={"width": 5}))

    assert stage.record_count(backends.settings.images_table) == 0
    assert stage.keys(backends.settings.destination_bucket) == []
