"""The colr box of the primary picture is found among the boxes of a HEIF file."""

import struct

import pytest
from PIL import Image

from chalicelib.imaging.colour.heif import read_nclx
from scripts.measuring.heif_files import HeifFile, HeifItem, box, full_box, ispe
from tests.imaging.colour.made import nclx
from tests.pictures import encoded


def two_pictures(primary: int) -> bytes:
    properties = (ispe(8, 8), nclx(12, 13), nclx(9, 16))
    items = (HeifItem(b"hvc1", b"one", properties=(1, 2)), HeifItem(b"hvc1", b"two", properties=(1, 3)))
    return HeifFile(items, properties, primary=primary).build()


@pytest.mark.parametrize(("primary", "codes"), [(1, (12, 13)), (2, (9, 16)), (3, None)])
def test_only_the_primary_picture_counts(primary: int, codes: tuple[int, int] | None) -> None:
    assert read_nclx(two_pictures(primary)) == codes


def test_pillow_s_avif_is_read() -> None:
    assert read_nclx(encoded(Image.new("RGB", (8, 8)), "AVIF")) == (1, 13)


def test_wide_item_numbers_and_wide_property_indices_are_read() -> None:
    """ISO/IEC 23008-12, 9.3.2: version 1 has item numbers of 32 bits, flag 1 indices of 15 bits."""
    ipma = full_box(b"ipma", struct.pack(">IIBHIBH", 2, 7, 1, 0x8001, 70_000, 1, 0x8002), version=1, flags=1)
    iprp = box(b"iprp", box(b"ipco", nclx(1, 1), nclx(12, 8)), ipma)
    meta = full_box(b"meta", full_box(b"pitm", struct.pack(">I", 70_000), version=1), iprp)
    assert read_nclx(box(b"ftyp", b"heic", bytes(4)) + meta) == (12, 8)


def test_a_box_of_64_bit_length_and_one_to_the_end_of_the_file_are_read() -> None:
    ipma = full_box(b"ipma", struct.pack(">IHBB", 1, 1, 1, 1))
    content = full_box(b"pitm", struct.pack(">H", 1)) + box(b"iprp", box(b"ipco", nclx(12, 13)), ipma)
    large = struct.pack(">I4sQ", 1, b"free", 20) + bytes(4)
    assert read_nclx(large + struct.pack(">I4sI", 0, b"meta", 0) + content) == (12, 13)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x08meta", two_pictures(1).replace(b"ipma", b"free"), bytes(64)])
def test_a_file_without_the_boxes_has_no_codes(data: bytes) -> None:
    assert read_nclx(data) is None


def test_a_file_that_is_cut_anywhere_has_no_codes_or_the_right_ones() -> None:
    data = two_pictures(1)
    assert {read_nclx(data[:end]) for end in range(len(data))} <= {None, (12, 13)}


def test_an_association_that_is_cut_short_has_no_codes() -> None:
    data = two_pictures(2)
    at = data.index(b"ipma")
    cut = struct.pack(">I4sIIHB", 19, b"ipma", 0, 2, 2, 9)
    assert read_nclx(data[: at - 4] + cut) is None
