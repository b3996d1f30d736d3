"""Properties of every placement, for every source and every box."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imaging.geometry import Crop, Fit, Size, fit_size, stored_crop

_SIDES = st.integers(1, 70_000)
_SIZES = st.builds(Size, _SIDES, _SIDES)
_BOXES = st.integers(1, 16_383)


@given(_SIZES, _BOXES, _BOXES, st.sampled_from(Fit))
def test_the_crop_is_inside_the_source_and_never_empty(source: Size, width: int, height: int, fit: Fit) -> None:
    placement = fit_size(source, width, height, fit)
    left, top, right, bottom = placement.crop
    assert 0 <= left < right <= source.width
    assert 0 <= top < bottom <= source.height
    assert placement.scaled.width <= placement.canvas.width
    assert placement.scaled.height <= placement.canvas.height


@given(_SIZES, _BOXES, _BOXES)
def test_contain_is_never_larger_than_the_box_or_the_source(source: Size, width: int, height: int) -> None:
    canvas = fit_size(source, width, height, Fit.CONTAIN).canvas
    assert canvas.width <= min(width, source.width)
    assert canvas.height <= min(height, source.height)


@given(_SIZES, _BOXES, _BOXES)
def test_contain_keeps_the_proportions_to_the_pixel(source: Size, width: int, height: int) -> None:
    scaled = fit_size(source, width, height, Fit.CONTAIN).scaled
    ratio = min(Fraction(width, source.width), Fraction(height, source.height), Fraction(1))
    assert abs(scaled.width - source.width * ratio) < 1
    assert abs(scaled.height - source.height * ratio) < 1


@given(_SIZES, _BOXES, _BOXES, st.sampled_from([Fit.COVER, Fit.PAD, Fit.STRETCH]))
def test_the_other_fits_fill_the_box_exactly(source: Size, width: int, height: int, fit: Fit) -> None:
    assert fit_size(source, width, height, fit).canvas == Size(width, height)


@given(_SIZES, _BOXES, _BOXES)
def test_cover_crops_to_the_proportions_of_the_box_to_the_pixel(source: Size, width: int, height: int) -> None:
    left, top, right, bottom = fit_size(source, width, height, Fit.COVER).crop
    across, down = Fraction(source.width, width), Fraction(source.height, height)
    ratio = min(across, down)
    assert abs(right - left - max(Fraction(1), width * ratio)) < 1
    assert abs(bottom - top - max(Fraction(1), height * ratio)) < 1


@given(_SIZES, _BOXES, _BOXES)
def test_cover_crops_around_the_centre(source: Size, width: int, height: int) -> None:
    left, top, right, bottom = fit_size(source, width, height, Fit.COVER).crop
    assert abs(left - (source.width - right)) <= 1
    assert abs(top - (source.height - bottom)) <= 1


@given(_SIZES, _BOXES)
def test_a_side_without_a_limit_follows_the_other(source: Size, width: int) -> None:
    canvas = fit_size(source, width, None, Fit.CONTAIN).canvas
    assert canvas.width == min(width, source.width)


@given(_SIZES, _BOXES, _BOXES, st.sampled_from(Fit))
def test_the_ratios_are_those_of_the_output_to_its_crop(source: Size, width: int, height: int, fit: Fit) -> None:
    placement = fit_size(source, width, height, fit)
    left, top, right, bottom = placement.crop
    across, down = placement.ratios
    assert across * (right - left) == placement.scaled.width
    assert down * (bottom - top) == placement.scaled.height


@given(_SIZES, _BOXES, _BOXES, st.sampled_from(Fit))
def test_a_part_that_is_exactly_the_crop_is_used_whole(source: Size, width: int, height: int, fit: Fit) -> None:
    placement = fit_size(source, width, height, fit)
    seen = placement.seen_in(placement.crop)
    assert seen.crop == (0, 0, seen.source.width, seen.source.height)
    assert (seen.scaled, seen.canvas) == (placement.scaled, placement.canvas)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, (1, 2, 5, 9)),
        (2, (15, 2, 19, 9)),
        (3, (15, 21, 19, 28)),
        (4, (1, 21, 5, 28)),
        (5, (2, 1, 9, 5)),
        (6, (2, 15, 9, 19)),
        (7, (21, 15, 28, 19)),
        (8, (21, 1, 28, 5)),
    ],
)
def test_a_crop_of_the_upright_picture_is_found_in_the_stored_one(orientation: int, expected: Crop) -> None:
    assert stored_crop((1, 2, 5, 9), Size(20, 30), orientation) == expected


@pytest.mark.parametrize(("source", "expected"), [(Size(2000, 1), Size(100, 1)), (Size(1, 2000), Size(1, 100))])
def test_a_very_narrow_picture_keeps_one_pixel(source: Size, expected: Size) -> None:
    assert fit_size(source, 100, 100, Fit.CONTAIN).canvas == expected


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-1, 5)])
def test_a_size_below_1x1_raises_an_error(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="at least 1x1"):
        Size(width, height)


def test_transposing_swaps_the_sides() -> None:
    assert Size(3, 2).transposed == Size(2, 3)
