"""The background fills bars and lies behind transparent pixels, so that nothing is transparent."""

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.flows import variants
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.recipe import parse
from tests.pictures import encoded, near, opened, pixel

ORANGE = (255, 136, 0)
#: The luma of ORANGE (ITU-R BT.601).
ORANGE_GREY = 156


def _applied(image: Image.Image, **options: object) -> Image.Image:
    recipe = parse({"width": 40, "height": 40, "fit": "pad", "grayscale": False, "background": "ff8800"} | options)
    return recipe.apply(Decoded(image, ImageFormat.PNG, Size(*image.size)), 10**6)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_bars_have_the_background_and_nothing_is_transparent(mode: str) -> None:
    image = Image.new("RGB", (40, 20), (10, 60, 10)).convert(mode)
    padded = _applied(image)
    assert (padded.mode, pixel(padded, 20, 3)) == ("RGB", ORANGE)
    assert near(pixel(padded, 20, 20), pixel(image.convert("RGB"), 5, 5), 1)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize(("alpha", "expected"), [(0, ORANGE), (255, (0, 0, 0)), (128, (127, 68, 0))])
def test_the_background_is_behind_transparent_pixels(mode: str, alpha: int, expected: tuple[int, ...]) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, alpha)).convert(mode)
    assert near(pixel(_applied(image), 20, 20), expected, 2)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_grey_result_shows_the_grey_of_the_background(mode: str) -> None:
    padded = _applied(Image.new("RGB", (40, 20)).convert(mode), grayscale=True)
    assert padded.mode == "L"
    assert abs(pixel(padded, 20, 3)[0] - ORANGE_GREY) <= 1


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_photo_on_a_grey_background_stays_grey(mode: str) -> None:
    padded = _applied(Image.new(mode, (40, 20)), background="#808080")
    assert (padded.mode, pixel(padded, 20, 3)) == ("L", (128,))


def test_without_a_background_bars_and_transparency_stay() -> None:
    recipe = parse({"width": 40, "height": 40, "fit": "pad", "grayscale": False})
    decoded = Decoded(Image.new("RGBA", (40, 20), (0, 0, 0, 99)), ImageFormat.PNG, Size(40, 20))
    result = recipe.apply(decoded, 10**6)
    assert (pixel(result, 20, 3)[3], pixel(result, 20, 20)[3]) == (0, 99)
    assert "background" not in recipe.options()


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp", "avif"])
def test_both_variants_are_opaque_in_every_format(backends: Backends, image_format: str) -> None:
    data = encoded(Image.new("RGBA", (400, 300), (0, 0, 0, 0)), "PNG")
    recipe = parse({"background": "#FF8800", "grayscale": False, "format": image_format})
    assert recipe.options()["background"] == "#ff8800"
    for output in variants.render_variants(data, recipe, backends.settings).outputs.values():
        image = opened(output.data)
        assert image.mode == "RGB"
        assert near(pixel(image, 100, 100), ORANGE, 8)
