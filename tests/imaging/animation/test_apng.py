"""The chunks of an APNG tell its times, its repetitions and its frames."""

import struct
import zlib

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation.apng import read
from chalicelib.imaging.animation.timeline import Disposal
from tests.imaging.animation.made import BLUE, GREEN, LEFT, RED, RESTORES, Frame, apng
from tests.pictures import chunk, encoded, opened, picture, pixel


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_the_number_of_plays_is_that_of_the_file(plays: int) -> None:
    assert read(apng(Frame(RED), Frame(GREEN), plays=plays)).plays == plays


def test_a_picture_before_the_animation_is_not_shown() -> None:
    timeline = read(apng(Frame(RED), Frame(GREEN, duration=70), Frame(BLUE, LEFT), first_shown=False))

    assert timeline.durations == (70, 100)
    assert pixel(opened(timeline.parts[0].still())) == GREEN


def test_frames_behind_the_declared_number_are_ignored() -> None:
    assert len(read(apng(Frame(RED), Frame(GREEN), Frame(BLUE), count=2)).parts) == 2


def test_the_first_frame_is_cleared_instead_of_restored() -> None:
    disposals = [each.disposal for each in read(apng(*[Frame(RED, disposal=RESTORES)] * 2)).parts]
    assert disposals == [Disposal.CLEAR, Disposal.RESTORE]


def test_a_denominator_of_0_means_hundredths() -> None:
    data = apng(Frame(RED, duration=25), Frame(GREEN)).replace(struct.pack(">HH", 25, 1000), struct.pack(">HH", 25, 0))
    assert read(data).durations == (250, 100)


def test_a_still_has_the_palette_and_the_right_checksums() -> None:
    data = encoded(picture(mode="P"), "PNG", save_all=True, append_images=[picture(mode="P")])
    still = read(data).parts[0].still()
    at = still.index(b"IDAT")
    size = int.from_bytes(still[at - 4 : at], "big")
    assert opened(still).mode == "P"
    assert int.from_bytes(still[at + 4 + size : at + 8 + size], "big") == zlib.crc32(still[at : at + 4 + size])


def test_a_frame_without_pixels_is_damage() -> None:
    data = apng(Frame(RED), Frame(GREEN))
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 3, 12, 8, 0, 0, 1, 10, 0, 0))
    with pytest.raises(CorruptImage):
        read(data[:-12].replace(b"acTL\0\0\0\2", b"acTL\0\0\0\3") + control + data[-12:])
