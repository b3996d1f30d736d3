"""The blocks of a GIF tell its times, its repetitions and its disposals."""

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation.gif import read
from chalicelib.imaging.animation.timeline import Disposal
from chalicelib.imaging.geometry import Size
from tests.imaging.animation.made import BLUE, CLEARS, GREEN, LEFT, RED, RESTORES, Frame, gif
from tests.imaging.kinds_of_photos import gif_with_larger_image
from tests.pictures import opened


@pytest.mark.parametrize(("loop", "plays"), [(None, 1), (0, 0), (1, 2), (3, 4)])
def test_an_animation_is_played_once_more_than_it_is_repeated(loop: int | None, plays: int) -> None:
    assert read(gif(Frame(RED), Frame(GREEN), loop=loop)).plays == plays


def test_each_frame_has_its_own_time_and_disposal() -> None:
    timeline = read(gif(Frame(RED, duration=50), Frame(GREEN, LEFT, 0, CLEARS), Frame(BLUE, duration=990, disposal=3)))

    assert timeline.durations == (50, 100, 990)
    assert [part.disposal for part in timeline.parts] == [Disposal.KEEP, Disposal.CLEAR, Disposal.RESTORE]
    assert RESTORES == 3


def test_a_still_holds_one_image_that_fills_its_screen() -> None:
    still = opened(read(gif(Frame(RED), Frame(GREEN, (2, 2, 6, 5)))).parts[1].still())
    assert (still.size, getattr(still, "n_frames", 1)) == ((4, 3), 1)


def test_an_image_larger_than_its_screen_makes_the_canvas() -> None:
    assert read(gif_with_larger_image()).size == Size(64, 48)


def test_a_cut_block_is_damage() -> None:
    with pytest.raises(CorruptImage):
        read(gif(Frame(RED), Frame(GREEN))[:-10])
