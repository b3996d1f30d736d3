"""Letters and logos are put on an image in their order, in its mode, and never on the image that was given."""

import pytest
from PIL import Image

from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.overlays import Brought, Overlay, put_on
from chalicelib.imaging.recipe import parse
from tests.pictures import picture, pixel

_MODES = ["L", "LA", "RGB", "RGBA"]
_BOX = (10, 20, 30, 40)
_OPTIONS = {"grayscale": False, "watermark": "Darkroom", "watermark_size": 20, "logo": "a.png", "logo_scale": 50}


def _full(mask: int = 255) -> Image.Image:
    return Image.new("L", (20, 20), mask)


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("paint", ["#ff0000", Image.new("RGB", (20, 20), "#ff0000")])
def test_a_colour_and_a_picture_cover_their_box_in_every_mode(mode: str, paint: str | Image.Image) -> None:
    image = Image.new("RGB", (60, 60), "white").convert(mode)
    before = image.tobytes()
    covered = put_on(image, [Overlay(_BOX, paint, _full())])
    assert (covered.mode, image.tobytes()) == (mode, before)
    assert pixel(covered.convert("RGB"), 10, 20) == ((255, 0, 0) if mode.startswith("RGB") else (76, 76, 76))
    assert {pixel(covered.convert("RGB"), *at) for at in ((9, 20), (30, 39), (10, 40))} == {(255, 255, 255)}


def test_a_later_overlay_covers_an_earlier_one_by_its_mask() -> None:
    layers = [Overlay(_BOX, "#000000", _full()), Overlay(_BOX, "#ffffff", _full(51))]
    assert pixel(put_on(Image.new("RGB", (60, 60), "red"), layers), 15, 25) == (51, 51, 51)


def test_without_overlays_the_image_is_the_same() -> None:
    image = picture()
    assert put_on(image, []) is image


@pytest.mark.parametrize("mode", _MODES)
def test_overlays_that_were_drawn_before_make_the_same_pixels(mode: str) -> None:
    recipe, brought = parse(_OPTIONS), Brought(logo=picture(30, 20).convert("RGBA"))
    drawn = tuple(recipe.draw_overlays((0, 0, 64, 48), brought))
    for level in (0, 90, 255):
        frame = Decoded(Image.new("L", (64, 48), level).convert(mode), ImageFormat.PNG, Size(64, 48))
        anew, again = recipe.apply(frame, 10**6, brought), recipe.apply(frame, 10**6, brought, drawn)
        assert anew.tobytes() == again.tobytes() != frame.image.tobytes()
