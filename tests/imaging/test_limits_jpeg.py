"""The limit of a JPEG counts what is decoded: the pixels at the scale that is needed, and kept coefficients."""

import struct
from fractions import Fraction
from math import ceil

import pytest

from chalicelib.errors import CorruptImage, ImageRejected
from chalicelib.imaging.codec import decode, probe
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.limits import MAX_SCANS, REDUCED_SHARE, SCANS_BYTES, reduction
from chalicelib.imaging.views import View, whole_view
from chalicelib.settings import Limits
from tests.pictures import one_component_first, photo, repeated_scan, view_at

_LIMIT = 10_000


def _outcome(data: bytes, limit: int, scale: Fraction) -> str:
    try:
        probe(data, limit, view_at(scale))
    except ImageRejected as error:
        return error.code
    return "accepted"


@pytest.mark.parametrize(
    ("scale", "divisor"),
    [(Fraction(1), 1), (Fraction(1, 2), 1), (Fraction(4, 9), 2), (Fraction(2, 9), 4), (Fraction(1, 9), 8)],
)
def test_the_limit_counts_the_pixels_that_a_jpeg_decodes(scale: Fraction, divisor: int) -> None:
    data = photo(360, 270)
    least = 360 * 270 // min(divisor * divisor, REDUCED_SHARE)
    assert reduction(Size(360, 270), scale) == divisor
    assert (_outcome(data, least, scale), _outcome(data, least - 1, scale)) == ("accepted", "too_many_pixels")
    assert decode(data, least, view_at(scale)).size == Size(360, 270)


def test_the_scale_is_that_of_the_upright_photo() -> None:
    seen: list[Size] = []

    def view_for(size: Size) -> View:
        seen.append(size)
        return whole_view(size)

    probe(photo(64, 48, orientation=6), _LIMIT, view_for)
    assert seen == [Size(64, 48)]


@pytest.mark.parametrize("name", ["PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
def test_other_formats_are_decoded_whole_at_every_scale(name: str) -> None:
    assert _outcome(photo(320, 240, name), 40_000, Fraction(1, 16)) == "too_many_pixels"


@pytest.mark.parametrize(("subsampling", "samples"), [(0, Fraction(3)), (1, Fraction(2)), (2, Fraction(3, 2))])
@pytest.mark.parametrize(("scale", "divisor"), [(Fraction(1), 1), (Fraction(1, 16), 8)])
def test_a_progressive_jpeg_is_judged_by_its_coefficients(
    subsampling: int, samples: Fraction, scale: Fraction, divisor: int
) -> None:
    data = photo(320, 240, progressive=True, subsampling=subsampling)
    bytes_of_a_pixel = 2 * samples + Fraction(4, divisor * divisor)
    least = max(ceil(320 * 240 * bytes_of_a_pixel / SCANS_BYTES), 320 * 240 // divisor**2)
    assert (_outcome(data, least, scale), _outcome(data, least - 1, scale)) == ("accepted", "too_many_pixels")


def test_a_large_jpeg_may_have_fewer_scans() -> None:
    data = repeated_scan(photo(320, 240, progressive=True), 60)
    assert _outcome(data, 320 * 240 * 2, Fraction(1, 16)) == "accepted"
    assert _outcome(data, 320 * 240 * 2 // 3, Fraction(1, 16)) == "too_many_scans"


@pytest.mark.parametrize("size", [(8192, 6144), (8160, 6144)])
def test_a_photo_of_50_megapixels_of_a_phone_is_within_the_limit(size: tuple[int, int]) -> None:
    assert Size(*size).pixels <= Limits().input_pixels


@pytest.mark.parametrize(("size", "scale"), [((12_000, 9_000), Fraction(1, 15)), ((16_384, 12_288), Fraction(1, 20))])
def test_a_photo_of_108_or_200_megapixels_is_within_the_limit_at_a_reduced_scale(
    size: tuple[int, int], scale: Fraction
) -> None:
    """Only the header is read, so its size can be written into a small file."""
    data = photo(64, 48)
    at = data.index(b"\xff\xc0") + 5
    large = data[:at] + struct.pack(">HH", size[1], size[0]) + data[at + 4 :]
    assert _outcome(large, Limits().input_pixels, scale) == "accepted"
    assert _outcome(large, Limits().input_pixels, Fraction(1)) == "too_many_pixels"


def test_scans_behind_a_scan_of_all_components_are_not_counted_and_not_decoded() -> None:
    """libjpeg expects the end of the picture there (ITU-T T.81, B.2.3), so they cost nothing."""
    data = repeated_scan(photo(64, 48), MAX_SCANS + 1)
    assert _outcome(data, _LIMIT, Fraction(1)) == "accepted"
    with pytest.raises(CorruptImage) as caught:
        decode(data, _LIMIT, whole_view)
    assert caught.value.code == "corrupt_image"


def test_scans_behind_a_scan_of_one_component_are_counted() -> None:
    assert _outcome(repeated_scan(one_component_first(photo(64, 48)), MAX_SCANS + 1), _LIMIT, Fraction(1)) == (
        "too_many_scans"
    )


def test_scans_are_counted_once() -> None:
    """decode() counts them only if probe() has not."""
    data = repeated_scan(photo(64, 48, progressive=True), MAX_SCANS)
    with pytest.raises(CorruptImage) as caught:
        decode(data, _LIMIT, whole_view)
    assert caught.value.code == "too_many_scans"
    assert decode(data, _LIMIT, whole_view, probed=True).size == Size(64, 48)
