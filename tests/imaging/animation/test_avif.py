"""The boxes of an AVIF sequence tell its times and its repetitions, and Pillow decodes its frames."""

import pytest
from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation.avif import read, read_frames
from chalicelib.imaging.animation.avif_boxes import finish_sequence
from chalicelib.imaging.geometry import Size
from scripts.measuring import heif_files
from tests.pictures import encoded, near, opened, pixel


def sequence(mode: str = "RGB") -> bytes:
    """Make a sequence of three frames: red, green, blue."""
    frames = [Image.new("RGB", (32, 24), colour).convert(mode) for colour in ("red", "lime", "blue")]
    return encoded(frames[0], "AVIF", save_all=True, append_images=frames[1:], duration=[50, 100, 300], quality=95)


def test_the_times_of_pillow_s_sequence_are_read() -> None:
    timeline = read(sequence())
    assert (timeline.size, timeline.durations, timeline.plays) == (Size(32, 24), (50, 100, 300), 0)


@pytest.mark.parametrize("plays", [0, 1, 2, 5])
def test_the_number_of_plays_is_read(plays: int) -> None:
    assert read(finish_sequence(sequence(), plays)).plays == plays


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_frames_are_decoded_in_their_order(mode: str) -> None:
    data = sequence(mode)
    shown = [(image.mode, pixel(image.convert("RGB"), 9, 9)) for image in read_frames(data, read(data))]

    assert [each for each, _ in shown] == [mode] * 3
    for (_, colour), wanted in zip(shown, [(255, 0, 0), (0, 255, 0), (0, 0, 255)], strict=True):
        assert near(colour, wanted)


def test_a_file_of_another_brand_has_one_frame_as_for_its_decoder() -> None:
    data = sequence()
    still = data[:8] + b"avif" + data[12:]
    assert (len(read(still).durations), opened(still).n_frames) == (1, 1)  # type: ignore[attr-defined]  # of Pillow's AVIF


def test_a_file_without_times_is_damage() -> None:
    with pytest.raises(CorruptImage):
        read(heif_files.sequence())


def test_a_file_without_a_track_is_damage() -> None:
    with pytest.raises(CorruptImage):
        read(heif_files.avif_file().build())
