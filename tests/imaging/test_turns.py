"""rotate and flip: eight turns, composed with the orientation of the photo."""

import itertools

import pytest
from PIL import Image, ImageChops

from chalicelib.errors import InvalidRequest
from chalicelib.flows import variants
from chalicelib.imaging.codec import decode
from chalicelib.imaging.operations import orient
from chalicelib.imaging.recipe import parse
from chalicelib.imaging.turns import UPRIGHT, compose, inverse, read_turn, write_turn
from tests.imaging.test_focus import bands
from tests.pictures import as_stored, corners, encoded, exif, near, picture

TURNS = range(1, 9)
_PILLOW = {
    ("rotate", 90): Image.Transpose.ROTATE_270,
    ("rotate", 180): Image.Transpose.ROTATE_180,
    ("rotate", 270): Image.Transpose.ROTATE_90,
    ("flip", "horizontal"): Image.Transpose.FLIP_LEFT_RIGHT,
    ("flip", "vertical"): Image.Transpose.FLIP_TOP_BOTTOM,
}
_OPTIONS = [
    dict(each)
    for count in (0, 1, 2)
    for each in itertools.combinations(_PILLOW, count)
    if len({name for name, _ in each}) == count
]


def _turned(image: Image.Image, options: dict[str, object]) -> Image.Image:
    """Turn by Pillow: rotate first, then mirror."""
    for name in ("rotate", "flip"):
        if name in options:
            image = image.transpose(_PILLOW[name, options[name]])
    return image


def _applied(options: dict[str, object], image: Image.Image, orientation: int) -> Image.Image:
    recipe = parse({"grayscale": False} | options)
    data = encoded(as_stored(image, orientation), "PNG", exif=exif(orientation))
    return recipe.apply(decode(data, 51_000_000, variants.view_for([recipe], recipe)), 16_000_000)


@pytest.mark.parametrize("options", _OPTIONS, ids=str)
@pytest.mark.parametrize("orientation", TURNS)
def test_a_photo_is_turned_from_its_upright_state(options: dict[str, object], orientation: int) -> None:
    turned = _applied({"width": 64, "height": 64} | options, picture(), orientation)
    assert turned.size == _turned(picture(), options).size
    assert corners(turned) == corners(_turned(picture(), options))


@pytest.mark.parametrize("options", _OPTIONS, ids=str)
@pytest.mark.parametrize("orientation", [1, 6, 3, 5])
@pytest.mark.parametrize(
    "steered", [{"gravity": "north"}, {"gravity": "east"}, {"focus": "0.9,0.8"}, {"gravity": "auto"}], ids=str
)
@pytest.mark.parametrize("fit", ["cover", "pad", "contain"])
def test_the_options_speak_of_the_turned_picture(
    options: dict[str, object], orientation: int, steered: dict[str, object], fit: str
) -> None:
    """The result is that of a photo which was turned before it was sent."""
    box: dict[str, object] = {"width": 90, "height": 60, "fit": fit}
    turned = _applied(box | steered | options, bands(), orientation)
    expected = _applied(box | steered, _turned(bands(), options), 1)
    assert turned.size == expected.size
    # The edges of bands may differ by one step of a resample.
    differing = sum(value > 60 for value in ImageChops.difference(turned, expected).convert("L").tobytes())
    assert differing <= 0.05 * turned.width * turned.height


@pytest.mark.parametrize("orientation", [1, 8])
def test_a_reduced_decode_is_turned_as_a_whole_one(orientation: int) -> None:
    data = encoded(as_stored(picture(1600, 1200), orientation), "JPEG", quality=90, exif=exif(orientation))
    recipe = parse({"width": 100, "height": 100, "rotate": 90, "fit": "contain", "grayscale": False})
    turned = recipe.apply(decode(data, 51_000_000, variants.view_for([recipe], recipe)), 16_000_000)
    assert turned.size == (75, 100)
    expected = corners(_turned(picture(), {"rotate": 90}))
    assert all(near(one, other, 6) for one, other in zip(corners(turned), expected, strict=True))


@pytest.mark.parametrize("first", TURNS)
@pytest.mark.parametrize("then", TURNS)
def test_a_composed_turn_does_one_and_then_the_other(first: int, then: int) -> None:
    image = picture(5, 3)
    assert orient(image, compose(first, then)).tobytes() == orient(orient(image, first), then).tobytes()


@pytest.mark.parametrize("turn", TURNS)
def test_a_turn_is_undone_and_written_as_it_is_read(turn: int) -> None:
    assert compose(turn, inverse(turn)) == compose(inverse(turn), turn) == UPRIGHT
    assert read_turn(write_turn(turn)) == turn


def test_options_are_as_short_as_can_be() -> None:
    assert [write_turn(turn) for turn in (1, 2, 3, 4, 6, 8)] == [
        {},
        {"flip": "horizontal"},
        {"rotate": 180},
        {"flip": "vertical"},
        {"rotate": 90},
        {"rotate": 270},
    ]


@pytest.mark.parametrize(
    "options", [{"rotate": 45}, {"rotate": "0"}, {"rotate": "-90"}, {"flip": "both"}, {"flip": ""}]
)
def test_any_other_turn_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(options)
    assert caught.value.code == "bad_option"
