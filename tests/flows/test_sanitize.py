"""Metadata is removed the same way from every photo, and a photo that cannot be proved clean leaves nothing."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, InvalidRequest, KeyReused, UnsupportedFormat
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
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


def test_size_and_format_are_those_of_the_clean_copy_and_the_photo_has_its_own(backends: Backends) -> None:
    data = photo()
    record = sanitize.receive(backends, Photo(data, "ann"))

    clean = record.variants["sanitized"]
    assert record.s3_path == f"s3://{clean.bucket}/{clean.key}"
    assert (record.size, record.format) == (clean.size, "JPEG")
    assert (record.source_size, record.source_format) == (len(data), "JPEG")


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
    found, details = sanitize.inspect(Photo(photo_with_metadata(), "ann"), backends.settings)

    kinds = {finding.kind for finding in found if not finding.allowed}
    assert {"exif", "comment"} <= kinds
    assert not any("Tattletale" in finding.summary or "secret" in finding.summary for finding in found)
    assert details is None
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_posted_photo_that_cannot_be_cleaned_leaves_nothing(backends: Backends) -> None:
    with pytest.raises(UnsupportedFormat):
        sanitize.receive(backends, Photo(b"<html>", "ann", idempotency_key="k"))
    with pytest.raises(InvalidRequest):
        sanitize.receive(backends, Photo(photo_with_metadata(), "ann", options={"width": 5}))

    assert stage.record_count(backends.settings.images_table) == 0
    assert stage.keys(backends.settings.destination_bucket) == []


def test_a_key_of_a_processed_photo_is_not_one_of_a_scrubbed_photo(backends: Backends) -> None:
    request = Photo(photo(), "ann", idempotency_key="again")
    upload.receive(backends, request)

    with pytest.raises(KeyReused):
        sanitize.receive(backends, request)
