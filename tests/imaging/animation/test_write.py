"""An animation is written with its times and its repetitions, and the same frames make the same bytes."""

import time
from collections.abc import Iterator

import pytest
from PIL import Image

from chalicelib.imaging.animation import read_frames, read_timeline
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.animation.write import write_animation
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.geometry import Size
from tests.imaging.animation.made import GREEN, RED, Frame, apng, gif
from tests.pictures import opened, picture

FORMATS = [ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.AVIF]
TIMES = (50, 100, 300)


def written(image_format: ImageFormat, mode: str = "RGB", plays: int = 0) -> bytes:
    def frames() -> Iterator[Image.Image]:
        for turn in range(3):
            yield picture(32, 32, mode).rotate(90 * turn)

    return write_animation(frames, Timeline(Size(32, 32), plays, TIMES), image_format, 80)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("plays", [0, 1, 3])
def test_times_and_repetitions_are_kept(image_format: ImageFormat, plays: int) -> None:
    timeline = read_timeline(written(image_format, plays=plays), image_format)
    assert (timeline.durations, timeline.plays, timeline.size) == (TIMES, plays, Size(32, 32))


@pytest.mark.parametrize(
    "source", [gif(Frame(RED), Frame(GREEN), loop=65_535), apng(Frame(RED), Frame(GREEN), plays=2**31)]
)
@pytest.mark.parametrize("image_format", FORMATS)
def test_the_largest_numbers_of_plays_are_written(image_format: ImageFormat, source: bytes) -> None:
    timeline = read_timeline(source, sniff(source))
    data = write_animation(lambda: read_frames(source, sniff(source), timeline, 10_000), timeline, image_format, 80)
    assert read_timeline(data, image_format).plays == 0


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_every_mode_is_written(image_format: ImageFormat, mode: str) -> None:
    data = written(image_format, mode)
    assert (sniff(data), read_contents(data, image_format).frames) == (image_format, 3)
    assert opened(data).has_transparency_data == (mode in ("LA", "RGBA"))


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_same_frames_make_the_same_bytes_in_another_second(image_format: ImageFormat) -> None:
    first, second = written(image_format), int(time.time())
    while int(time.time()) == second:  # libavif writes the time in seconds
        time.sleep(0.05)
    assert written(image_format) == first
