"""A WebP that libwebp decodes at a smaller scale shows what Pillow's decode shows, and fails when that fails."""

import ctypes
import io
import random
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import PIL._imaging
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.errors import CorruptImage, ImageRejected
from chalicelib.imaging import libwebp
from chalicelib.imaging.codec import decode
from chalicelib.imaging.cut_short import is_cut_short
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.resampling import resample
from scripts.measuring import sample_profiles, samples
from scripts.measuring.peak_memory import measure_peak, run_in_child
from tests.pictures import corners, encoded, near, photo, view_at

#: What a file of each kind is encoded with.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "lossy": ("RGB", {"quality": 90}),
    "lossless": ("RGB", {"lossless": True}),
    "lossy with alpha": ("RGBA", {"quality": 90}),
    "lossless with alpha": ("RGBA", {"lossless": True, "exact": True}),
}
_LIMIT = 20_000_000
_SIDES = st.one_of(st.integers(1, 40), st.integers(1, 400))
_LIBRARY = libwebp.library_of_pillow()
_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only wheels for Linux are deployed")


def _picture(width: int, height: int, mode: str) -> Image.Image:
    """Draw a smooth picture. Its opaque colours differ from those of its transparent pixels."""
    planes = [Image.linear_gradient("L").rotate(turn).resize((width, height)) for turn in (0, 90, 180)]
    image = Image.merge("RGB", planes).convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.radial_gradient("L").resize((width, height)))
    return image


def _webp(kind: str, width: int = 200, height: int = 150) -> bytes:
    mode, options = KINDS[kind]
    return encoded(_picture(width, height, mode), "WEBP", method=0, **options)


def _by_pillow(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        return image.copy()


def _by_libwebp(data: bytes, scale: Fraction = Fraction(1)) -> Image.Image | None:
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as opened:
        return libwebp.decode(_LIBRARY, data, Size(*opened.size), opened.mode, scale)


def _difference(one: Image.Image, other: Image.Image) -> int:
    """Return the largest difference of a sample, with colours as transparent as they are."""
    if one.mode == "RGBA":
        one, other = one.convert("RGBa"), other.convert("RGBa")
    assert (one.mode, one.size) == (other.mode, other.size)
    return max(abs(a - b) for a, b in zip(one.tobytes(), other.tobytes(), strict=True))


@_LINUX
def test_the_pinned_pillow_has_a_libwebp_that_can_be_called() -> None:
    """If this fails after an update of Pillow, every WebP costs twice the time and many times the memory."""
    assert _LIBRARY is not None
    assert all(_by_libwebp(_webp(kind)) is not None for kind in KINDS)


@_LINUX
@pytest.mark.parametrize(("kind", "megabytes"), [("lossy", 4), ("lossless", 40)])
def test_a_large_webp_is_decoded_at_a_smaller_scale(kind: str, megabytes: int) -> None:
    """Pillow's decode needs 130 MB for it."""
    data = _webp(kind, 3000, 2000)
    used = run_in_child(lambda: measure_peak(lambda: decode(data, _LIMIT, view_at(Fraction(1, 20)))))
    assert used < megabytes * 1_000_000


@pytest.mark.parametrize("path", ["/missing/libwebp.so", PIL._imaging.__file__])
def test_a_library_that_does_not_decode_webp_is_not_used(path: str) -> None:
    assert libwebp.open_library(path) is None


def test_pillow_decodes_an_animation() -> None:
    assert _by_libwebp(samples.animation("WEBP")) is None


@pytest.mark.parametrize(("kind", "size"), [("lossy", Size(200, 149)), ("lossy with alpha", Size(200, 150))])
def test_pillow_decodes_a_file_of_which_libwebp_says_something_else(kind: str, size: Size) -> None:
    assert libwebp.decode(_LIBRARY, _webp(kind), size, "RGB", Fraction(1)) is None


def test_pillow_decodes_without_a_library() -> None:
    assert libwebp.decode(None, _webp("lossy"), Size(200, 150), "RGB", Fraction(1)) is None
    assert libwebp.decodes(None, _webp("lossy")) is None


@given(st.sampled_from(sorted(KINDS)), _SIDES, _SIDES)
def test_a_decode_at_full_size_is_identical_to_that_of_pillow(kind: str, width: int, height: int) -> None:
    data = _webp(kind, width, height)
    made = _by_libwebp(data)
    assert made is not None
    assert (made.mode, made.tobytes()) == (KINDS[kind][0], _by_pillow(data).tobytes())


@given(st.sampled_from(sorted(KINDS)), _SIDES, _SIDES, st.fractions(Fraction(1, 500), 1))
def test_a_scaled_decode_shows_what_pillow_shows(kind: str, width: int, height: int, scale: Fraction) -> None:
    data = _webp(kind, width, height)
    decoded = decode(data, _LIMIT, view_at(scale))
    assert decoded.size == Size(width, height)
    expected = resample(_by_pillow(data), Size(*decoded.image.size), (0, 0, width, height))
    step = 255 / min(decoded.image.size)  # from one pixel of a gradient to the next
    assert _difference(decoded.image, expected) <= 8 + step / 4


@pytest.mark.parametrize("kind", ["lossless with alpha", "lossy with alpha"])
def test_transparent_pixels_do_not_colour_their_neighbours(kind: str) -> None:
    picture = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 201, 400))
    data = encoded(picture, "WEBP", exact=True, lossless=kind.startswith("lossless"), quality=100)
    edge = decode(data, _LIMIT, view_at(Fraction(1, 20))).image.crop((10, 0, 11, 20))
    red, _, blue, alpha = edge.resize((1, 1)).tobytes()
    assert 0 < alpha < 255
    assert (red < 20, blue > 230) == (True, True)


