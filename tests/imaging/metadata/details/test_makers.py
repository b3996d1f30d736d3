"""The maker notes of each known maker give serial numbers and names; others give nothing."""

import struct

import pytest

from chalicelib.imaging.metadata.details.values import Topic
from tests.imaging.metadata.details import builders
from tests.imaging.metadata.details.test_exif import only, read


def directory(at: int, tag: int, text: bytes, order: str = "<") -> bytes:
    """Build a directory of one text for the offset `at`. Its value follows."""
    return struct.pack(f"{order}HHHIII", 1, tag, 2, len(text), at + 18, 0) + text


SERIAL = b"SN-1234567\0"
OWN = b"II*\0\x08\0\0\0"
NOTES = {
    "Nikon": b"Nikon\0\2\x10\0\0" + OWN + directory(8, 0x1D, SERIAL),
    "Fujifilm": b"FUJIFILM\x0c\0\0\0" + directory(12, 0x10, SERIAL),
    "Apple": b"Apple iOS\0\0\1MM" + directory(14, 0x2B, SERIAL, ">"),
    "Olympus": b"OLYMPUS\0II\3\0" + struct.pack("<HHHIII", 1, 0x2010, 13, 1, 30, 0) + directory(30, 0x101, SERIAL),
    "OM": b"OM SYSTEM\0\0\0II\4\0" + struct.pack("<HHHIII", 1, 0x2010, 13, 1, 34, 0) + directory(34, 0x101, SERIAL),
}


@pytest.mark.parametrize("maker", NOTES)
def test_a_note_with_its_own_offsets_is_read(maker: str) -> None:
    details = read(builders.exif({0x010F: maker}, {0x927C: NOTES[maker]}))
    assert [value for _, value in only(details, Topic.SERIALS)] == ["SN-1234567"]


@pytest.mark.parametrize(
    ("make", "head", "tag", "topic"),
    [
        ("Canon", b"", 0x09, Topic.NAMES),
        ("Canon", b"", 0x96, Topic.SERIALS),
        ("Panasonic", b"Panasonic\0\0\0", 0x25, Topic.SERIALS),
    ],
)
def test_a_note_whose_offsets_count_from_the_block_is_read(make: str, head: bytes, tag: int, topic: Topic) -> None:
    probe = head + directory(0, tag, SERIAL)
    at = builders.exif({0x010F: make}, {0x927C: probe}).index(probe)
    order = "<" if builders.exif({0x010F: make})[:2] == b"II" else ">"
    note = head + directory(at + len(head), tag, SERIAL, order)
    details = read(builders.exif({0x010F: make}, {0x927C: note}))
    assert [value for _, value in only(details, topic)] == ["SN-1234567"]


@pytest.mark.parametrize("note", [b"?", b"Nikon\0\2\x10\0\0", b"OLYMPUS\0II\3\0", b"FUJIFILM\xff\xff\xff\xff", b"own"])
def test_an_unknown_or_broken_note_gives_nothing(note: bytes) -> None:
    details = read(builders.exif({0x010F: "Nobody"}, {0x927C: note}))
    assert only(details, Topic.SERIALS) == []
    assert only(details, Topic.CAMERA) == [("Make", "Nobody")]
