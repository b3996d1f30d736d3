"""Frames are made when a writer asks for them, each once, and only the last is kept."""

from collections.abc import Iterator

import pytest
from PIL import Image, ImageSequence

from chalicelib.imaging.animation.sequence import Sequence
from tests.pictures import encoded, opened, pixel


class Maker:
    """Makes frames of rising levels, and notes each one."""

    def __init__(self, mode: str = "RGB") -> None:
        self.made: list[int] = []
        self._mode = mode

    def __call__(self) -> Iterator[Image.Image]:
        for level in range(4):
            self.made.append(level)
            yield Image.new("RGB", (8, 8), (level * 60,) * 3).convert(self._mode)


@pytest.mark.parametrize("name", ["WEBP", "AVIF"])
def test_a_writer_makes_each_frame_once(name: str) -> None:
    maker = Maker()
    data = encoded(Sequence(maker, 4), name, save_all=True)
    assert (maker.made, opened(data).n_frames) == ([0, 1, 2, 3], 4)  # type: ignore[attr-defined]  # of an animation


def test_a_writer_may_look_at_all_grey_frames_before_it_writes_one() -> None:
    maker = Maker("L")
    data = encoded(Sequence(maker, 4), "AVIF", save_all=True)
    assert maker.made == [0, 1, 2, 3]
    levels = [pixel(frame.convert("L"))[0] for frame in ImageSequence.Iterator(opened(data))]
    assert all(abs(level - 60 * number) < 4 for number, level in enumerate(levels))


def test_a_writer_may_begin_again() -> None:
    frames = Sequence(Maker(), 4)
    shown = []
    for number in (0, 3, 1, 1, 0):
        frames.seek(number)
        shown.append(pixel(frames)[0] // 60)
    assert (shown, frames.tell()) == ([0, 3, 1, 1, 0], 0)


def test_the_end_is_told() -> None:
    with pytest.raises(EOFError):
        Sequence(Maker(), 4).seek(4)
