"""A decode has exactly the size that its outputs need, without a shift and without a second resample."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from chalicelib.imaging.codec import Decoded, decode
from chalicelib.imaging.geometry import Fit, Size, fit_size
from chalicelib.imaging.operations import resize
from chalicelib.imaging.views import plan_view
from tests import pictures
from tests.pictures import as_stored, near, photo, view_at

_LIMIT = 1_000_000


def _decoded(data: bytes, scale: Fraction, *, final: bool = True) -> Decoded:
    return decode(data, _LIMIT, view_at(scale, final=final))


@given(st.integers(1, 700), st.integers(1, 700), st.fractions(Fraction(1, 900), 2))
def test_a_decode_has_exactly_the_size_that_an_output_needs(width: int, height: int, scale: Fraction) -> None:
    scale = min(scale, Fraction(1))
    decoded = _decoded(pictures.encoded(Image.new("L", (width, height))), scale)
    assert Size(*decoded.image.size) == view_at(scale)(Size(width, height)).size
    assert (decoded.size, decoded.crop) == (Size(width, height), (0, 0, width, height))


@given(st.integers(1, 700), st.integers(1, 700), st.fractions(Fraction(1, 900), 1))
def test_a_decode_for_several_outputs_is_larger_than_each_but_never_enlarged(
    width: int, height: int, scale: Fraction
) -> None:
    needed = view_at(scale, final=False)(Size(width, height))
    decoded = _decoded(pictures.encoded(Image.new("L", (width, height))), scale, final=False)
    image, extent = decoded.image, decoded.extent or decoded.image.size
    assert (image.width, image.height) == (ceil(extent[0]), ceil(extent[1]))
    assert needed.size.width <= extent[0] <= width
    assert needed.size.height <= extent[1] <= height


def test_a_photo_much_larger_than_needed_is_reduced_while_decoding() -> None:
    assert _decoded(photo(800, 600), Fraction(1, 10)).image.size == (80, 60)


def test_a_photo_for_several_outputs_is_reduced_if_twice_their_size_is_at_most_half() -> None:
    scales = (Fraction(26, 100), Fraction(1, 4))
    sizes = [_decoded(photo(100, 80, "PNG"), scale, final=False).image.size for scale in scales]
    assert sizes == [(100, 80), (50, 40)]


def test_a_reduced_jpeg_is_not_shifted() -> None:
    """The decoder pads 65 pixels to 72 before it scales by 1/8. The padding must not become part of the picture."""
    gradient = Image.linear_gradient("L").resize((65, 65))
    reduced = _decoded(pictures.encoded(gradient, quality=98), Fraction(1, 16)).image
    expected = gradient.resize(reduced.size, Image.Resampling.LANCZOS)
    assert max(ImageChops.difference(reduced, expected).tobytes()) <= 4


def test_a_reduced_decode_averages_the_pixels() -> None:
    stripes = Image.new("L", (64, 64))
    stripes.putdata([255 * (index % 2) for index in range(64 * 64)])
    reduced = _decoded(pictures.encoded(stripes, "PNG"), Fraction(1, 8)).image
    assert all(near((level,), (127,), 8) for level in reduced.tobytes())


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("fits", [[(100, 75)], [(60, 20)], [(60, 20), (20, 60)], [(90, 90), (30, 30)]])
def test_each_output_is_that_of_a_full_decode(
    name: str, orientation: int, apart: bool, fits: list[tuple[int, int]]
) -> None:
    """Crop and place are exact for odd sizes, which the decoder pads, for each orientation and for shared decodes."""
    upright = Image.merge("RGB", [Image.linear_gradient("L").rotate(turn).resize((517, 389)) for turn in (0, 90, 180)])
    stored = as_stored(upright, orientation)
    data = pictures.encoded(stored, name, quality=98, subsampling=0, exif=pictures.exif(orientation))
    placements = [fit_size(Size(517, 389), *fit, Fit.COVER) for fit in fits]
    decoded = decode(data, _LIMIT, lambda _size: plan_view(placements, apart=apart))
    for placement in placements:
        made = resize(decoded.image, decoded.seen(placement), decoded.orientation, decoded.extent)
        expected = upright.resize(made.size, Image.Resampling.LANCZOS, placement.crop)
        assert max(ImageChops.difference(made, expected).tobytes()) <= 4
