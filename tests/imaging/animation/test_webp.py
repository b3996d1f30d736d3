"""The chunks of a WebP tell its times, its repetitions and its frames."""

import struct

import pytest

from chalicelib.imaging.animation.timeline import Disposal
from chalicelib.imaging.animation.webp import read
from chalicelib.imaging.geometry import Size
from scripts.measuring import samples
from tests.imaging.animation.made import BLUE, CLEARS, GREEN, RED, RIGHT, SIZE, Frame, webp
from tests.pictures import opened, pixel


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_the_number_of_plays_is_that_of_the_file(plays: int) -> None:
    assert read(webp(Frame(RED), Frame(GREEN), plays=plays)).plays == plays


def test_each_frame_has_its_own_time_area_and_disposal() -> None:
    timeline = read(webp(Frame(RED, duration=50), Frame(GREEN, RIGHT, 70, CLEARS), Frame(BLUE, blends=False)))

    assert (timeline.size, timeline.durations) == (Size(*SIZE), (50, 70, 100))
    assert [part.box for part in timeline.parts] == [(0, 0, 12, 8), RIGHT, (0, 0, 12, 8)]
    assert [part.disposal for part in timeline.parts] == [Disposal.KEEP, Disposal.CLEAR, Disposal.KEEP]
    assert [part.blends for part in timeline.parts] == [True, True, False]


def test_a_still_of_a_lossy_frame_keeps_its_alpha() -> None:
    data = samples.encode(
        samples.draw(mode="RGBA"), "WEBP", save_all=True, append_images=[samples.draw(mode="RGBA", turn=1)], quality=90
    )
    parts = read(data).parts
    assert all(part.has_alpha == (opened(part.still()).mode == "RGBA") for part in parts)


def test_a_still_is_a_picture_of_its_own() -> None:
    assert pixel(opened(read(webp(Frame(RED), Frame(GREEN, RIGHT))).parts[1].still())) == GREEN[:3]


def test_a_header_that_is_cut_short_is_an_error() -> None:
    with pytest.raises((struct.error, IndexError)):
        read(webp(Frame(RED))[:28])
