"""A WebP that is written in parts shows the same frames as one that Pillow writes at once."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageSequence, ImageStat

from chalicelib.errors import ImageTooLarge
from chalicelib.imaging.animation import read_timeline, webp_writer
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from tests.pictures import opened, picture

SIZE = (61, 41)
TIMES = (50, 100, 300, 70, 70, 200, 90)


def frames(mode: str) -> Iterator[Image.Image]:
    """Draw a picture that moves over an area which is clear, if the mode has alpha."""
    for number in range(len(TIMES)):
        image = Image.new(mode, SIZE)
        image.paste(picture(32, 24, mode), (3 * number, number))
        yield image


def in_parts(monkeypatch: pytest.MonkeyPatch, count: int, made: Iterator[Image.Image]) -> bytes:
    """Write with this number of frames in a part."""
    monkeypatch.setattr(webp_writer, "PART_PIXELS", count * SIZE[0] * SIZE[1])
    return webp_writer.write(made, Timeline(Size(*SIZE), 3, TIMES), 100)


def on_grey(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", SIZE, "#808080"), image.convert("RGBA")).convert("RGB")


def shown(data: bytes) -> list[Image.Image]:
    return [on_grey(each) for each in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("count", [1, 2, 3, 6, 7])
def test_each_frame_of_all_parts_is_shown_as_it_was(monkeypatch: pytest.MonkeyPatch, mode: str, count: int) -> None:
    data = in_parts(monkeypatch, count, frames(mode))
    timeline = read_timeline(data, ImageFormat.WEBP)
    assert (timeline.durations, timeline.plays, timeline.size) == (TIMES, 3, Size(*SIZE))
    sources = [on_grey(each) for each in frames(mode)]
    for number, frame in enumerate(shown(data)):
        differences = [sum(ImageStat.Stat(ImageChops.difference(source, frame)).mean) for source in sources]
        assert differences.index(min(differences)) == number
        assert differences[number] < 15
    assert number == len(TIMES) - 1


def jumping(mode: str) -> Iterator[Image.Image]:
    """Draw a small square that jumps over a clear canvas; the fourth frame is clear everywhere."""
    for number in range(len(TIMES)):
        image = Image.new(mode, SIZE)
        if number != 3:
            image.paste(picture(8, 6, mode), (8 * (3 * number % 7), 6 * (5 * number % 6)))
        yield image


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 7])
def test_no_part_leaves_anything_where_the_next_one_is_clear(
    monkeypatch: pytest.MonkeyPatch, mode: str, count: int
) -> None:
    """libwebp writes only the part of its first frame that is not clear."""
    data = in_parts(monkeypatch, count, jumping(mode))
    read = ImageSequence.Iterator(Image.open(io.BytesIO(data)))
    alphas = [each.convert("RGBA").getchannel("A").tobytes() for each in read]
    assert alphas == [each.getchannel("A").tobytes() for each in jumping(mode)]


def test_equal_small_frames_of_a_part_clear_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """libwebp writes them as one frame, and not as a still if that would be larger."""
    made = list(jumping("RGBA"))
    shown_frames = [made[0]] * 3 + [made[1]] * 3 + [made[2]]
    data = in_parts(monkeypatch, 3, iter(shown_frames))
    assert sum(read_timeline(data, ImageFormat.WEBP).durations) == sum(TIMES)
    read = ImageSequence.Iterator(Image.open(io.BytesIO(data)))
    assert [each.convert("RGBA").getchannel("A").tobytes() for each in read] == [
        each.getchannel("A").tobytes() for each in made[:3]
    ]


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_clear_bars_of_opaque_frames_stay_clear(mode: str) -> None:
    """libwebp cuts the bars off and writes a file without alpha, which readers show on black."""
    made = [Image.new(mode, SIZE) for _ in range(3)]
    for number, image in enumerate(made):
        image.paste(Image.new("L", (SIZE[0], 20), 100 * number), (0, 10))
    read = opened(webp_writer.write(iter(made), Timeline(Size(*SIZE), 0, TIMES[:3]), 80))
    assert (read.mode, read.convert("RGBA").getpixel((0, 0))) == ("RGBA", (0, 0, 0, 0))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_equal_frames_of_a_part_keep_their_time(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """libwebp writes them as one frame, and a part that is a single frame as a still."""
    data = in_parts(monkeypatch, count, iter([picture(*SIZE)] * len(TIMES)))
    assert sum(read_timeline(data, ImageFormat.WEBP).durations) == sum(TIMES)


def test_frames_are_made_when_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a few are in memory at any time."""
    alive: list[int] = []
    written: list[int] = []
    real = webp_writer._save

    def made() -> Iterator[Image.Image]:
        for number, image in enumerate(frames("RGB")):
            alive.append(number - len(written))
            yield image

    def save(*given: Any) -> bytes:
        data = real(*given)
        written.extend(given[1])
        return data

    monkeypatch.setattr(webp_writer, "_save", save)
    in_parts(monkeypatch, 2, made())
    assert max(alive) <= 2


def test_an_animation_of_too_many_bytes_is_refused_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webp_writer, "MAX_WEBP_BYTES", 1000)
    made = frames("RGB")
    with pytest.raises(ImageTooLarge, match="more than 1000 bytes") as raised:
        in_parts(monkeypatch, 1, made)
    assert (raised.value.code, raised.value.limit) == ("output_too_large", 1000)
    assert next(made, None) is not None
