"""Scaling is exact to fractions of a pixel, and transparent pixels have no colour."""

import pytest
from PIL import Image, ImageChops

from chalicelib.imaging.geometry import Size
from chalicelib.imaging.resampling import resample
from tests.pictures import near, picture, pixel

_WHOLE = (0.0, 0.0, 64.0, 48.0)


def test_an_image_of_the_right_size_is_not_copied() -> None:
    image = picture()
    assert resample(image, Size(64, 48), _WHOLE) is image
    assert resample(image, Size(64, 48), (0, 0, 63.5, 48)) is not image


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "LAB"])
@pytest.mark.parametrize("size", [Size(20, 15), Size(3, 2), Size(100, 90), Size(100, 2)])
def test_every_mode_keeps_its_mode(mode: str, size: Size) -> None:
    image = Image.merge(mode, [Image.linear_gradient("L").resize((64, 48))] * len(Image.getmodebands(mode) * " "))
    result = resample(image, size, _WHOLE)
    assert (result.mode, result.size) == (mode, (size.width, size.height))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("side", [400, 48])
def test_transparent_pixels_do_not_colour_their_neighbours(mode: str, side: int) -> None:
    """A pixel in two is red and transparent; the others are white."""
    shape = Image.new(mode, (side, side), (255, 255) if mode == "LA" else (255, 255, 255, 255))
    hidden = (0, 0) if mode == "LA" else (255, 0, 0, 0)
    for x in range(0, side, 2):
        shape.paste(hidden, (x, 0, x + 1, side))
    for colour in (pixel(resample(shape, Size(16, 16), (0, 0, side, side)), x, 8) for x in range(16)):
        assert near(colour[:-1], (255,) * len(colour[:-1]), 2)
        assert near(colour[-1:], (128,), 20)


@pytest.mark.parametrize("shift", [0.25, 0.5, 3.75])
def test_a_box_may_begin_and_end_inside_a_pixel(shift: float) -> None:
    """On a ramp of 4 levels for each pixel, a box that is shifted changes each level by four times the shift."""
    ramp = Image.new("L", (64, 8))
    ramp.putdata([4 * x for _ in range(8) for x in range(64)])
    left, right = (resample(ramp, Size(24, 4), (8 + by, 0, 56 + by, 8)) for by in (0, shift))
    inner = ImageChops.difference(left, right).crop((1, 0, 23, 4))
    assert all(abs(level - 4 * shift) <= 1 for level in inner.tobytes())


def test_a_large_reduction_averages_blocks_before_it_filters() -> None:
    """A checkerboard of single pixels becomes its mean, without a pattern."""
    board = Image.new("L", (600, 600))
    board.putdata([255 * ((x + y) % 2) for y in range(600) for x in range(600)])
    assert set(resample(board, Size(60, 60), (0, 0, 600, 600)).tobytes()) <= {127, 128}
