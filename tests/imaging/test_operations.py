"""Each operation returns a new image and does not change its argument."""

import pytest
from PIL import Image, ImageChops

from chalicelib.imaging.geometry import Fit, Size, fit_size
from chalicelib.imaging.operations import grayscale, orient, resize
from chalicelib.imaging.watermark import Watermark
from tests.imaging.marks import watermark
from tests.pictures import CORNERS, as_stored, corners, near, picture, pixel

_MODES = ["L", "LA", "RGB", "RGBA"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_becomes_upright(orientation: int) -> None:
    assert corners(orient(as_stored(picture(), orientation), orientation)) == list(CORNERS)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("width", "height"), [(20, 20), (64, 8), (8, 48)])
def test_a_rotated_picture_gets_the_crop_of_the_upright_one(orientation: int, width: int, height: int) -> None:
    placement = fit_size(Size(65, 47), width, height, Fit.COVER)
    upright = resize(picture(65, 47), placement)
    turned = resize(as_stored(picture(65, 47), orientation), placement, orientation)
    assert turned.size == upright.size == (width, height)
    assert max(ImageChops.difference(turned, upright).convert("L").tobytes()) <= 2


def test_padding_surrounds_the_whole_upright_picture() -> None:
    placement = fit_size(Size(64, 48), 100, 100, Fit.PAD)
    padded = resize(as_stored(picture(), 6), placement, 6)
    assert pixel(padded, 50, 5) == pixel(padded, 5, 50) == (255, 255, 255)
    assert near(pixel(padded, 30, 35), CORNERS[0], 1)


def test_the_bars_of_a_picture_with_alpha_are_transparent() -> None:
    placement = fit_size(Size(64, 48), 64, 64, Fit.PAD)
    assert pixel(resize(picture(mode="RGBA"), placement), 32, 2)[3] == 0


def test_a_reduced_decode_gives_the_same_picture_as_a_full_decode() -> None:
    placement = fit_size(Size(640, 480), 80, 80, Fit.COVER)
    full, reduced = resize(picture(640, 480), placement), resize(picture(320, 240), placement)
    assert [near(one, other, 2) for one, other in zip(corners(full), corners(reduced), strict=True)] == [True] * 4


@pytest.mark.parametrize("mode", _MODES)
def test_greyscale_keeps_the_alpha_channel(mode: str) -> None:
    image = picture(mode=mode)
    grey = grayscale(image)
    assert grey.mode == ("LA" if "A" in mode else "L")
    assert near(pixel(grey, 0, 0)[:1], (94,), 1)
    if "A" in mode:
        assert grey.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize("mode", _MODES)
def test_operations_do_not_change_their_argument(mode: str) -> None:
    image = picture(mode=mode)
    before = image.tobytes()
    resize(image, fit_size(Size(64, 48), 10, 10, Fit.PAD), 6)
    grayscale(image)
    watermark(image, Watermark("Darkroom"))
    assert (image.mode, image.tobytes()) == (mode, before)


def test_a_picture_of_the_right_size_is_not_copied() -> None:
    image = Image.new("RGB", (40, 30))

    assert resize(image, fit_size(Size(40, 30), 40, 30, Fit.STRETCH)) is image
    assert resize(image, fit_size(Size(40, 30), 39, 30, Fit.STRETCH)) is not image
    assert resize(image, fit_size(Size(30, 40), 30, 40, Fit.STRETCH), 6).size == (30, 40)
