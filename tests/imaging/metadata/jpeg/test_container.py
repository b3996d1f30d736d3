"""The directory of pictures and videos in XMP: each item follows the one before it."""

import pytest

from chalicelib.imaging.metadata.jpeg.container import ContainerItem, read_directory, write_directory


def test_items_follow_each_other_with_their_padding() -> None:
    packet = (
        b'<Container:Item Item:Semantic="Primary" Item:Padding="7"/><C:Item I:Semantic=\'GainMap\' I:Length = "50"'
        b' I:Padding="3"/><Container:Item Item:Length="9" Item:Semantic="MotionPhoto" Item:Mime="video/mp4"/>'
    )
    assert read_directory(packet) == [ContainerItem(b"GainMap", 7, 50), ContainerItem(b"MotionPhoto", 60, 9)]


def test_what_is_written_is_read_again() -> None:
    assert read_directory(write_directory(1234)) == [ContainerItem(b"GainMap", 0, 1234)]


@pytest.mark.parametrize("length", [b"", b"-5", b"1e9", b"99999999999"])
def test_a_length_that_is_no_number_is_zero(length: bytes) -> None:
    packet = b'<Container:Item Item:Semantic="Primary"/><Container:Item Item:Length="%b"/>' % length
    assert read_directory(packet) == [ContainerItem(b"", 0, 0)]


def test_no_more_than_sixteen_items_are_read() -> None:
    assert len(read_directory(b'<Container:Item Item:Length="1"/>' * 100)) == 15
