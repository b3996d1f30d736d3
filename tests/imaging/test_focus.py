"""The options gravity and focus say what a crop keeps."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.codec import Decoded, decode
from chalicelib.imaging.focus import AUTO, Focus, aim, read_focus, write_focus
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import CENTER, Fit, Gravity, Point, Size, fit_size
from chalicelib.imaging.recipe import parse, parse_stored
from chalicelib.imaging.views import View, plan_view
from tests.pictures import as_stored, encoded, exif, near, pixel

RED, GREEN, BLUE = (220, 20, 20), (20, 220, 20), (20, 20, 220)
_SHARES = st.decimals(0, 1, places=4).map(str)
_MOST = 51_000_000


def bands(width: int = 300, height: int = 900) -> Image.Image:
    """Draw bands of red, green and blue, each a third of the longer side."""
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate((RED, GREEN, BLUE)):
        left, top = (number * width // 3, 0) if width > height else (0, number * height // 3)
        image.paste(colour, (left, top, width, height))
    return image


def _colours(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours at both ends of the longer axis, or of the vertical one."""
    return [pixel(image, 2, 2), pixel(image, image.width - 3, image.height - 3)]


def _cropped(options: dict[str, object], image: Image.Image, orientation: int = 1) -> Image.Image:
    recipe = parse({"width": 100, "height": 100, "fit": "cover", "grayscale": False} | options)
    stored = as_stored(image, orientation)
    data = encoded(stored, "PNG", exif=exif(orientation))

    def view_for(size: Size) -> View:
        view = plan_view([recipe.place(size)])
        return replace(view, aimed=lambda edges: plan_view([recipe.place(size, edges)])) if recipe.needs_edges else view

    return recipe.apply(decode(data, _MOST, view_for), 16_000_000)


_BANDS = {
    **dict.fromkeys(("north-west", "north", "north-east"), RED),
    **dict.fromkeys(("west", "center", "east"), GREEN),
    **dict.fromkeys(("south-west", "south", "south-east"), BLUE),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("gravity", "colour"), _BANDS.items())
def test_each_gravity_keeps_its_band_of_the_upright_picture(
    gravity: str, colour: tuple[int, int, int], orientation: int
) -> None:
    cropped = _cropped({"gravity": gravity}, bands(), orientation)
    assert [near(each, colour, 2) for each in _colours(cropped)] == [True, True]


@pytest.mark.parametrize(("gravity", "colour"), [("west", RED), ("north", GREEN), ("south-east", BLUE)])
def test_a_wide_picture_is_cropped_along_its_width(gravity: str, colour: tuple[int, int, int]) -> None:
    assert all(near(each, colour, 2) for each in _colours(_cropped({"gravity": gravity}, bands(900, 300))))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("focus", "top", "bottom"),
    [("0.5,0.9", BLUE, BLUE), ("0.1,0", RED, RED), ("1,0.5", GREEN, GREEN), ("0,0.3333", RED, GREEN)],
)
def test_a_focus_keeps_what_is_around_its_point(
    focus: str, top: tuple[int, int, int], bottom: tuple[int, int, int], orientation: int
) -> None:
    first, last = _colours(_cropped({"focus": focus}, bands(), orientation))
    assert (near(first, top, 2), near(last, bottom, 2)) == (True, True)


@pytest.mark.parametrize(("orientation", "scale"), [(1, 1), (6, 1), (3, 8), (8, 8), (5, 4), (7, 2)])
def test_auto_keeps_the_busiest_band_also_of_a_reduced_decode(orientation: int, scale: int) -> None:
    image = Image.new("RGB", (300 * scale, 900 * scale), "grey")
    noise = Image.effect_noise((300, 200), 90).convert("RGB").resize((300 * scale, 200 * scale))
    image.paste(noise, (0, 650 * scale))
    cropped = _cropped({"gravity": AUTO}, image, orientation).convert("L")
    assert sum(value != 128 for value in cropped.tobytes()) > 0.6 * 100 * 100
    centred = _cropped({}, image, orientation).convert("L")
    assert sum(abs(value - 128) > 2 for value in centred.tobytes()) == 0


def test_a_gravity_is_a_point() -> None:
    placement = fit_size(Size(301, 900), 100, 100, Fit.COVER)
    assert aim(placement, Gravity.CENTER) == placement == aim(placement, CENTER)
    assert aim(placement, Gravity.NORTH_EAST) == aim(placement, Point(Fraction(1), Fraction(0)))
    assert aim(placement, Gravity.SOUTH).crop == (0, 599, 301, 900)


