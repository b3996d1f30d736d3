"""Adobe RGB is named by two fields of EXIF, in two directories."""

import struct

import pytest

from chalicelib.imaging.colour.exif import names_adobe_rgb

ADOBE = b"R03\0"


def block(space: int = 0xFFFF, index: bytes = ADOBE, order: str = ">") -> bytes:
    """Make EXIF with the three directories one after the other."""
    short, ascii_type, long = 3, 2, 4
    first = struct.pack(order + "HHHIII", 1, 34665, long, 1, 26, 0)
    exif = struct.pack(order + "HHHIHHHHIII", 2, 0xA001, short, 1, space, 0, 0xA005, long, 1, 56, 0)
    interop = struct.pack(order + "HHHI4sI", 1, 1, ascii_type, 4, index, 0)
    return (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8) + first + exif + interop


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("space", "index", "found"),
    [(0xFFFF, ADOBE, True), (2, ADOBE, True), (1, ADOBE, False), (0xFFFF, b"R98\0", False), (0xFFFF, b"THM\0", False)],
)
def test_both_fields_count(order: str, space: int, index: bytes, found: bool) -> None:
    assert names_adobe_rgb(block(space, index, order)) is found


def test_a_block_that_is_cut_anywhere_names_nothing() -> None:
    whole = block()
    needed = len(whole) - 4  # the offset of the next directory is not read
    assert not any(names_adobe_rgb(whole[:end]) for end in range(needed))
    assert names_adobe_rgb(whole[:needed])


@pytest.mark.parametrize("tag", [34665, 0xA001, 0xA005])
def test_a_missing_field_names_nothing(tag: int) -> None:
    assert not names_adobe_rgb(block().replace(struct.pack(">HH", tag, 4), b"\0\0\0\4").replace(b"\xa0\1", b"\xa0\0"))


def test_directories_that_point_to_themselves_end() -> None:
    assert not names_adobe_rgb(b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 34665, 4, 1, 8, 0))


@pytest.mark.parametrize("data", [b"", b"Exif", b"II*\0", b"MM\0*\xff\xff\xff\xff"])
def test_other_bytes_name_nothing(data: bytes) -> None:
    assert not names_adobe_rgb(data)
