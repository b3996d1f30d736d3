"""Photos are scrubbed by every door alike, and what cannot be proven clean leaves nothing."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, InvalidRequest, UnsupportedFormat
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.upload import Purpose, UploadRequest
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.photos import opened, photo

KEY = "2026/beach (1).jpg"


def telling_photo(orientation: int = 6) -> bytes:
    """Make a photo that tells where, with what and by whom it was taken."""
    image = Image.open(io.BytesIO(photo()))
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x013B] = "Tattletale", orientation, "Ann Onym"
    exif.get_ifd(0x8825)[1] = "N"
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"a secret", quality="keep")
    return buffer.getvalue()


def landed(backends: Backends, data: bytes, key: str = KEY, request_id: str = "delivery") -> ImageRecord:
    """Put a photo into landing and deliver its event."""
    stage.put(backends.settings.landing_bucket, key, data)
    sanitize.handle(backends, backends.settings.landing_bucket, key, request_id)
    return backends.catalog.newest_from(["system"], key)


def test_a_landed_photo_comes_out_clean_under_the_same_key(backends: Backends) -> None:
    record = landed(backends, telling_photo())

    clean = stage.read(backends.settings.destination_bucket, KEY)
    assert (record.status, set(record.variants)) == (Status.COMPLETED, {"original", "sanitized"})
    assert record.report["removed"]["comment"]["count"] == 1
    for secret in (b"Tattletale", b"Ann Onym", b"a secret"):
        assert secret not in clean
    assert opened(clean).tobytes() == opened(telling_photo()).tobytes()
    assert opened(clean).getexif().get(0x0112) == 6
    assert stage.keys(backends.settings.landing_bucket) == [KEY]


def test_the_report_counts_alike_findings_one_by_one(backends: Backends) -> None:
    comments = b"".join(b"\x21\xfe\x06secret\0" for _ in range(3))
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "GIF")

    record = landed(backends, buffer.getvalue()[:-1] + comments + b";", "a.gif")

    assert record.report["removed"]["comment"] == {"count": 3, "bytes": len(comments)}


def test_every_door_gives_the_same_bytes(backends: Backends) -> None:
    data = telling_photo()
    posted = sanitize.receive(backends, Photo(data, "ann"))
    ticket, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", len(data), Purpose.SANITIZE))
    stage.put(backends.settings.landing_bucket, ticket.source, data)
    sanitize.handle(backends, backends.settings.landing_bucket, ticket.source, "delivery")
    landed(backends, data)

    ended = backends.catalog.get(ticket.id)
    keys = [posted.variants["sanitized"].key, ended.variants["sanitized"].key, KEY]
    assert len({stage.read(backends.settings.destination_bucket, key) for key in keys}) == 1
    assert (ended.owner, ended.status) == ("ann", Status.COMPLETED)


@pytest.mark.parametrize("bad", [b"<html>", b"", photo()[:-300]])
def test_what_cannot_be_cleaned_takes_the_older_output_with_it(backends: Backends, bad: bytes) -> None:
    landed(backends, telling_photo())

    stage.put(backends.settings.landing_bucket, KEY, bad)
    sanitize.handle(backends, backends.settings.landing_bucket, KEY, "another delivery")

    statuses = {record.status for record in _records(backends)}
    assert statuses == {Status.COMPLETED, Status.REJECTED}
    assert stage.keys(backends.settings.destination_bucket) == []
    assert stage.read(backends.settings.landing_bucket, KEY) == bad


def _records(backends: Backends) -> list[ImageRecord]:
    return backends.catalog.newest(["system"], 10, None, None)[0]


def test_the_original_goes_after_success_alone_when_it_is_not_kept(backends: Backends) -> None:
    passing = replace(backends, settings=replace(backends.settings, landing_keep=False))

    good, bad = landed(passing, telling_photo()), landed(passing, b"<html>", "page.html")

    assert stage.keys(backends.settings.landing_bucket) == ["page.html"]
    assert (set(good.variants), bad.status) == ({"sanitized"}, Status.REJECTED)


def test_an_output_that_has_gone_is_made_again(backends: Backends) -> None:
    landed(backends, telling_photo())
    backends.storage.delete(backends.settings.destination_bucket, [KEY])

    landed(backends, telling_photo(), request_id="another delivery")

    assert stage.keys(backends.settings.destination_bucket) == [KEY]


def test_a_photo_replaced_while_it_is_scrubbed_does_not_hide_the_newer_one(backends: Backends) -> None:
    newer = telling_photo(orientation=3)

    class ReplacedMeanwhile:
        def get(self, bucket: str, key: str, limit: int) -> StoredObject:
            stored = backends.storage.get(bucket, key, limit)
            if stored.data != newer:
                stage.put(bucket, key, newer)
            return stored

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    storage: Any = ReplacedMeanwhile()
    landed(replace(backends, storage=storage), telling_photo())

    clean = stage.read(backends.settings.destination_bucket, KEY)
    assert opened(clean).getexif().get(0x0112) == 3
    assert {record.status for record in _records(backends)} == {Status.COMPLETED, Status.REJECTED}


def test_a_transient_fault_is_raised_and_the_retry_finishes(backends: Backends) -> None:
    stage.put(backends.settings.landing_bucket, KEY, telling_photo())
    failing = stage.with_failures(backends, storage={"put": 1})

    with pytest.raises(BackendUnavailable):
        sanitize.handle(failing, backends.settings.landing_bucket, KEY, "delivery")
    sanitize.handle(failing, backends.settings.landing_bucket, KEY, "delivery")

    assert backends.catalog.newest_from(["system"], KEY).status is Status.COMPLETED


def test_a_copy_of_the_uploads_folder_in_landing_is_scrubbed_too(backends: Backends) -> None:
    posted = upload.receive(backends, Photo(telling_photo(), "ann", asynchronous=True))

    record = landed(backends, telling_photo(), posted.source)

    assert (record.owner, record.status) == ("system", Status.COMPLETED)
    assert backends.catalog.get(posted.id).status is Status.PENDING


def test_inspecting_lists_what_is_there_and_stores_nothing(backends: Backends) -> None:
    found = sanitize.inspect(Photo(telling_photo(), "ann"))

    kinds = {finding.kind for finding in found if not finding.allowed}
    assert {"exif", "comment"} <= kinds
    assert not any("Tattletale" in finding.summary or "secret" in finding.summary for finding in found)
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_post_that_cannot_be_scrubbed_leaves_nothing(backends: Backends) -> None:
    with pytest.raises(UnsupportedFormat):
        sanitize.receive(backends, Photo(b"<html>", "ann", idempotency_key="k"))
    with pytest.raises(InvalidRequest):
        sanitize.receive(backends, Photo(telling_photo(), "ann", options={"width": 5}))

    assert stage.record_count(backends.settings.images_table) == 0
    assert stage.keys(backends.settings.destination_bucket) == []
