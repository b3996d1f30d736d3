"""A photo that is created under uploads/ ends with both variants."""

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import resize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.records import Status
from tests import stage
from tests.flows.deliveries import put_and_resize, s3_record
from tests.flows.photos import opened, photo

KEY = "uploads/sommer ferien/straße+1 (2).jpg"


def test_a_photo_put_without_the_api_is_resized_and_recorded(backends: Backends) -> None:
    record = put_and_resize(backends, KEY, photo())

    assert (record.status, record.owner, record.filename) == (Status.COMPLETED, "system", "straße+1 (2).jpg")
    assert set(record.variants) == {"original", "processed", "resized"}
    resized = opened(stage.read(backends.settings.images_bucket, record.variants["resized"].key))
    assert resized.size == (300, 300)


def test_the_record_has_the_format_and_size_of_the_original(backends: Backends) -> None:
    original = put_and_resize(backends, KEY, photo((64, 48))).variants["original"]

    assert (original.format, original.width, original.height) == ("JPEG", 64, 48)


def test_the_recipe_of_the_record_is_applied(backends: Backends) -> None:
    options = {"width": 50, "format": "webp"}
    pending = upload.receive(backends, Photo(photo(), "ann", options=options, asynchronous=True))

    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    processed = backends.catalog.get(pending.id).variants["processed"]
    assert (processed.format, processed.width) == ("WEBP", 50)


@pytest.mark.parametrize(("data", "code"), [(b"", "unsupported_format"), (photo()[:-99], "truncated_image")])
def test_a_bad_photo_is_rejected_with_the_reason(backends: Backends, data: bytes, code: str) -> None:
    record = put_and_resize(backends, KEY, data)

    assert record.status is Status.REJECTED
    assert record.error
    assert record.error.code == code
    assert stage.keys(backends.settings.images_bucket) == [KEY]


def test_a_used_form_keeps_its_owner_and_no_longer_expires(backends: Backends) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "beach.jpg", "image/jpeg", len(photo())))
    stage.put(backends.settings.images_bucket, pending.source, photo())

    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    record = backends.catalog.get(pending.id)
    assert (record.owner, record.filename, record.status, record.upload_until) == (
        "ann",
        "beach.jpg",
        Status.COMPLETED,
        None,
    )
