"""Photos that are posted, posted asynchronously, or uploaded with a form."""

import base64
import json
import unicodedata
from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, CorruptImage, ImageTooLarge, InvalidRequest, UnsupportedFormat
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.records import Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, resized
from tests.flows.photos import opened, photo


def test_a_posted_photo_has_both_variants_and_a_record(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo((1600, 1200)), "ann", "beach.jpg"))

    assert backends.catalog.get(record.id) == record
    assert (record.status, record.owner, record.filename) == (Status.COMPLETED, "ann", "beach.jpg")
    assert (record.source_format, record.width, record.height) == ("JPEG", 1600, 1200)
    processed = opened(stage.read(backends.settings.images_bucket, f"processed/{record.id}.png"))
    resized = opened(stage.read(backends.settings.images_bucket, f"resized/{record.id}.jpg"))
    assert (processed.size, processed.mode) == ((800, 600), "L")
    assert (resized.size, resized.mode) == ((300, 300), "RGB")
    sizes = {name: (each.width, each.height) for name, each in record.variants.items()}
    assert sizes == {"processed": (800, 600), "resized": (300, 300)}


def test_a_pending_photo_names_its_original(backends: Backends) -> None:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 10))

    assert record.s3_path == f"s3://{backends.settings.images_bucket}/{record.source}"
    assert record.source == f"uploads/{record.id}/original.jpg"


@pytest.mark.parametrize(
    ("data", "options", "error"),
    [
        (b"not an image", {}, UnsupportedFormat),
        (photo()[:-200], {}, CorruptImage),
        (photo(), {"width": "0"}, InvalidRequest),
        (photo(), {"colour": "red"}, InvalidRequest),
        (photo(), {"width": 16000, "height": 16000, "fit": "stretch"}, ImageTooLarge),
    ],
)
@pytest.mark.parametrize("key", [None, "again"])
def test_a_bad_photo_or_option_leaves_nothing(
    backends: Backends, data: bytes, options: dict[str, object], error: type[Exception], key: str | None
) -> None:
    with pytest.raises(error):
        upload.receive(backends, Photo(data, "ann", options=options, idempotency_key=key))

    assert stage.keys(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_an_asynchronous_photo_is_stored_and_waits_for_its_event(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann", asynchronous=True, options={"width": "100"}))

    assert record.status is Status.PENDING
    assert stage.keys(backends.settings.images_bucket) == [f"uploads/{record.id}/original.jpg"]
    assert backends.catalog.get(record.id).recipe["width"] == 100


def test_an_asynchronous_photo_that_cannot_be_stored_leaves_nothing(backends: Backends) -> None:
    with pytest.raises(BackendUnavailable):
        upload.receive(stage.with_failures(backends, storage={"put_new": 1}), Photo(photo(), "ann", asynchronous=True))

    assert stage.record_count(backends.settings.images_table) == 0


@pytest.mark.parametrize("options", [{}, {"width": 200, "watermark": "ann", "format": "webp", "grayscale": False}])
def test_every_way_in_gives_the_same_bytes(backends: Backends, options: dict[str, object]) -> None:
    data, bucket = photo((1200, 900)), backends.settings.images_bucket
    posted = upload.receive(backends, Photo(data, "ann", options=options))
    later = upload.receive(backends, Photo(data, "ann", options=options, asynchronous=True))
    request = UploadRequest("ann", "a.jpg", "image/jpeg", len(data), options=options)
    uploaded, _ = upload.create_upload(backends, request)
    stage.put(bucket, uploaded.source, data)

    records = [posted, *(resized(backends, each) for each in (later, uploaded))]
    if not options:
        records.append(put_and_resize(backends, "uploads/no api.jpg", data))

    for name in ("processed", "resized"):
        assert len({stage.read(bucket, each.variants[name].key) for each in records}) == 1
    assert {each.status for each in records} == {Status.COMPLETED}


def test_a_watermark_with_accents_apart_gives_the_same_bytes_and_image(backends: Backends) -> None:
    texts = [unicodedata.normalize(form, "Ảnh: Été à Málaga") for form in ("NFC", "NFD")]
    posts = [Photo(photo(), "ann", options={"watermark": each}, idempotency_key="k") for each in texts]
    first, repeated = (upload.receive(backends, each) for each in posts)
    other = upload.receive(backends, replace(posts[1], idempotency_key=None))

    assert first.id == repeated.id
    keys = [each.variants["processed"].key for each in (first, other)]
    assert stage.read(backends.settings.images_bucket, keys[0]) == stage.read(backends.settings.images_bucket, keys[1])


def test_a_form_has_a_generated_key_and_the_media_type(backends: Backends) -> None:
    record, form = upload.create_upload(backends, UploadRequest("ann", "../../x.jpg", "image/jpeg", 1234))

    assert form.fields["key"] == record.source == f"uploads/{record.id}/original.jpg"
    assert form.fields["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("media_type", ["", "application/octet-stream", "image/png"])
def test_the_bytes_of_an_upload_decide_its_format(backends: Backends, media_type: str) -> None:
    data, bucket = photo(), backends.settings.images_bucket
    record, form = upload.create_upload(backends, UploadRequest("ann", "a.heic", media_type, len(data)))
    assert form.fields["Content-Type"] == (media_type or "application/octet-stream")
    stage.put(bucket, record.source, data)

    stored = resized(backends, record)
    assert (stored.status, stored.source_format) == (Status.COMPLETED, "JPEG")


@pytest.mark.parametrize("media_type", ["", "application/octet-stream"])
def test_an_upload_of_an_unknown_type_has_a_key_without_a_suffix(backends: Backends, media_type: str) -> None:
    record, form = upload.create_upload(backends, UploadRequest("ann", "a.heic", media_type, 9))

    assert form.fields["key"] == f"uploads/{record.id}/original"
    assert form.fields["Content-Type"] == "application/octet-stream"
    assert record.writing["original"].format == ""


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_purpose_chooses_the_bucket(backends: Backends, purpose: Purpose) -> None:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 10, purpose))

    settings = backends.settings
    expected = {Purpose.PROCESS: settings.images_bucket, Purpose.SANITIZE: settings.landing_bucket}
    assert record.writing["original"].bucket == expected[purpose]


@pytest.mark.parametrize(
    ("media_type", "size", "error"),
    [
        ("text/html", 10, UnsupportedFormat),
        ("image/jpeg", 0, InvalidRequest),
        ("image/jpeg", 10**9, ImageTooLarge),
    ],
)
def test_a_form_for_a_photo_that_is_not_accepted_is_refused(
    backends: Backends, media_type: str, size: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        upload.create_upload(backends, UploadRequest("ann", "", media_type, size))

    assert stage.record_count(backends.settings.images_table) == 0


def test_a_form_accepts_only_a_photo_of_its_size(backends: Backends) -> None:
    _, form = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", 1234))

    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert ["content-length-range", 1234, 1234] in policy["conditions"]


def test_a_form_to_sanitize_takes_no_options(backends: Backends) -> None:
    request = UploadRequest("ann", "", "image/jpeg", 10, Purpose.SANITIZE, {"width": 5})

    with pytest.raises(InvalidRequest, match="has no option 'width'") as caught:
        upload.create_upload(backends, request)
    assert caught.value.code == "unknown_option"


def test_a_form_that_is_never_used_expires(backends: Backends, clock: Clock) -> None:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))

    clock.advance(backends.settings.upload_seconds + 3599)
    assert backends.catalog.get(record.id).status_at(clock()) is Status.PENDING
    clock.advance(2)
    assert backends.catalog.get(record.id).status_at(clock()) is Status.EXPIRED
