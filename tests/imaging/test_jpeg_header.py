"""The markers of a JPEG: up to the end of the first picture, and not inside a segment."""

from chalicelib.imaging.jpeg_header import END_OF_IMAGE, START_OF_SCAN, markers
from scripts.measuring.samples import jpeg, segment


def _names(data: bytes) -> list[int]:
    return [marker for marker, _ in markers(data)]


def test_a_marker_inside_a_segment_is_not_a_marker() -> None:
    assert 0xC4 not in _names(b"\xff\xd8" + segment(0xE1, b"\xff\xc4\0\0") + b"\xff\xd9")


def test_the_last_marker_ends_the_first_picture() -> None:
    names = _names(jpeg(trailer=jpeg()))
    assert (names[-1], names.count(END_OF_IMAGE), names.count(START_OF_SCAN)) == (END_OF_IMAGE, 1, 1)


def test_the_offset_is_that_after_the_marker() -> None:
    data = jpeg(segment(0xFE, b"a comment"))
    assert [data[at + 2 :].startswith(b"a comment") for marker, at in markers(data) if marker == 0xFE] == [True]


def test_a_file_without_the_last_marker_has_markers_too() -> None:
    assert END_OF_IMAGE not in _names(jpeg()[:-2])
    assert START_OF_SCAN in _names(jpeg()[:-2])


def test_the_coded_data_of_jpeg_ls_has_no_markers() -> None:
    """T.87, A.1: a bit 0 follows each byte 0xFF, so that the next byte is below 0x80."""
    data = b"\xff\xd8" + segment(0xF7, b"frame") + segment(0xDA, b"scan") + b"\xff\x7f\xff\x12\xff\x01\xff\xd9"
    assert _names(data)[-1] == END_OF_IMAGE
