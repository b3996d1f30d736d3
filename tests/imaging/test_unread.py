"""A healthy picture of a kind that is not read is told from a damaged one."""

import struct

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.unread import unread_kind
from tests.imaging.colour.made import decoded
from tests.pictures import bomb_bmp, photo


def jpeg_frame(kind: int, precision: int, components: int) -> bytes:
    """Make a JPEG with a frame header and a scan of zeros."""
    body = struct.pack(">BHHB", precision, 16, 16, components) + bytes((1, 0x11, 0)) * components
    comment, fill = b"\xff\xfe\0\6note", b"\xff"
    return (
        b"\xff\xd8"
        + comment
        + fill
        + struct.pack(">BBH", 0xFF, kind, 2 + len(body))
        + body
        + b"\xff\xda"
        + bytes(20)
        + b"\xff\xd9"
    )


@pytest.mark.parametrize(
    ("kind", "precision", "components"),
    [(0xC1, 12, 1), (0xC1, 12, 3), (0xC3, 16, 1), (0xF7, 8, 3), (0xC0, 8, 2), (0xC5, 8, 3), (0xCE, 8, 3)],
)
def test_a_jpeg_of_another_kind_is_told_as_unsupported(kind: int, precision: int, components: int) -> None:
    """ITU-T T.81, table B.1: extended, lossless and hierarchical frames; T.87: JPEG-LS."""
    with pytest.raises(UnsupportedFormat, match=f"{precision} bits"):
        decoded(jpeg_frame(kind, precision, components))


@pytest.mark.parametrize(("bits", "compression"), [(2, 0), (64, 0), (24, 4), (24, 5), (32, 11)])
def test_a_bmp_of_another_kind_is_told_as_unsupported(bits: int, compression: int) -> None:
    with pytest.raises(UnsupportedFormat, match=f"{bits} bits"):
        decoded(bmp(bits, compression))


@pytest.mark.parametrize(("bits", "compression"), [(7, 0), (24, 99)])
def test_a_bmp_of_no_known_kind_is_told_as_damaged(bits: int, compression: int) -> None:
    with pytest.raises(CorruptImage):
        decoded(bmp(bits, compression))


def bmp(bits: int, compression: int) -> bytes:
    data = bytearray(bomb_bmp(16, 16))
    data[28:30], data[30:34] = struct.pack("<H", bits), struct.pack("<I", compression)
    return bytes(data) + bytes(1024)


def test_a_bmp_of_os_2_with_2_bits_is_told_as_unsupported() -> None:
    with pytest.raises(UnsupportedFormat, match="2 bits"):
        decoded(b"BM" + struct.pack("<IIIIHHHH", 90, 0, 26, 12, 16, 16, 1, 2) + bytes(64))


@pytest.mark.parametrize(
    ("data", "image_format"),
    [
        (photo()[:100], ImageFormat.JPEG),
        (b"\xff\xd8\xff\xc3", ImageFormat.JPEG),
        (jpeg_frame(0xC1, 77, 3), ImageFormat.JPEG),
        (b"\xff\xd8\xff\xe0\0\4\0\0\0\0\0", ImageFormat.JPEG),
        (b"II*\0\xff\xff\xff\xff", ImageFormat.TIFF),
        (b"BM", ImageFormat.BMP),
        (b"GIF89a", ImageFormat.GIF),
    ],
)
def test_a_damaged_header_is_no_kind(data: bytes, image_format: ImageFormat) -> None:
    assert unread_kind(data, image_format) == ""
