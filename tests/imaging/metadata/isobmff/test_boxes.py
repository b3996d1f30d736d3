"""Boxes: the walk returns every byte once, stays within its parent and ends."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.isobmff.boxes import REST, Box, BoxWalker, Cursor
from scripts.measuring.heif_files import box, heic_file

FTYP = box(b"ftyp", b"heic", bytes(4))


def walk(data: bytes) -> list[Box]:
    return list(BoxWalker(data).walk(0, len(data)))


def test_boxes_follow_each_other() -> None:
    assert walk(box(b"aaaa", b"12") + box(b"bbbb")) == [Box(b"aaaa", 0, 8, 10), Box(b"bbbb", 10, 18, 18)]


def test_a_size_of_zero_means_up_to_the_end() -> None:
    assert walk(struct.pack(">I4s", 0, b"mdat") + b"12345") == [Box(b"mdat", 0, 8, 13)]


def test_a_size_of_64_bits_is_read() -> None:
    assert walk(struct.pack(">I4sQ", 1, b"mdat", 18) + b"12") == [Box(b"mdat", 0, 16, 18)]


def test_bytes_too_few_for_a_box_are_returned_as_rest() -> None:
    assert walk(box(b"aaaa") + b"1234567")[1:] == [Box(REST, 8, 8, 15)]


@pytest.mark.parametrize("size", [2, 7, 99])
def test_a_box_of_an_impossible_size_is_rejected(size: int) -> None:
    with pytest.raises(CorruptImage, match="longer"):
        walk(struct.pack(">I4s", size, b"aaaa") + bytes(20))


def test_the_number_of_boxes_is_limited() -> None:
    with pytest.raises(CorruptImage, match="too many"):
        walk(box(b"free") * 5_000)
    assert len(walk(box(b"free", bytes(120)) * 5_000)) == 5_000


def test_children_are_walked_only_once() -> None:
    data = box(b"moov", box(b"free") * 3_000)
    walker = BoxWalker(data)
    (moov,) = walker.walk(0, len(data))
    assert walker.children(moov) == walker.children(moov)
    assert len(walker.children(moov)) == 3_000


def test_garbage_behind_the_last_box_is_returned_as_rest() -> None:
    data = FTYP + b"\xff" * 40
    assert list(BoxWalker(data).walk_file())[1:] == [Box(REST, len(FTYP), len(FTYP), len(data))]


@pytest.mark.parametrize("kind", [b"ftyp", b"meta", b"moov", b"mdat"])
def test_a_box_that_the_picture_needs_is_no_garbage(kind: bytes) -> None:
    with pytest.raises(CorruptImage, match="longer"):
        list(BoxWalker(FTYP + struct.pack(">I", 99) + kind).walk_file())


def test_a_cursor_reads_fields_up_to_the_end_of_its_box() -> None:
    walker = BoxWalker(box(b"aaaa", b"\x01\x02abc") + box(b"bbbb"))
    cursor = Cursor(walker, Box(b"aaaa", 0, 8, 13))
    assert (cursor.take(2), cursor.take_bytes(1), cursor.take(0)) == (0x0102, b"a", 0)
    assert cursor.rest() == Box(REST, 11, 11, 13)
    with pytest.raises(CorruptImage, match="cut short"):
        cursor.take(3)


def test_a_number_behind_the_end_of_the_file_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="cut short"):
        BoxWalker(b"abc").number(0, 4)


BROKEN = {
    "box longer than its parent": FTYP + struct.pack(">I", 99) + b"meta" + bytes(20),
    "no boxes": FTYP,
    "two metas": heic_file() + box(b"meta", bytes(4)),
    "too many boxes": FTYP + box(b"zzzz") * 70_000,
    "64-bit size": FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**63),
    "endless nesting": FTYP + struct.pack(">I4s", 0, b"meta") * 50_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_with_broken_boxes_is_rejected(name: str) -> None:
    with pytest.raises(CorruptImage):
        isobmff.strip(BROKEN[name])
