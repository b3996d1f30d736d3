"""POST /sanitize and the landing bucket refuse a photo for its pixels exactly as POST /images does."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.records import Fault, Status
from tests import stage
from tests.flows.deliveries import put_and_sanitize
from tests.imaging.kinds_of_photos import KINDS, smallest_limit, unopened_avif
from tests.pictures import photo, repeated_scan


def with_limit(backends: Backends, pixels: int) -> Backends:
    limits = replace(backends.settings.limits, input_pixels=pixels)
    return replace(backends, settings=replace(backends.settings, limits=limits))


def fault_of(error: ImageTooLarge) -> Fault:
    return Fault(error.code, error.detail, error.limit, error.actual)


@pytest.mark.parametrize("kind", KINDS)
def test_one_pixel_too_many_is_refused_by_every_way_in_with_the_same_words(backends: Backends, kind: str) -> None:
    data = KINDS[kind]()
    small = with_limit(backends, smallest_limit(data) - 1)

    with pytest.raises(ImageTooLarge) as decoded:
        upload.receive(small, Photo(data, "ann"))
    with pytest.raises(ImageTooLarge) as scrubbed:
        sanitize.receive(small, Photo(data, "ann", idempotency_key="k"))
    landed = put_and_sanitize(small, "a", data)

    assert decoded.value.code == "too_many_pixels"
    assert fault_of(decoded.value) == fault_of(scrubbed.value) == landed.error
    assert landed.status is Status.REJECTED
    assert stage.keys(backends.settings.destination_bucket) == []
    assert stage.record_count(backends.settings.images_table) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_allowed_pixel_is_accepted_by_every_way_in(backends: Backends, kind: str) -> None:
    data = KINDS[kind]()
    exact = with_limit(backends, smallest_limit(data))

    assert sanitize.receive(exact, Photo(data, "ann")).status is Status.COMPLETED
    assert put_and_sanitize(exact, "a", data).status is Status.COMPLETED
    if kind != "HEIC":  # nothing here can write a HEIC whose picture can be decoded
        assert upload.receive(exact, Photo(data, "ann")).status is Status.COMPLETED


@pytest.mark.parametrize("data", [unopened_avif(), repeated_scan(photo(progressive=True), 200)], ids=["AVIF", "JPEG"])
def test_a_photo_that_is_not_opened_for_another_reason_is_refused_by_the_size_in_its_header(
    backends: Backends, data: bytes
) -> None:
    small = with_limit(backends, 64 * 48 - 1)

    with pytest.raises(CorruptImage):
        upload.receive(small, Photo(data, "ann"))
    with pytest.raises(ImageTooLarge) as scrubbed:
        sanitize.receive(small, Photo(data, "ann"))
    landed = put_and_sanitize(small, "a", data)

    assert scrubbed.value.code == "too_many_pixels"
    assert landed.error == fault_of(scrubbed.value)


def test_a_refusal_is_counted_as_a_photo_that_was_not_scrubbed(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    put_and_sanitize(with_limit(backends, 1), "a", photo())

    line = capsys.readouterr().out.replace(" ", "")
    assert '"SanitizeRejected":1' in line
    assert '"reason":"too_many_pixels"' in line
