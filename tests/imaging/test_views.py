"""One decode serves all outputs: it is exact for the largest, and no output is made from one of almost its size."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.imaging.geometry import Fit, Placement, Size, fit_size
from chalicelib.imaging.views import View, plan_view, reduce, whole_view

_SIDES, _BOXES = st.integers(1, 9_000), st.integers(1, 5_000)
_FITS = st.tuples(_BOXES, _BOXES, st.sampled_from(Fit))


def _inside(inner: tuple[int, ...], outer: tuple[int, ...]) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


@given(_SIDES, _SIDES, st.lists(_FITS, min_size=1, max_size=3))
def test_a_view_shows_what_each_output_shows_and_enlarges_nothing(
    width: int, height: int, fits: list[tuple[int, int, Fit]]
) -> None:
    placements = [fit_size(Size(width, height), *fit) for fit in fits]
    view = plan_view(placements)
    assert _inside(view.crop, (0, 0, width, height))
    assert all(_inside(each.crop, view.crop) for each in placements)
    assert view.scale <= 1


@given(_SIDES, _SIDES, st.lists(_FITS, min_size=1, max_size=3))
def test_a_view_is_as_large_as_each_output_needs(width: int, height: int, fits: list[tuple[int, int, Fit]]) -> None:
    placements = [fit_size(Size(width, height), *fit) for fit in fits]
    view = plan_view(placements)
    left, top, right, bottom = view.crop
    across, down = Fraction(view.size.width, right - left), Fraction(view.size.height, bottom - top)
    assert all(
        min(x, Fraction(1)) <= across and min(y, Fraction(1)) <= down for x, y in (each.ratios for each in placements)
    )


@given(_SIDES, _SIDES, _FITS)
def test_the_view_of_one_output_is_that_output(width: int, height: int, fit: tuple[int, int, Fit]) -> None:
    placement = fit_size(Size(width, height), *fit)
    view, scaled = plan_view([placement, placement]), placement.scaled
    left, top, right, bottom = view.crop
    assert (view.crop, view.final) == (placement.crop, True)
    assert view.size == Size(min(scaled.width, right - left), min(scaled.height, bottom - top))


def _plan(source: Size, *boxes: tuple[int, int, Fit]) -> View:
    return plan_view([fit_size(source, *box) for box in boxes])


def test_a_photo_that_is_not_exactly_4_to_3_is_decoded_to_the_size_of_its_output() -> None:
    view = _plan(Size(4080, 3328), (800, 800, Fit.CONTAIN), (300, 300, Fit.COVER))
    assert view == View((0, 0, 4080, 3328), Size(800, 653))


@pytest.mark.parametrize(
    "others",
    [
        [(560, 560, Fit.CONTAIN)],
        [(300, 300, Fit.COVER), (700, 700, Fit.CONTAIN)],
    ],
)
def test_an_output_of_almost_the_same_size_is_not_made_from_the_other(others: list[tuple[int, int, Fit]]) -> None:
    assert not _plan(Size(4000, 3000), (800, 800, Fit.CONTAIN), *others).final


def test_outputs_of_different_crops_share_what_both_show() -> None:
    view = _plan(Size(1000, 1000), (500, 100, Fit.COVER), (100, 500, Fit.COVER))
    assert view == View((0, 0, 1000, 1000), Size(500, 500), final=False)


def test_a_view_of_a_photo_on_its_side_is_transposed() -> None:
    view = View((10, 20, 40, 80), Size(15, 30)).as_stored(Size(100, 200), 6)
    assert view == View((20, 60, 80, 90), Size(30, 15))


def test_the_scale_is_the_larger_one_of_both_sides() -> None:
    assert View((10, 0, 20, 50), Size(4, 30)).scale == Fraction(3, 5)


def test_a_large_image_is_reduced_only_if_that_halves_it() -> None:
    """The memory for the step between is that of the whole height."""
    image, size = Image.new("L", (4000, 2001)), Size(4000, 2001)
    assert reduce(image, View((0, 0, 4000, 2001), Size(2001, 1001)), size, image.size) is None
    half = reduce(image, View((0, 0, 4000, 2001), Size(2000, 1000)), size, image.size)
    assert half is not None
    assert half.size == (2000, 1000)


def test_a_crop_is_cut_out_without_the_padding_of_the_decoder() -> None:
    """Of 65 pixels at 1/8, the decoder makes 9. The ninth shows only an eighth of a pixel."""
    image = Image.new("L", (9, 9))
    image.paste(255, (8, 0, 9, 9))
    reduced = reduce(image, View((0, 0, 65, 65), Size(4, 4)), Size(65, 65), (65 / 8, 65 / 8))
    assert reduced is not None
    assert max(reduced.tobytes()) < 60


def test_the_whole_view_is_the_photo() -> None:
    assert whole_view(Size(7, 5)) == View((0, 0, 7, 5), Size(7, 5))


@given(_SIDES, _SIDES, _FITS)
def test_what_an_output_needs_of_its_own_view_is_all_of_it(width: int, height: int, fit: tuple[int, int, Fit]) -> None:
    placement: Placement = fit_size(Size(width, height), *fit)
    seen = placement.seen_in(plan_view([placement]).crop)
    assert seen.crop == (0, 0, seen.source.width, seen.source.height)


def test_few_pixels_are_left_to_outputs_that_are_made_apart() -> None:
    size, view = Size(400, 200), View((0, 0, 400, 200), Size(40, 20), apart=True)
    assert reduce(Image.new("L", (400, 200)), view, size, (400, 200)) is None
    many = Image.new("L", (4000, 2001))
    reduced = reduce(many, View((0, 0, 4000, 2001), Size(40, 20), apart=True), Size(4000, 2001), many.size)
    assert reduced is not None
    assert reduced.size == (40, 20)
