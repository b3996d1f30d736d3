"""Tells a healthy picture of a kind that Pillow does not open from a damaged one."""

import io
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import UnidentifiedImageError

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.cut_short import is_cut_short
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.tiff_header import BIG_ENDIAN_BIGTIFF

#: TIFF 6.0 and its registered extensions: the compressions and the photometric interpretations that readers know.
_COMPRESSIONS = frozenset({*range(1, 11), 22610, 32766, 32767, 32769, 32770, 32771, 32772, 32773, 32809, 32895, 32896,
                           32897, 32898, 32908, 32909, 32946, 32947, 33003, 33004, 33005, 33007, 34661, 34663, 34665,
                           34676, 34677, 34692, 34712, 34713, 34715, 34718, 34719, 34720, 34887, 34892, 34925,
                           34926, 34927, 34933, 34934, 48124, 50000, 50001, 50002, 50013, 52546, 65000, 65001,
                           65002})  # fmt: skip
_PHOTOMETRICS = frozenset({*range(11), 32803, 32844, 32845, 34892, 51177, 52527})
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIPS, _STRIP_SIZES = 256, 257, 258, 259, 262, 273, 279
_TILES, _TILE_SIZES = 324, 325
_BIGTIFF_VERSION = 43
#: What Pillow says of a kind that it does not read. Two are a BMP with a palette of more than 256 colours,
#: and some TIFF whose bits are in reverse order (FillOrder 2).
_NOT_READ = re.compile("[Uu]nsupported|invalid palette size|unknown raw mode")
#: The frame headers of JPEG (ITU-T T.81, table B.1; T.87 for JPEG-LS) except DHT, JPG and DAC.
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
#: Baseline, extended sequential and progressive frames by Huffman codes, which libjpeg-turbo reads with 8 bits.
_READ_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
#: 0 is for a BMP that holds a JPEG or a PNG.
_BMP_BITS = frozenset({0, 1, 2, 4, 8, 16, 24, 32, 64})
_BMP_COMPRESSIONS = frozenset({*range(7), 11, 12, 13})


@contextmanager
def refuse_unread_kinds(data: bytes, image_format: ImageFormat) -> Iterator[None]:
    """Raise UnsupportedFormat instead of Pillow's error if the picture is a healthy one of a kind that is not read.

    Pillow opens each kind of JPEG, and fails when it decodes one. It does not open the kinds of the other formats.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        not_opened = isinstance(error, UnidentifiedImageError) or _NOT_READ.search(str(error))
        kind = unread_kind(data, image_format) if not_opened or image_format is ImageFormat.JPEG else ""
        if not kind or is_cut_short(data, image_format):
            raise
        raise UnsupportedFormat(f"Darkroom does not read a {image_format.name} with {kind}.") from error


def unread_kind(data: bytes, image_format: ImageFormat) -> str:
    """Describe the kind of a healthy picture that Pillow does not read. Empty if the picture is damaged."""
    kinds = {ImageFormat.TIFF: _tiff_kind, ImageFormat.JPEG: _jpeg_kind, ImageFormat.BMP: _bmp_kind}
    try:
        return kinds[image_format](data) if image_format in kinds else ""
    except Exception:  # noqa: BLE001 -- Pillow's reader documents no type for a damaged TIFF, and "" means damaged
        return ""


def _tiff_kind(data: bytes) -> str:
    """Describe a TIFF whose first directory is complete and whose strips or tiles are in the file."""
    directory = _first_directory(data)
    offsets, sizes = (_STRIPS, _STRIP_SIZES) if _STRIPS in directory else (_TILES, _TILE_SIZES)
    ends = [at + size for at, size in zip(directory[offsets], directory[sizes], strict=True)]
    compression, photometric = directory.get(_COMPRESSION, 1), directory[_PHOTOMETRIC]
    bits = directory.get(_BITS, (1,))
    healthy = (
        min(directory[_WIDTH], directory[_HEIGHT]) > 0
        and compression in _COMPRESSIONS
        and photometric in _PHOTOMETRICS
        and all(0 < each <= 64 for each in bits)
        and max(ends) <= len(data)
    )
    samples = ", ".join(str(each) for each in bits[:8])
    layout = "big-endian 64-bit offsets, " if data.startswith(BIG_ENDIAN_BIGTIFF) else ""
    kind = f"{layout}compression {compression}, photometric {photometric} and samples of {samples} bits"
    return kind if healthy else ""


def _first_directory(data: bytes) -> Any:
    """Read the first directory. Pillow would take a big-endian BigTIFF for a classic TIFF."""
    from PIL import TiffImagePlugin  # imported here: few photos are TIFF, and Pillow's module is large

    directory = TiffImagePlugin.ImageFileDirectory_v2(data[: 16 if data[2] == _BIGTIFF_VERSION else 8])
    start = directory.next
    if data.startswith(BIG_ENDIAN_BIGTIFF):
        directory._bigtiff = True  # Pillow has no public way to tell it
        start = int.from_bytes(data[8:16], "big")
    stream = io.BytesIO(data)
    stream.seek(start)
    directory.load(stream)
    return directory


def _jpeg_kind(data: bytes) -> str:
    """Describe a frame that is not Huffman-coded DCT, or that has not 8 bits or not 1, 3 or 4 components."""
    at = 2
    while data[at] == 0xFF and data[at + 1] not in _FRAMES:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    if data[at] != 0xFF:
        return ""
    size, precision, height, width, components = struct.unpack_from(">HBHHB", data, at + 2)
    usual = data[at + 1] in _READ_FRAMES and precision == 8 and components in (1, 3, 4)
    healthy = 2 <= precision <= 16 and components and size == 8 + 3 * components and width
    kind = f"frame type {data[at + 1] - 0xC0}, {precision} bits and {components} components, height {height}"
    return kind if healthy and not usual else ""


def _bmp_kind(data: bytes) -> str:
    """Describe a BMP whose header has registered values only."""
    header = int.from_bytes(data[14:18], "little")
    if header == 12:
        width, height, bits, compression = *struct.unpack_from("<HH2xH", data, 18), 0
    elif header == 16:
        width, height, bits, compression = *struct.unpack_from("<ii2xH", data, 18), 0
    else:
        width, height, bits, compression = struct.unpack_from("<ii2xHI", data, 18)
    known = header in _BMP_HEADERS and bits in _BMP_BITS and compression in _BMP_COMPRESSIONS
    return (
        f"{bits} bits, compression {compression} and a header of {header} bytes"
        if known and width > 0 and height
        else ""
    )
