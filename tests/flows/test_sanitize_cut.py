"""A file that is cut short, damaged or whole gets the same verdict and code from every entry point that reads it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import ImageRejected
from chalicelib.flows import sanitize, upload
from chalicelib.flows.accept import Photo
from chalicelib.imaging import metadata
from chalicelib.imaging.codec import decode, probe
from chalicelib.imaging.views import whole_view
from chalicelib.records import Status
from chalicelib.settings import Limits, Settings
from scripts.measuring.measure_memory import _environment
from scripts.measuring.samples import mutate, png
from tests.flows.deliveries import put_and_resize, put_and_sanitize
from tests.imaging.kinds_of_photos import KINDS, heic
from tests.pictures import photo, private_photo

_LIMITS = Limits()
_SETTINGS = Settings.from_environ(_environment())
_CUT = {"truncated_image", "unsupported_format"}
_PRIVATE = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF")
_FILES: dict[str, Callable[[], bytes]] = {
    **KINDS,
    **{f"private {name}": partial(private_photo, name) for name in _PRIVATE},
    "TIFF, LZW": lambda: photo(pillow_name="TIFF", compression="tiff_lzw"),
    "TIFF, JPEG": lambda: photo(pillow_name="TIFF", compression="jpeg"),
    "WebP, lossless": lambda: photo(pillow_name="WEBP", lossless=True),
}
#: The bytes at the end that no decoder misses: the trailer of a GIF, and those that Pillow adds to a TIFF of pages.
_NOT_MISSED = {"GIF": 1, "private GIF": 1, "TIFF, larger second page": 4}


def _outcome(work: Callable[[], object]) -> str:
    try:
        work()
    except ImageRejected as error:
        return error.code
    return "accepted"


def _inspected(data: bytes) -> str:
    return _outcome(lambda: sanitize.inspect(Photo(data, "ann"), _SETTINGS))


def _sanitized(backends: Backends, data: bytes) -> str:
    return _outcome(lambda: sanitize.receive(backends, Photo(data, "ann")))


def _doors(data: bytes) -> dict[str, str]:
    return {
        "images": _outcome(lambda: decode(data, _LIMITS.input_pixels, whole_view)),
        "sanitize": _outcome(lambda: metadata.strip(data)),
        "inspect": _inspected(data),
    }


@pytest.mark.parametrize("name", _FILES)
def test_a_cut_at_any_byte_is_told_by_every_entry_point(name: str) -> None:
    data = _FILES[name]()
    missed = next((count for start, count in _NOT_MISSED.items() if name.startswith(start)), 0)
    end = len(data) - missed
    for size in (*range(0, end, max(1, len(data) // 80)), end - 1):
        assert set(_doors(data[:size]).values()) <= _CUT, size
        assert len(set(_doors(data[:size]).values())) == 1, size


@pytest.mark.parametrize("name", _FILES)
def test_a_cut_in_the_header_is_told_before_a_photo_is_accepted_for_later(name: str) -> None:
    assert _outcome(lambda: probe(_FILES[name]()[:40], _LIMITS.input_pixels)) == "truncated_image"


def test_events_record_the_same_code(backends: Backends) -> None:
    data = photo(pillow_name="AVIF")[:-20]
    resized = put_and_resize(backends, "uploads/a.avif", data)
    landed = put_and_sanitize(backends, "a.avif", data)
    for record in (resized, landed):
        assert record.status is Status.REJECTED
        assert record.error is not None
        assert record.error.code == "truncated_image"


@pytest.mark.parametrize("name", _FILES)
def test_inspect_and_sanitize_agree_on_whole_and_damaged_files(backends: Backends, name: str) -> None:
    whole = _FILES[name]()
    for step in range(24):
        at = len(whole) * step // 24
        data = mutate(whole, [(at, 0), (at + 1, 255 - step), (at + 7, step)] if step else [], cut=0)
        inspected = _inspected(data)
        assert inspected == _sanitized(backends, data), at


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_inspect_counts_the_pixels_as_sanitize_does(kind: str) -> None:
    small = replace(_SETTINGS, limits=Limits(input_pixels=9))
    assert _outcome(lambda: sanitize.inspect(Photo(KINDS[kind](), "ann"), small)) == "too_many_pixels"


def test_a_file_that_no_decoder_opens_gets_one_code_from_inspect_and_sanitize(backends: Backends) -> None:
    flat = KINDS["JPEG"]().replace(b"\xff\xc0\0\x11\x08\0\x30", b"\xff\xc0\0\x11\x08\0\0")
    for data in (heic(), flat, png(b"\0\0\0\0CRIT" + b"\0\0\0\0")):
        assert _inspected(data) == _sanitized(backends, data)


def test_a_posted_photo_that_is_cut_leaves_no_record(backends: Backends) -> None:
    with pytest.raises(ImageRejected, match="Send the whole file"):
        upload.receive(backends, Photo(photo(pillow_name="WEBP")[:-5], "ann"))
