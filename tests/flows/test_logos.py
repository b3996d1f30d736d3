"""Logos below logos/ in the images bucket: they mark photos, and a missing or broken one is the caller's error."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.logos import MAX_LOGO_BYTES, read_logo
from chalicelib.imaging import recipe as recipes
from chalicelib.records import Status
from tests import stage
from tests.flows.deliveries import resized
from tests.flows.photos import photo
from tests.flows.test_object_options import put
from tests.imaging.test_logo import logo
from tests.pictures import as_stored, bomb_png, encoded, exif, picture

OPTIONS = {"logo": "acme.png", "logo_scale": "30"}


@pytest.fixture
def bucket(backends: Backends) -> str:
    """The images bucket, with a logo."""
    stage.put(backends.settings.images_bucket, "logos/acme.png", logo())
    return backends.settings.images_bucket


def test_every_way_in_stamps_the_logo(backends: Backends, bucket: str) -> None:
    data = photo((640, 480))
    posted = upload.receive(backends, Photo(data, "ann", options=OPTIONS))
    again = upload.receive(backends, Photo(data, "ann", options=posted.recipe))
    later = upload.receive(backends, Photo(data, "ann", options=OPTIONS, asynchronous=True))
    uploaded, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", len(data), options=OPTIONS))
    stage.put(bucket, uploaded.source, data)
    found = put(backends, "uploads/a.jpg", **OPTIONS)
    plain = upload.receive(backends, Photo(data, "ann"))

    records = [posted, again, found, *(resized(backends, each) for each in (later, uploaded))]
    assert {each.status for each in records} == {Status.COMPLETED}
    assert len({each.variants["processed"].etag for each in records}) == 1
    assert plain.variants["processed"].etag != posted.variants["processed"].etag
    assert {each.variants["resized"].etag for each in (*records, plain)} == {plain.variants["resized"].etag}


def test_a_stage_may_have_the_logo_on_resized(backends: Backends, bucket: str) -> None:
    marked = replace(backends, settings=replace(backends.settings, resized_watermark=True))
    plain, stamped = (upload.receive(marked, Photo(photo(), "ann", options=each)) for each in ({}, OPTIONS))
    assert stage.keys(bucket)
    assert plain.variants["resized"].etag != stamped.variants["resized"].etag


@pytest.mark.parametrize(
    ("key", "data", "code", "words"),
    [
        ("logos/other.png", b"", "bad_option", "no logo 'acme.png' below logos/"),
        ("logos/acme.png", b"", "bad_option", "cannot be read"),
        ("logos/acme.png", b"<svg/>", "bad_option", "cannot be read"),
        ("logos/acme.png", logo()[:-30], "bad_option", "cannot be read"),
        ("logos/acme.png", bytes(MAX_LOGO_BYTES + 1), "out_of_range", "1000001 bytes; 1000000 are allowed"),
        ("logos/acme.png", bomb_png(30_000, 30_000), "out_of_range", "900000000 pixels; 800000 are allowed"),
        ("logos/acme.png", logo(1001, 500), "out_of_range", "500500 pixels; 500000 are allowed"),
    ],
    ids=["missing", "empty", "no picture", "cut short", "too many bytes", "bomb", "too many pixels"],
)
def test_a_logo_that_cannot_be_used_is_refused_and_nothing_is_stored(
    backends: Backends, key: str, data: bytes, code: str, words: str
) -> None:
    stage.put(backends.settings.images_bucket, key, data)
    ways: list[Any] = [
        lambda: upload.receive(backends, Photo(photo(), "ann", options=OPTIONS)),
        lambda: upload.receive(backends, Photo(photo(), "ann", options=OPTIONS, asynchronous=True)),
        lambda: upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 9, options=OPTIONS)),
    ]
    for way in ways:
        with pytest.raises(InvalidRequest, match=words) as caught:
            way()
        assert caught.value.code == code
    assert stage.record_count(backends.settings.images_table) == 0
    rejected = put(backends, "uploads/a.jpg", **OPTIONS)
    assert (rejected.status, rejected.error and rejected.error.code) == (Status.REJECTED, code)


def test_an_archived_logo_is_the_callers_error(backends: Backends) -> None:
    bucket = backends.settings.images_bucket
    stage.s3().put_object(Bucket=bucket, Key="logos/acme.png", Body=b"x", StorageClass="GLACIER")
    with pytest.raises(InvalidRequest, match="archived"):
        read_logo(backends, recipes.parse(OPTIONS))


@pytest.mark.parametrize("pillow_name", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_a_logo_may_have_any_format(backends: Backends, pillow_name: str) -> None:
    stage.put(backends.settings.images_bucket, "logos/acme.png", logo(pillow_name=pillow_name))
    read = read_logo(backends, recipes.parse(OPTIONS))
    assert read is not None
    assert read.size == (60, 30)


def test_a_logo_is_upright(backends: Backends) -> None:
    data = encoded(as_stored(picture(), 6), "PNG", exif=exif(6))
    stage.put(backends.settings.images_bucket, "logos/acme.png", data)
    read = read_logo(backends, recipes.parse(OPTIONS))
    assert read is not None
    assert read.tobytes() == picture().tobytes()


def test_without_a_logo_nothing_is_read(backends: Backends) -> None:
    failing = stage.with_failures(backends, storage={"get": 1})
    assert read_logo(failing, recipes.parse({"logo_scale": 5})) is None
