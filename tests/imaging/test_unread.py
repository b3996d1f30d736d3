"""A healthy picture of a kind that is not read is told from a damaged one."""

import struct

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.unread import unread_kind
from tests.imaging.colour.made import decoded, tiff
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


@pytest.mark.parametrize(("bits", "compression"), [(2, 0), (64, 0), (24, 4), (24, 5), (0, 4), (0, 5), (32, 11)])
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
    return bytes(data) + bytes(2048)


def test_a_bmp_of_os_2_with_2_bits_is_told_as_unsupported() -> None:
    with pytest.raises(UnsupportedFormat, match="2 bits"):
        decoded(b"BM" + struct.pack("<IIIIHHHH", 90, 0, 26, 12, 16, 16, 1, 2) + bytes(64))


def test_a_bmp_of_os_2_with_a_short_header_is_told_as_unsupported_at_every_entry_point() -> None:
    data = b"BM" + struct.pack("<IIIIiiHH", 90, 0, 34, 16, 16, 16, 1, 2) + bytes(80)
    for read in (decoded, metadata.read, metadata.strip):
        with pytest.raises(UnsupportedFormat):
            read(data)
        with pytest.raises(CorruptImage, match="cut short"):
            read(data[:-20])


def test_a_bmp_with_a_palette_of_too_many_colours_is_told_as_unsupported() -> None:
    """Other readers ignore the colours above 256."""
    header = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 4 * 300)
    info = struct.pack("<IiiHHIIiiII", 40, 16, 16, 1, 8, 0, 256, 0, 0, 300, 0)
    with pytest.raises(UnsupportedFormat, match="8 bits"):
        decoded(header + info + bytes(4 * 300 + 256))


@pytest.mark.parametrize("compression", [22610, 33003, 34712, 34933, 34934, 50002])
def test_a_tiff_of_another_compression_is_told_as_unsupported(compression: int) -> None:
    """JPEG XR, JPEG 2000, PNG and JPEG XL, as microscopes and libraries for science write them."""
    data = tiff((8,), 1, bytes(256), (259, 3, (compression,)))
    with pytest.raises(UnsupportedFormat, match=f"compression {compression}"):
        decoded(data)


@pytest.mark.parametrize(("bits", "photometric"), [(8, 0), (4, 3), (2, 3), (1, 3)])
def test_a_tiff_of_reversed_bits_is_told_as_unsupported(bits: int, photometric: int) -> None:
    """Pillow has no raw mode for white-is-zero and palettes with FillOrder 2 (TIFF 6.0, section 8)."""
    colours = (320, 3, (257,) * (3 << bits))
    with pytest.raises(UnsupportedFormat, match=f"photometric {photometric}"):
        decoded(tiff((bits,), photometric, bytes(32 * bits), (266, 3, (2,)), colours))


def test_a_big_endian_bigtiff_is_told_as_unsupported() -> None:
    """Pillow tells a BigTIFF by its third byte, which is 0 in big-endian order."""
    with pytest.raises(UnsupportedFormat, match="64-bit offsets, compression 1"):
        decoded(big_endian_bigtiff())


def test_a_cut_big_endian_bigtiff_is_told_as_cut() -> None:
    with pytest.raises(CorruptImage) as failure:
        decoded(big_endian_bigtiff()[:-1])
    assert failure.value.code == "truncated_image"


def big_endian_bigtiff() -> bytes:
    """Make a grey picture of 4 x 4 pixels (BigTIFF: 20 bytes an entry, offsets of 8 bytes)."""
    values = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: 16 + 8 + 9 * 20 + 8, 277: 1, 278: 4, 279: 16}
    entries = b"".join(struct.pack(">HHQQ", tag, 16, 1, value) for tag, value in values.items())
    return struct.pack(">2sHHHQQ", b"MM", 43, 8, 0, 16, len(values)) + entries + bytes(8) + bytes(range(16))


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
