"""Uploads at the edge of what is accepted."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import ImageTooLarge, InvalidRequest, KeyReused
from chalicelib.flows import resize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.records import Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo


def request_of(size: int) -> UploadRequest:
    return UploadRequest("ann", "", "image/jpeg", size)


def test_a_form_is_for_1_byte_up_to_the_limit(backends: Backends) -> None:
    limit = backends.settings.limits.object_bytes
    for size in (1, limit):
        record, _ = upload.create_upload(backends, request_of(size))
        assert record.size == size


def test_a_form_for_more_than_the_limit_is_refused_with_both_numbers(backends: Backends) -> None:
    limit = backends.settings.limits.object_bytes

    with pytest.raises(ImageTooLarge, match=f"has {limit + 1} bytes; {limit} are allowed") as caught:
        upload.create_upload(backends, request_of(limit + 1))

    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("object_too_large", limit, limit + 1)


def test_a_form_for_nothing_is_refused(backends: Backends) -> None:
    with pytest.raises(InvalidRequest, match="at least 1") as caught:
        upload.create_upload(backends, request_of(0))

    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("out_of_range", 1, 0)


def test_objects_of_a_form_may_come_until_it_expires(backends: Backends) -> None:
    record, _ = upload.create_upload(backends, request_of(10))

    assert record.writes_until == record.upload_until == record.due_at


@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_key_belongs_to_one_way_of_processing(backends: Backends, asynchronous: bool) -> None:
    upload.receive(backends, Photo(photo(), "ann", asynchronous=asynchronous, idempotency_key="k"))

    for options, way in (({"width": 9}, asynchronous), ({}, not asynchronous)):
        with pytest.raises(KeyReused):
            upload.receive(backends, Photo(photo(), "ann", "", options, way, "k"))


@pytest.mark.parametrize("asynchronous", [True, False])
def test_a_large_jpeg_counts_by_the_pixels_that_its_recipe_needs(backends: Backends, asynchronous: bool) -> None:
    limits = replace(backends.settings.limits, input_pixels=500_000)
    small = replace(backends, settings=replace(backends.settings, limits=limits))
    large = photo((1600, 1200))

    accepted = upload.receive(small, Photo(large, "ann", options={"width": 300}, asynchronous=asynchronous))
    assert accepted.status is (Status.PENDING if asynchronous else Status.COMPLETED)

    with pytest.raises(ImageTooLarge):
        upload.receive(small, Photo(large, "ann", options={"width": 1600}, asynchronous=asynchronous))


def keyed(key: str | None = "k", **changes: Any) -> UploadRequest:
    return replace(request_of(10), idempotency_key=key, **changes)


def test_a_repeated_key_gets_the_same_record_and_a_form_for_it(backends: Backends, clock: Clock) -> None:
    first, form = upload.create_upload(backends, keyed())
    clock.advance(60)
    again, another = upload.create_upload(backends, keyed())

    assert again == first
    assert another.fields["key"] == form.fields["key"] == first.source
    assert stage.record_count(backends.settings.images_table) == 1


def test_a_key_whose_form_was_used_gets_the_record_of_the_photo(backends: Backends) -> None:
    data = photo()
    pending, _ = upload.create_upload(backends, keyed(size=len(data)))
    stage.put(backends.settings.images_bucket, pending.source, data)
    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    assert upload.create_upload(backends, keyed(size=len(data)))[0].status is Status.COMPLETED


@pytest.mark.parametrize(
    "changes",
    [{"size": 11}, {"filename": "b.jpg"}, {"media_type": ""}, {"options": {"width": 9}}, {"purpose": Purpose.SANITIZE}],
    ids=str,
)
def test_a_key_belongs_to_one_description(backends: Backends, changes: dict[str, Any]) -> None:
    upload.create_upload(backends, keyed())

    with pytest.raises(KeyReused):
        upload.create_upload(backends, keyed(**changes))


def test_a_key_of_a_post_is_not_one_of_an_upload(backends: Backends) -> None:
    upload.receive(backends, Photo(photo(), "ann", idempotency_key="k"))

    with pytest.raises(KeyReused):
        upload.create_upload(backends, keyed())
