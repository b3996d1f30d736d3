"""An AVIF sequence has no time of its making, and its players play it as often as it says."""

import io

import pytest
from PIL import Image

from chalicelib.imaging.animation.avif_boxes import finish_sequence
from chalicelib.imaging.iso_boxes import boxes, find_box
from tests.imaging.animation.test_avif import sequence
from tests.pictures import encoded, picture


def times(data: bytes) -> set[bytes]:
    """Return the times of the making in the boxes of version 1."""
    moov = find_box(data, (0, len(data)), b"moov")
    assert moov
    tracks = [(start, end) for kind, start, end in boxes(data, *moov) if kind == b"trak"]
    heads = [find_box(data, moov, b"mvhd"), *(find_box(data, track, b"tkhd") for track in tracks)]
    heads += [find_box(data, track, b"mdia", b"mdhd") for track in tracks]
    return {data[head[0] + 4 : head[0] + 20] for head in heads if head}


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_times_of_the_making_are_removed(mode: str) -> None:
    data = sequence(mode)
    assert bytes(16) not in times(data)
    assert times(finish_sequence(data, 0)) == {bytes(16)}


@pytest.mark.parametrize("plays", [0, 1, 3])
def test_the_frames_do_not_change(plays: int) -> None:
    before, after = (Image.open(io.BytesIO(each)) for each in (sequence(), finish_sequence(sequence(), plays)))
    for number in range(3):
        before.seek(number)
        after.seek(number)
        assert before.tobytes() == after.tobytes()


def test_a_still_picture_is_returned_as_it_is() -> None:
    data = encoded(picture(), "AVIF")
    assert finish_sequence(data, 2) == data
