"""The multi-picture index: read in both byte orders, written in one form, and never trusted."""

import pytest

from chalicelib.imaging.metadata.jpeg.multi_picture import INDEX_SIZE, Picture, read_index, write_index
from chalicelib.imaging.metadata.spans import Span
from tests.imaging.metadata.jpeg.builders import index


@pytest.mark.parametrize("order", [">", "<"])
def test_offsets_count_from_the_byte_order_of_the_index(order: str) -> None:
    payload = index((0x030000, 1000, 0), (0x020002, 500, 900), (0, 50, 1400), order=order)
    expected = [Picture(Span(1004, 500), is_disparity=True), Picture(Span(1504, 50), is_disparity=False)]
    assert read_index(payload, 100) == expected


def test_what_is_written_is_read_again() -> None:
    payload = write_index(1000, 500, 100)
    assert len(payload) == INDEX_SIZE
    assert read_index(payload, 100) == [Picture(Span(1000, 500), is_disparity=False)]


@pytest.mark.parametrize(
    "payload", [b"MPF\0", b"MPF\0MM\0*\xff\xff\xff\xff", index((0, 0, 0)), index((0, 0, 0), (0, 1, 1))[:-1]]
)
def test_a_broken_index_has_no_pictures(payload: bytes) -> None:
    assert read_index(payload, 100) == []


def test_no_more_than_sixteen_pictures_are_read() -> None:
    assert len(read_index(index(*[(0, 1, 1)] * 100), 0)) == 15
