"""Places in a TIFF."""

import struct
import zlib

from PIL import TiffImagePlugin

from scripts.measuring import samples
from tests.imaging.metadata.exif.builders import directory
from tests.imaging.metadata.hiding_places import HIDDEN, Places
from tests.imaging.metadata.tiff.builders import (
    GREY,
    HEADER,
    LONG,
    SHORT,
    jpeg_page,
    jpeg_stream,
    one_page,
    tiff_file,
    with_field,
)

#: TIFF's numbers of compressions.
_LZW, _DEFLATE, _PACKBITS = 5, 8, 32773
_PIXELS = b"\1\2\3\4"


def _strip(stream: bytes, compression: int = 1, *more: tuple[int, int, int, int], size: int | None = None) -> bytes:
    """Build a grey page of 2 x 2 pixels with one strip at offset 256, which declares `size` bytes."""
    fields = [entry for entry in GREY if entry[0] != 259]
    where = ((273, LONG, 1, 256), (279, LONG, 1, len(stream) if size is None else size))
    return one_page(*fields, (259, SHORT, 1, compression), *where, *more, data=stream)


def _further_strips() -> bytes:
    """Build an uncompressed page with a second strip that its pixels do not need."""
    at = 256 + len(_PIXELS)
    where = ((273, LONG, 2, 240), (278, SHORT, 1, 2), (279, LONG, 2, 248))
    data = (HEADER + directory(*sorted((*GREY, *where)))).ljust(240, b"\0")
    return data + struct.pack("<IIII", 256, at, len(_PIXELS), len(HIDDEN)) + _PIXELS + HIDDEN


def _second_page() -> bytes:
    """Build a page, and a reduced version of it whose strip hides."""
    strip, small = ((273, LONG, 1, 256), (279, LONG, 1, 4)), ((273, LONG, 1, 260), (279, LONG, 1, 64))
    reduced = ((254, LONG, 1, 1), *GREY, *small)
    first = directory(*GREY, *strip, following=8 + 2 + 12 * 7 + 4)
    return (HEADER + first + directory(*sorted(reduced))).ljust(256, b"\0") + _PIXELS + HIDDEN


def _palette() -> bytes:
    """Build a page of palette colour 0, whose other colours hide."""
    fields = [entry for entry in GREY if entry[0] != 262]
    where = ((262, SHORT, 1, 3), (273, LONG, 1, 256), (279, LONG, 1, 4), (320, SHORT, 768, 260))
    return one_page(*fields, *where, data=bytes(4 + 2) + HIDDEN + bytes(1534 - len(HIDDEN)))


def _profile() -> bytes:
    found = TiffImagePlugin.ImageFileDirectory_v2()
    found.tagtype[34675] = 7
    found[34675] = samples.srgb_profile() + HIDDEN
    return tiff_file(tiffinfo=found)


#: A clear code, four literals and the end code, with the highest bit first (TIFF 6.0, section 13).
_LZW_CODES = int("".join(f"{code:09b}" for code in (256, 1, 2, 3, 4, 257)), 2) << 2

PLACES: Places = {
    "description": lambda: with_field(270, 2, HIDDEN.decode()),
    "private field": lambda: with_field(65_000, 7, HIDDEN),
    "XMP": lambda: with_field(700, 1, HIDDEN),
    "IPTC": lambda: with_field(33_723, 7, HIDDEN),
    "colour profile": _profile,
    "bytes that no page uses": lambda: one_page(*GREY, (273, LONG, 1, 256), (279, LONG, 1, 4), data=_PIXELS + HIDDEN),
    "strip that declares too many bytes": lambda: _strip(_PIXELS + HIDDEN),
    "strips that the picture does not need": _further_strips,
    "smaller version of a page": _second_page,
    "behind the end of a JPEG strip": lambda: jpeg_page(jpeg_stream() + HIDDEN),
    "segment of a JPEG strip": lambda: jpeg_page(jpeg_stream(samples.segment(0xFE, HIDDEN))),
    "behind the last pixel of a compressed strip: deflate": lambda: _strip(zlib.compress(_PIXELS) + HIDDEN, _DEFLATE),
    "behind the last pixel of a compressed strip: deflated": lambda: _strip(
        zlib.compress(_PIXELS + HIDDEN, 0), _DEFLATE
    ),
    "behind the last pixel of a compressed strip: LZW": lambda: _strip(_LZW_CODES.to_bytes(7, "big") + HIDDEN, _LZW),
    "behind the last pixel of a compressed strip: PackBits": lambda: _strip(b"\3" + _PIXELS + HIDDEN, _PACKBITS),
    "behind the last pixel of a compressed strip: JPEG": lambda: jpeg_page(jpeg_stream()[:-2] + HIDDEN + b"\xff\xd9"),
    "colours of a palette that no pixel has": _palette,
}
