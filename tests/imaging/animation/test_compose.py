"""Parts outside the canvas are cut, and a part of another size than it declares is damage."""

from dataclasses import replace

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation import read_timeline
from chalicelib.imaging.animation.compose import compose
from chalicelib.imaging.animation.gif import read
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Crop
from tests.imaging.animation.made import (
    BLUE,
    CLEAR,
    CLEARS,
    GREEN,
    KEEP,
    LEFT,
    RED,
    RESTORES,
    RIGHT,
    SIZE,
    Frame,
    apng,
    gif,
)
from tests.pictures import pixel


def test_a_part_that_reaches_past_the_canvas_is_cut() -> None:
    shown = list(compose(read(gif(Frame(RED), Frame(GREEN, (6, 4, 20, 20)), Frame(GREEN, (40, 40, 44, 44)))), 10_000))

    assert [image.size for image in shown] == [SIZE] * 3
    assert [pixel(image, 11, 7) for image in shown] == [RED[:3], GREEN[:3], GREEN[:3]]


@pytest.mark.parametrize("box", [(1, 1, 1, 3), (0, 2, 4, 2), (0, 0, 0, 0)])
@pytest.mark.parametrize("disposal", [KEEP, CLEARS, RESTORES])
def test_a_part_without_pixels_shows_what_was_there_before(box: Crop, disposal: int) -> None:
    shown = list(compose(read(gif(Frame(RED), Frame(BLUE, box, disposal=disposal), Frame(GREEN, LEFT))), 10_000))

    assert [(pixel(image, 2, 2)[:3], pixel(image, 11, 2)[:3]) for image in shown] == [
        (RED[:3], RED[:3]),
        (RED[:3], RED[:3]),
        (GREEN[:3], RED[:3]),
    ]


def test_a_part_of_another_size_is_damage() -> None:
    timeline = read(gif(Frame(RED), Frame(GREEN)))
    wrong = replace(timeline.parts[1], box=(0, 0, 5, 5))

    with pytest.raises(CorruptImage):
        list(compose(replace(timeline, parts=(timeline.parts[0], wrong)), 10_000))


@pytest.mark.parametrize("blends", [True, False])
def test_a_colour_that_nobody_sees_is_black(blends: bool) -> None:
    """It would bleed into its neighbours in an output with fewer samples of colour."""
    hidden = (200, 150, 100, 0)
    data = apng(Frame(GREEN, LEFT), Frame(hidden, RIGHT, blends=blends))

    shown = list(compose(read_timeline(data, ImageFormat.PNG), 10_000))
    assert [image.getpixel((9, 4)) for image in shown] == [CLEAR, CLEAR]


def test_a_frame_is_a_copy() -> None:
    first, second = list(compose(read(gif(Frame(RED), Frame(GREEN))), 10_000))
    assert (pixel(first), pixel(second)) == (RED[:3], GREEN[:3])