@given(st.integers(1, 16383), st.integers(1, 16383), st.fractions(Fraction(1, 1 << 20), 1))
def test_a_decode_keeps_twice_what_is_needed_and_no_sum_of_libwebp_overflows(
    width: int, height: int, scale: Fraction
) -> None:
    """libwebp adds up the samples of a source row, for all rows of an output row, in 32 bits."""
    size = libwebp.scaled_size(Size(width, height), scale)
    assert 2 * scale * width <= size.width <= width or size.width == width
    assert 2 * scale * height <= size.height <= height or size.height == height
    assert 255 * width * Fraction(height, size.height) < 1 << 32


@pytest.mark.parametrize("size", [(16383, 40), (40, 16383), (16383, 1), (1, 16383), (16383, 1100)])
def test_a_very_long_picture_keeps_its_colour(size: tuple[int, int]) -> None:
    """In one row, the sum of 16383 x 1100 samples would overflow: this grey would become another."""
    data = encoded(Image.new("RGB", size, (120, 120, 120)), "WEBP", lossless=True, method=0)
    made = libwebp.decode(_LIBRARY, data, Size(*size), "RGB", Fraction(1, 16383))
    assert made is not None
    assert set(made.tobytes()) == {120}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_profile_and_an_orientation_count_at_a_smaller_scale(orientation: int) -> None:
    data = photo(400, 300, "WEBP", orientation=orientation, icc_profile=sample_profiles.swapped_primaries())
    scaled, whole = (decode(data, _LIMIT, view_at(scale)) for scale in (Fraction(1, 10), Fraction(1)))
    assert (scaled.size, scaled.orientation) == (whole.size, orientation)
    assert all(near(one, other) for one, other in zip(corners(scaled.image), corners(whole.image), strict=True))


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("size", [(1, 1), (33, 17), (90, 71), (200, 150)])
def test_a_file_decodes_if_pillow_decodes_it(kind: str, size: tuple[int, int]) -> None:
    """Also if its coded data ends a few bytes early, which only a decoder notices."""
    data, answers = _webp(kind, *size), set()
    for count in range(60):
        shorter = _shorten(data, count)
        by_pillow = _code(partial(_decode_by_pillow, shorter)) == "decoded"
        assert libwebp.decodes(_LIBRARY, shorter) == by_pillow
        answers.add(by_pillow)
    assert True in answers
    assert size == (1, 1) or False in answers


def _shorten(data: bytes, count: int) -> bytes:
    """Cut bytes off the last chunk, and correct the sizes of the chunk and the file."""
    chunks = samples.riff_chunks(data)
    kind, payload = chunks[-1]
    return samples.riff(*chunks[:-1], (kind, payload[: max(0, len(payload) - count)]))


def _damaged(data: bytes, times: int) -> Iterator[bytes]:
    """Cut a file, or change some of its bytes, in ways that are the same in each run."""
    chance = random.Random(len(data))  # noqa: S311 - the damage must be the same in each run
    for _ in range(times):
        yield data[: chance.randrange(12, len(data))]
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(12, len(data) if chance.random() < 0.5 else 64)] = chance.randrange(256)
        yield bytes(changed)


def _code(work: Callable[[], object]) -> str:
    try:
        work()
    except ImageRejected as error:
        return error.code
    return "decoded"


def _decode_by_pillow(data: bytes) -> None:
    """Fail as decode() fails without libwebp."""
    try:
        _by_pillow(data)
    except Exception as error:
        cut = is_cut_short(data, ImageFormat.WEBP) or "truncated" in str(error)
        raise CorruptImage("damaged", code="truncated_image" if cut else None) from error
    if is_cut_short(data, ImageFormat.WEBP):
        raise CorruptImage("cut", code="truncated_image")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_damaged_file_has_the_code_that_it_has_by_pillow(kind: str) -> None:
    codes = set()
    for data in _damaged(_webp(kind, 90, 70), 150):
        expected = _code(partial(_decode_by_pillow, data))
        if expected == "decoded" and Image.open(io.BytesIO(data)).size > (2000, 2000):
            continue
        for scale in (Fraction(1), Fraction(1, 5)):
            assert _code(partial(decode, data, _LIMIT, view_at(scale))) == expected
        codes.add(expected)
    assert codes >= {"decoded", "corrupt_image", "truncated_image"}


@_LINUX
def test_the_structure_has_the_size_that_the_library_writes() -> None:
    """A later minor version of its ABI could add fields, and would write behind ours."""
    assert _LIBRARY is not None
    memory = bytearray(b"\xaa" * 2048)
    at = (ctypes.c_char * len(memory)).from_buffer(memory)
    assert _LIBRARY.WebPInitDecoderConfigInternal(
        ctypes.cast(at, ctypes.POINTER(libwebp._Config)), libwebp._DECODER_VERSION
    )
    assert len(memory.rstrip(b"\xaa")) == ctypes.sizeof(libwebp._Config)
