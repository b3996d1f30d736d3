"""TIFF directories: both byte orders and both formats are read, and every count and offset is checked."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import DirectoryLimits, Entry, TiffReader, open_tiff, walk_chain
from tests.imaging.metadata.exif.builders import block, directory

BYTE, ASCII, SHORT, LONG, RATIONAL, LONG8 = 1, 2, 3, 4, 5, 16


def entries(reader: TiffReader) -> tuple[Entry, ...]:
    return reader.read_directory(reader.first_at, DirectoryLimits(len(reader.data))).entries


def entry(field_type: int, count: int, value: bytes, order: str = "<") -> tuple[TiffReader, Entry]:
    """Return a block with one entry whose value of more than 4 bytes is at offset 26."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = struct.pack(f"{order}IHHHI", 8, 1, 700, field_type, count)
    slot = struct.pack(f"{order}I", 26) if len(value) > 4 else value.ljust(4, b"\0")
    reader = open_tiff(mark + head + slot + bytes(4) + (value if len(value) > 4 else b""))
    (found,) = entries(reader)
    return reader, found


@pytest.mark.parametrize(
    ("header", "order", "big"),
    [(b"II*\0", "<", False), (b"MM\0*", ">", False), (b"II+\0", "<", True), (b"MM\0+", ">", True)],
)
def test_the_header_declares_byte_order_format_and_first_directory(header: bytes, order: str, big: bool) -> None:
    rest = struct.pack(f"{order}HHQ", 8, 0, 77) if big else struct.pack(f"{order}I", 77)
    reader = open_tiff(header + rest)
    assert (reader.order, reader.big, reader.first_at) == (order, big, 77)


@pytest.mark.parametrize("data", [b"", b"II*\0", b"II+\0" + bytes(8), b"PK\3\4" + bytes(12), b"II+\0\4" + bytes(11)])
def test_an_invalid_header_is_rejected(data: bytes) -> None:
    with pytest.raises(CorruptImage, match="header"):
        open_tiff(data)


def test_a_value_of_four_bytes_is_inside_its_entry() -> None:
    reader, found = entry(SHORT, 2, struct.pack("<2H", 7, 8))
    assert found.inline
    assert reader.read_value(found) == struct.pack("<2H", 7, 8)


def test_a_longer_value_is_at_its_offset() -> None:
    reader, found = entry(ASCII, 6, b"Emily\0")
    assert (found.inline, found.at, found.size) == (False, 26, 6)
    assert reader.read_value(found) == b"Emily\0"


@pytest.mark.parametrize("order", ["<", ">"])
def test_numbers_are_read_in_the_byte_order_of_the_file(order: str) -> None:
    reader, found = entry(SHORT, 3, struct.pack(f"{order}3H", 1, 2, 515), order)
    assert reader.read_integers(found) == (1, 2, 515)
    assert reader.read_numbers(found, 2) == (1, 2)


def test_a_big_tiff_entry_holds_eight_bytes() -> None:
    head = b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + struct.pack("<QHHQ", 1, 324, LONG8, 1)
    reader = open_tiff(head + struct.pack("<QQ", 1 << 40, 0))
    (found,) = entries(reader)
    assert found.inline
    assert reader.read_integers(found) == (1 << 40,)


def test_a_rational_with_denominator_zero_is_read_as_zero() -> None:
    reader, found = entry(RATIONAL, 2, struct.pack("<4I", 3, 4, 5, 0))
    assert reader.read_numbers(found) == (0.75, 0)


def test_text_holds_no_numbers() -> None:
    reader, found = entry(ASCII, 6, b"Emily\0")
    assert reader.read_numbers(found) == reader.read_integers(found) == ()


@pytest.mark.parametrize("bad", [(700, ASCII, 100, 9), (700, ASCII, 0, 0), (700, 99, 1, 0)])
def test_a_value_that_is_empty_of_unknown_type_or_outside_the_block_is_rejected(bad: tuple[int, int, int, int]) -> None:
    reader = open_tiff(block(directory(bad)))
    (found,) = entries(reader)
    assert not reader.is_readable(found)
    for read in (reader.read_value, reader.read_numbers, reader.read_integers):
        with pytest.raises(CorruptImage, match="value"):
            read(found)


def test_a_directory_that_is_cut_off_is_rejected() -> None:
    for data in (block(directory((700, BYTE, 1, 0)))[:-1], block(), b"II*\0\xff\xff\xff\xff"):
        with pytest.raises(CorruptImage):
            entries(open_tiff(data))


def test_the_entries_before_a_cut_can_be_read_alone() -> None:
    reader = open_tiff(block(directory((256, SHORT, 1, 5), (257, SHORT, 1, 6)))[:-5])
    found = reader.read_entries(reader.first_at)
    assert next(found).tag == 256
    with pytest.raises(CorruptImage, match="cut off"):
        next(found)


def test_the_chain_of_directories_is_followed_to_its_end() -> None:
    reader = open_tiff(block(directory(following=14), directory((256, SHORT, 1, 5))))
    found = list(walk_chain(reader, DirectoryLimits(len(reader.data))))
    assert [(each.at, len(each.entries)) for each in found] == [(8, 0), (14, 1)]


def test_a_chain_that_forms_a_loop_is_rejected() -> None:
    reader = open_tiff(block(directory(following=14), directory(following=8)))
    with pytest.raises(CorruptImage, match="loop"):
        list(walk_chain(reader, DirectoryLimits(len(reader.data))))


def test_directories_may_not_have_more_bytes_than_the_block() -> None:
    limits = DirectoryLimits(100)
    limits.count(8, 60, 4)
    with pytest.raises(CorruptImage, match="overlap"):
        limits.count(10, 60, 4)


def test_a_directory_may_be_read_only_once() -> None:
    limits = DirectoryLimits(1 << 30)
    limits.count(8, 60, 4)
    with pytest.raises(CorruptImage, match="loop"):
        limits.count(8, 60, 4)


def test_many_empty_directories_are_rejected() -> None:
    reader = open_tiff(block(*(directory(following=at) for at in range(14, 14 + 6 * 5000, 6))))
    with pytest.raises(CorruptImage, match="too many"):
        list(walk_chain(reader, DirectoryLimits(len(reader.data))))
