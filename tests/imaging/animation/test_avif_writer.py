"""An animated AVIF has bounded bytes, which its frames tell before they are encoded."""

import random
from collections.abc import Iterator

import pytest
from PIL import Image

from chalicelib.errors import ImageTooLarge
from chalicelib.imaging.animation import avif_writer
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.limits import MAX_AVIF_BYTES

SIZE = (128, 96)
TIMES = (50,) * 4
MODES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def noise(mode: str) -> Iterator[Image.Image]:
    dice = random.Random(1)  # noqa: S311 -- no secret
    for _ in TIMES:
        yield Image.frombytes(mode, SIZE, dice.randbytes(SIZE[0] * SIZE[1] * MODES[mode]))


def write(frames: list[Image.Image], quality: int) -> bytes:
    return avif_writer.write(lambda: iter(frames), Timeline(Size(*SIZE), 0, TIMES), quality)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("quality", [30, 60, 85, 95, 100])
def test_noise_has_at_most_half_more_bytes_than_its_frames_as_jpeg(mode: str, quality: int) -> None:
    frames = list(noise(mode))
    estimate = sum(avif_writer._jpeg_bytes(frame, quality) for frame in frames)
    assert len(write(frames, quality)) < estimate * 3 / 2


@pytest.mark.parametrize("mode", MODES)
def test_an_animation_of_too_many_bytes_is_refused_at_the_frame_that_is_one_too_many(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    made: list[Image.Image] = []

    def frames() -> Iterator[Image.Image]:
        for frame in noise(mode):
            made.append(frame)
            yield frame

    monkeypatch.setattr(avif_writer, "most_bytes", lambda _: avif_writer._jpeg_bytes(made[0], 85) * 5 // 2)
    with pytest.raises(ImageTooLarge, match="The animation would have more than") as raised:
        avif_writer.write(frames, Timeline(Size(*SIZE), 0, TIMES), 85)
    assert raised.value.code == "output_too_large"
    assert len(made) == 3


@pytest.mark.parametrize(("mode", "most"), [("L", 0), ("RGB", 0), ("LA", 10), ("RGBA", 10)])
def test_alpha_leaves_fewer_bytes_the_larger_the_frames_are(mode: str, most: int) -> None:
    assert avif_writer.most_bytes(Image.new(mode, SIZE)) == MAX_AVIF_BYTES - most * SIZE[0] * SIZE[1]


def test_the_bytes_are_counted_anew_when_the_writer_returns_to_the_first_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames = list(noise("RGB"))
    total = sum(avif_writer._jpeg_bytes(frame, 85) for frame in frames)
    monkeypatch.setattr(avif_writer, "most_bytes", lambda _: total)
    assert read_contents(write(frames, 85), ImageFormat.AVIF).frames == len(TIMES)
