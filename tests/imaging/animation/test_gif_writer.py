"""A GIF is written frame by frame, with its times, its repetitions and its transparency."""

import io
import os
import struct

import pytest
from PIL import Image, ImageChops, ImageSequence

from chalicelib.imaging.animation.gif import read
from chalicelib.imaging.animation.gif_writer import write, write_still
from tests.pictures import opened, picture, pixel

FEW = os.urandom(200 * 3)


def frames(data: bytes) -> list[Image.Image]:
    return [frame.convert("RGBA") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize("plays", [0, 1, 2, 5])
def test_the_number_of_plays_is_written(plays: int) -> None:
    assert read(write(iter([picture(), picture(mode="L").convert("RGB")]), (100, 70), plays)).plays == plays


def test_the_sum_of_the_times_stays_the_same() -> None:
    levels = (Image.new("L", (4, 4), level) for level in range(30))
    durations = read(write(levels, (33,) * 30, 0)).durations
    assert (sum(durations), set(durations)) == (990, {30, 40})


def test_few_colours_are_kept_exactly() -> None:
    image = Image.frombytes("RGB", (20, 10), FEW)
    first, second = frames(write(iter([image, ImageChops.invert(image)]), (100, 100), 0))
    assert first.convert("RGB").tobytes() == image.tobytes()
    assert second.convert("RGB").tobytes() == ImageChops.invert(image).tobytes()


def test_many_colours_are_dithered_so_that_areas_keep_their_colour() -> None:
    image = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)])
    shown = frames(write_still(image))[0].convert("RGB")
    difference = ImageChops.difference(image.resize((16, 16)), shown.resize((16, 16), Image.Resampling.BOX))
    assert max(high for _, high in difference.getextrema()) < 30  # type: ignore[misc]  # three channels


def test_only_what_changes_is_drawn() -> None:
    second = picture()
    second.paste((1, 2, 3), (10, 10, 14, 16))
    parts = read(write(iter([picture(), second, second]), (100,) * 3, 0)).parts
    assert [part.box for part in parts] == [(0, 0, 64, 48), (10, 10, 14, 16), (0, 0, 1, 1)]


def test_transparent_pixels_stay_transparent_in_every_frame() -> None:
    clear = Image.new("RGBA", (9, 9))
    dot, other = clear.copy(), clear.copy()
    dot.paste((250, 0, 0, 255), (1, 1, 3, 3))
    other.paste((0, 250, 0, 200), (5, 5, 7, 7))
    faint = Image.new("RGBA", (9, 9), (0, 0, 250, 100))

    shown = frames(write(iter([dot, other, clear, faint]), (100,) * 4, 0))

    assert [pixel(frame, 1, 1)[3] for frame in shown] == [255, 0, 0, 0]
    assert [pixel(frame, 5, 5)[3] for frame in shown] == [0, 255, 0, 0]
    assert pixel(shown[1], 6, 6) == (0, 250, 0, 255)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_every_mode_makes_a_still(mode: str) -> None:
    data = write_still(picture(mode=mode))
    still = opened(data)
    assert (still.size, getattr(still, "n_frames", 1), b"NETSCAPE" in data) == ((64, 48), 1, False)
    assert struct.unpack_from("<HH", data, 6) == (64, 48)