def test_without_edges_auto_has_the_size_of_its_crop() -> None:
    placement = fit_size(Size(300, 900), 100, 100, Fit.COVER)
    assert aim(placement, AUTO) == placement


@given(_SHARES, _SHARES)
def test_a_point_is_written_as_it_is_read(x: str, y: str) -> None:
    read = read_focus({"focus": f"{x},{y}"}, marks=False)
    assert read_focus(write_focus(read), marks=False) == read
    assert all(len(part) <= 6 for part in write_focus(read)["focus"].split(","))


@pytest.mark.parametrize(
    "text",
    ["", "0.5", "0.5,", "0.5,1.1", "-0.1,0", "0.5;0.5", "0.5, 0.5", "1e-1,0", "0.12345,0", "\u0660,0", "0.5,0.5\n"],
)
def test_a_focus_that_is_no_point_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="focus") as caught:
        parse({"focus": text})
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize("gravity", ["north", "auto", "center"])
def test_gravity_and_focus_together_are_refused(gravity: str) -> None:
    with pytest.raises(InvalidRequest, match="focus and gravity") as caught:
        parse({"gravity": gravity, "focus": "0.5,0.9"})
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize(
    ("options", "crop", "place"),
    [
        ({"fit": "cover"}, "center", "south-east"),
        ({"fit": "cover", "gravity": "north"}, "north", "south-east"),
        ({"fit": "cover", "gravity": "north", "watermark_gravity": "west"}, "north", "west"),
        ({"fit": "cover", "gravity": "auto"}, "auto", "south-east"),
        ({"fit": "contain"}, "center", "south-east"),
        ({"fit": "contain", "gravity": "north"}, "center", "north"),
        ({"fit": "pad", "gravity": "north", "watermark_gravity": "west"}, "north", "west"),
        ({"fit": "stretch", "gravity": "auto"}, "auto", "south-east"),
        ({"fit": "contain", "focus": "0.25,1"}, Point(Fraction(1, 4), Fraction(1)), "south-east"),
    ],
)
def test_the_fit_decides_what_gravity_means_beside_a_watermark(
    options: dict[str, object], crop: Focus, place: str
) -> None:
    recipe = parse({"width": 9, "height": 9, "watermark": "x"} | options)
    assert recipe.watermark is not None
    assert (recipe.focus, recipe.watermark.gravity) == (crop, place)
    assert parse(recipe.options()) == recipe


def test_without_a_watermark_gravity_steers_the_crop_of_resized_under_every_fit() -> None:
    assert parse({"gravity": "north"}).focus is Gravity.NORTH
    assert parse({"gravity": "north"}).options()["gravity"] == "north"


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({}, {}),
        ({"preset": "thumbnail"}, {"gravity": "center"}),
        ({"preset": "thumbnail", "focus": "1.0,.50"}, {"focus": "1,0.5"}),
        ({"gravity": "auto"}, {"gravity": "auto"}),
        ({"watermark": "x"}, {"watermark_gravity": "south-east"}),
    ],
)
def test_a_recipe_spells_what_steers_it(options: dict[str, object], written: dict[str, object]) -> None:
    names = {"gravity", "focus", "watermark_gravity"}
    assert {name: value for name, value in parse(options).options().items() if name in names} == written


def test_a_recipe_from_before_has_the_place_of_its_watermark_in_gravity() -> None:
    stored = {"width": 9, "height": 9, "fit": "cover", "watermark": "x", "gravity": "north"}
    before = parse_stored(stored)
    assert before.watermark is not None
    assert (before.focus, before.watermark.gravity) == (Gravity.CENTER, Gravity.NORTH)
    now = stored | {"watermark_gravity": "west"}
    assert parse_stored(now) == parse(now)
    assert parse_stored({"fit": "contain", "gravity": "north"}) == parse({"gravity": "north"})


def test_a_decoded_image_without_edges_is_cropped_at_its_centre() -> None:
    recipe = parse({"width": 100, "height": 100, "fit": "cover", "gravity": "auto", "grayscale": False})
    decoded = Decoded(bands(), ImageFormat.PNG, Size(300, 900))
    assert near(pixel(recipe.apply(decoded, _MOST), 50, 50), GREEN, 2)
