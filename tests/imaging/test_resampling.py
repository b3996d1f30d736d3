"""Scaling is exact to fractions of a pixel, and transparent pixels have no colour."""

import pytest
from PIL import Image, ImageChops

from chalicelib.imaging.geometry import Size
from chalicelib.imaging.resampling import Box, resample
from scripts.measuring.peak_memory import measure_peak, run_in_child
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


_SQUARE = ((3000, 3000), Size(2900, 2900), (0, 0, 3000, 3000))


@pytest.mark.parametrize(
    ("mode", "stored", "size", "box"),
    [
        ("L", (5000, 4000), Size(3600, 2900), (0, 0, 5000, 4000)),
        ("L", (5000, 4000), Size(3000, 3500), (3.3, 2.7, 4990.1, 3999.6)),
        ("L", (1300, 2000), Size(9000, 9000), (0, 0, 1300, 2000)),
        *((mode, *_SQUARE) for mode in ("LA", "RGB", "RGBA", "CMYK", "LAB")),
    ],
)
def test_a_scaling_in_strips_has_no_seams(mode: str, stored: tuple[int, int], size: Size, box: Box) -> None:
    picture = Image.radial_gradient("L").resize(stored).point([64 + level // 2 for level in range(256)])
    for at in range(0, min(stored), 600):
        picture.paste(Image.effect_noise((512, 512), 15), (at, at))
    bands = [picture] * len(Image.getmodebands(mode) * " ")
    image = Image.merge(mode, bands if mode not in ("LA", "RGBA") else [*bands[:-1], Image.new("L", stored, 255)])
    method = Image.Resampling.LANCZOS if size.width <= box[2] - box[0] else Image.Resampling.BICUBIC

    whole, in_strips = image.resize((size.width, size.height), method, box), resample(image, size, box)

    assert (in_strips.mode, in_strips.size) == (mode, whole.size)
    counted = ImageChops.difference(whole.getchannel(0), in_strips.getchannel(0)).histogram()
    # Pillow scales the axis first that costs less, which can be the other one in a strip, and rounds in between.
    assert sum(counted[3:]) == 0


def test_a_large_scaling_needs_little_more_memory_than_its_result() -> None:
    def work() -> float:
        image = Image.new("RGB", (6000, 4500), "red")
        return measure_peak(lambda: resample(image, Size(4400, 3300), (0, 0, 6000, 4500))) / 1e6

    # The result has 58 MB. At once, the step between would have 79 MB more; each strip is 10 MB, and its step 32 MB.
    assert run_in_child(work) < 58 + 60
