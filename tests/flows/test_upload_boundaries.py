"""Uploads at the edge of what is accepted."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import ImageTooLarge, InvalidRequest, KeyReused
from chalicelib.flows import upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.records import Status
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
