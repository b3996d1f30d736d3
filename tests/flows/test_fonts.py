"""Fonts below fonts/ in the images bucket: they draw watermarks, and a missing or broken one is the caller's error."""

import json
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.fonts import MAX_FONT_BYTES, read_font
from chalicelib.imaging import recipe as recipes
from chalicelib.records import Status
from tests import stage
from tests.flows.deliveries import resized
from tests.flows.photos import photo
from tests.imaging.made_fonts import font_with

OPTIONS = {"watermark": "暗室", "font": "jp.otf"}


@pytest.fixture
def bucket(backends: Backends) -> str:
    """The images bucket, with a font."""
    stage.put(backends.settings.images_bucket, "fonts/jp.otf", font_with("暗室"))
    return backends.settings.images_bucket


def test_every_way_in_draws_with_the_font(backends: Backends, bucket: str) -> None:
    data = photo((640, 480))
    posted = upload.receive(backends, Photo(data, "ann", options=OPTIONS))
    later = upload.receive(backends, Photo(data, "ann", options=OPTIONS, asynchronous=True))
    uploaded, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", len(data), options=OPTIONS))
    stage.put(bucket, uploaded.source, data)
    as_built_in = upload.receive(backends, Photo(data, "ann", options={"watermark": "AB"}))

    records = [posted, *(resized(backends, each) for each in (later, uploaded)), as_built_in]
    assert len({stage.read(bucket, each.variants["processed"].key) for each in records}) == 1
    assert posted.recipe["font"] == "jp.otf"


@pytest.mark.parametrize(
    ("key", "data", "code"),
    [
        ("fonts/other.otf", b"", "bad_option"),
        ("fonts/jp.otf", b"", "bad_option"),
        ("fonts/jp.otf", b"no font", "bad_option"),
        ("fonts/jp.otf", font_with("あ"), "bad_option"),
        ("fonts/jp.otf", bytes(MAX_FONT_BYTES + 1), "out_of_range"),
    ],
    ids=["missing", "empty", "no font", "other letters", "too large"],
)
def test_a_font_that_cannot_draw_is_refused_and_nothing_is_stored(
    backends: Backends, key: str, data: bytes, code: str
) -> None:
    stage.put(backends.settings.images_bucket, key, data)
    ways: list[Any] = [
        lambda: upload.receive(backends, Photo(photo(), "ann", options=OPTIONS)),
        lambda: upload.receive(backends, Photo(photo(), "ann", options=OPTIONS, asynchronous=True)),
        lambda: upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 9, options=OPTIONS)),
    ]
    for way in ways:
        with pytest.raises(InvalidRequest) as caught:
            way()
        assert caught.value.code == code
    assert stage.record_count(backends.settings.images_table) == 0


def test_a_font_that_is_deleted_meanwhile_ends_in_rejected(backends: Backends, bucket: str) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", options=OPTIONS, asynchronous=True))
    stage.s3().delete_object(Bucket=bucket, Key="fonts/jp.otf")

    record = resized(backends, pending)

    assert record.error
    assert (record.status, record.error.code) == (Status.REJECTED, "bad_option")
    assert "jp.otf" in record.error.detail


def test_an_archived_font_is_the_callers_error(backends: Backends, bucket: str) -> None:
    stage.s3().put_object(Bucket=bucket, Key="fonts/jp.otf", Body=b"x", StorageClass="GLACIER")
    with pytest.raises(InvalidRequest, match="archived") as caught:
        read_font(backends, recipes.parse(OPTIONS))
    assert caught.value.code == "bad_option"


def test_the_error_of_a_large_font_has_its_size_and_the_limit(backends: Backends, bucket: str) -> None:
    stage.put(bucket, "fonts/jp.otf", bytes(MAX_FONT_BYTES + 7))
    with pytest.raises(InvalidRequest) as caught:
        read_font(backends, recipes.parse(OPTIONS))
    assert (caught.value.limit, caught.value.actual) == (MAX_FONT_BYTES, MAX_FONT_BYTES + 7)
    assert caught.value.detail == "The font 'jp.otf' has 10000007 bytes; 10000000 are allowed."


@pytest.mark.parametrize("options", [{}, {"watermark": "x"}, {"font": "none.ttf"}])
def test_without_a_font_and_a_watermark_nothing_is_read(backends: Backends, options: dict[str, object]) -> None:
    failing = stage.with_failures(backends, storage={"get": 1})
    assert read_font(failing, recipes.parse(options)) is None


def test_a_broken_font_is_answered_with_a_400(client: Client, backends: Backends) -> None:
    stage.put(backends.settings.images_bucket, "fonts/jp.otf", b"no font")
    query = "?watermark=x&font=jp.otf"
    response = client.http.post(f"/images{query}", headers={"Content-Type": "image/jpeg"}, body=photo())
    body = json.dumps({"size": 9, **OPTIONS}).encode()
    uploads = client.http.post("/uploads", headers={"Content-Type": "application/json"}, body=body)
    assert [each.status_code for each in (response, uploads)] == [400, 400]
    assert "TrueType" in response.json_body["detail"]
