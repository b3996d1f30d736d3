"""The header of a BMP: where its pixels end, for every kind of header."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.bmp_header import read_header
from tests.pictures import photo


def _bmp(width: int, height: int, bits: int, compression: int = 0, info_size: int = 40) -> bytes:
    info = struct.pack("<IiiHHIIiiII", info_size, width, height, 1, bits, compression, 99, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 1000) + info.ljust(info_size, b"\0")


@pytest.mark.parametrize("bits", [1, 4, 8, 16, 24, 32])
@pytest.mark.parametrize("height", [5, -5])
def test_each_row_takes_a_multiple_of_four_bytes(bits: int, height: int) -> None:
    header = read_header(_bmp(7, height, bits))
    assert (header.width, header.height) == (7, 5)
    assert header.stride == (7 * bits + 31) // 32 * 4
    assert header.end == 1000 + 5 * header.stride


def test_the_header_of_os2_is_read() -> None:
    data = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 9, 3, 1, 24)
    header = read_header(data)
    assert (header.width, header.height, header.end, header.colour_size) == (9, 3, 26 + 3 * 28, 3)


def test_the_size_of_compressed_pixels_is_the_declared_one() -> None:
    assert read_header(_bmp(7, 5, 8, compression=1)).end == 1000 + 99


@pytest.mark.parametrize(("compression", "masks"), [(0, 0), (3, 12), (6, 16)])
def test_masks_follow_the_smallest_header_only(compression: int, masks: int) -> None:
    assert read_header(_bmp(7, 5, 32, compression)).masks_size == masks
    assert read_header(_bmp(7, 5, 32, compression, info_size=56)).masks_size == 0


@pytest.mark.parametrize("size", [2, 13, 17, 20, 40, 53])
def test_a_header_that_is_cut_short_says_so(size: int) -> None:
    with pytest.raises(CorruptImage) as raised:
        read_header(_bmp(7, 5, 24)[:size])
    assert raised.value.code == "truncated_image"


def test_a_header_of_another_size_is_corrupt() -> None:
    with pytest.raises(CorruptImage, match="unknown size"):
        read_header(photo(pillow_name="BMP")[:14] + struct.pack("<I", 20) + bytes(40))
