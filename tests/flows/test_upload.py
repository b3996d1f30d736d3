"""Photos come in over REST: both variants and the record, or nothing at all."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import (
    BackendUnavailable,
    Conflict,
    CorruptImage,
    ImageTooLarge,
    InvalidRequest,
    KeyReused,
    UnsupportedFormat,
)
from chalicelib.flows import resize, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.upload import UploadRequest
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.photos import opened, photo


def test_a_photo_ends_with_both_variants_and_a_record(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo((1600, 1200)), "ann", "beach.jpg"))

    assert backends.catalog.get(record.id) == record
    assert (record.status, record.owner, record.filename) == (Status.COMPLETED, "ann", "beach.jpg")
    assert (record.format, record.width, record.height) == ("JPEG", 1600, 1200)
    processed = opened(stage.read(backends.settings.images_bucket, f"processed/{record.id}.png"))
    resized = opened(stage.read(backends.settings.images_bucket, f"resized/{record.id}.png"))
    assert (processed.size, processed.mode) == ((800, 600), "L")
    assert (resized.size, resized.mode) == ((300, 300), "RGB")


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


@pytest.mark.parametrize(("storage", "catalog"), [({"put": 1}, {}), ({}, {"create": 1}), ({}, {"replace": 1})], ids=str)
def test_a_backend_that_fails_leaves_nothing(
    backends: Backends, storage: dict[str, int], catalog: dict[str, int]
) -> None:
    key = "again" if "replace" in catalog else None
    failing = stage.with_failures(backends, storage=storage, catalog=catalog)

    with pytest.raises(BackendUnavailable):
        upload.receive(failing, Photo(photo(), "ann", idempotency_key=key))

    assert stage.keys(backends.settings.images_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 0
    assert upload.receive(failing, Photo(photo(), "ann", idempotency_key=key)).status is Status.COMPLETED


def test_the_second_variant_failing_takes_back_the_first(backends: Backends) -> None:
    class SecondPutFails:
        puts = 0

        def __getattr__(self, name: str) -> object:
            if name == "put":
                self.puts += 1
                if self.puts == 2:
                    raise BackendUnavailable("AWS is away.")
            return getattr(backends.storage, name)

    storage: Any = SecondPutFails()
    failing = replace(backends, storage=storage)

    with pytest.raises(BackendUnavailable):
        upload.receive(failing, Photo(photo(), "ann"))

    assert stage.keys(backends.settings.images_bucket) == []


def test_an_asynchronous_photo_waits_for_the_event(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann", asynchronous=True, options={"width": "100"}))

    assert record.status is Status.PENDING
    assert stage.keys(backends.settings.images_bucket) == [f"uploads/{record.id}/original.jpg"]
    assert backends.catalog.get(record.id).recipe["width"] == 100


def test_an_asynchronous_photo_that_cannot_be_stored_leaves_nothing(backends: Backends) -> None:
    with pytest.raises(BackendUnavailable):
        upload.receive(stage.with_failures(backends, storage={"put": 1}), Photo(photo(), "ann", asynchronous=True))

    assert stage.record_count(backends.settings.images_table) == 0


@pytest.mark.parametrize("options", [{}, {"width": 200, "watermark": "ann", "format": "webp", "grayscale": False}])
def test_every_door_gives_the_same_bytes(backends: Backends, options: dict[str, object]) -> None:
    data, bucket = photo((1200, 900)), backends.settings.images_bucket
    posted = upload.receive(backends, Photo(data, "ann", options=options))
    later = upload.receive(backends, Photo(data, "ann", options=options, asynchronous=True))
    announced, _ = upload.create_upload(
        backends, UploadRequest("ann", "a.jpg", "image/jpeg", len(data), options=options)
    )
    stage.put(bucket, announced.source, data)

    ends = [posted, *(_delivered(backends, each) for each in (later, announced))]
    if not options:
        stage.put(bucket, "uploads/by hand.jpg", data)
        resize.handle(backends, bucket, "uploads/by hand.jpg", "delivery")
        ends.append(backends.catalog.newest_from(["system"], "uploads/by hand.jpg"))

    for name in ("processed", "resized"):
        assert len({stage.read(bucket, each.variants[name].key) for each in ends}) == 1
    assert {each.status for each in ends} == {Status.COMPLETED}


def _delivered(backends: Backends, record: ImageRecord) -> ImageRecord:
    resize.handle(backends, backends.settings.images_bucket, record.source, "delivery")
    return backends.catalog.get(record.id)


def test_the_same_key_and_photo_make_one_image(backends: Backends) -> None:
    first = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))
    second = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))

    assert first == second
    assert stage.record_count(backends.settings.images_table) == 1


@pytest.mark.parametrize(
    "other",
    [
        Photo(photo(colour="red"), "ann", idempotency_key="k"),
        Photo(photo(), "ann", idempotency_key="k", options={"width": 9}),
        Photo(photo(), "ann", idempotency_key="k", filename="b"),
    ],
)
def test_the_same_key_with_another_request_is_refused(backends: Backends, other: Photo) -> None:
    upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))

    with pytest.raises(KeyReused):
        upload.receive(backends, other)


def test_keys_of_two_owners_are_apart(backends: Backends) -> None:
    ids = {upload.receive(backends, Photo(photo(), owner, idempotency_key="k")).id for owner in ("ann", "bob")}

    assert len(ids) == 2


def test_a_request_under_way_is_a_conflict_until_its_lease_ends(backends: Backends, clock: Clock) -> None:
    request = Photo(photo(), "ann", idempotency_key="k")
    dead = stage.with_failures(backends, storage={"put": 9, "delete": 9}, catalog={"delete": 9})
    with pytest.raises(BackendUnavailable):
        upload.receive(dead, request)  # it can neither finish nor clear away, as if the process had died

    with pytest.raises(Conflict):
        upload.receive(backends, request)
    clock.advance(61)
    assert upload.receive(backends, request).status is Status.COMPLETED


def test_a_key_is_free_again_after_a_day_and_the_first_image_stays(backends: Backends, clock: Clock) -> None:
    first = upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))
    clock.advance(24 * 3600 + 1)
    second = upload.receive(backends, Photo(photo(colour="red"), "ann", idempotency_key="k"))

    assert first.id != second.id
    assert backends.catalog.get(first.id) == first


def test_a_ticket_tells_exactly_what_may_be_uploaded(backends: Backends) -> None:
    record, form = upload.create_upload(backends, UploadRequest("ann", "../../x.jpg", "image/jpeg", 1234))

    assert form.fields["key"] == record.source == f"uploads/{record.id}/original.jpg"
    assert form.fields["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("media_type", "size", "error"),
    [
        ("text/html", 10, UnsupportedFormat),
        ("image/jpeg", 0, InvalidRequest),
        ("image/jpeg", 10**9, ImageTooLarge),
    ],
)
def test_a_ticket_for_what_cannot_be_taken_is_refused(
    backends: Backends, media_type: str, size: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        upload.create_upload(backends, UploadRequest("ann", "", media_type, size))

    assert stage.record_count(backends.settings.images_table) == 0


def test_a_ticket_never_used_expires(backends: Backends, clock: Clock) -> None:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))

    clock.advance(backends.settings.upload_seconds + 3601)
    assert backends.catalog.get(record.id).status_at(clock()) is Status.EXPIRED
