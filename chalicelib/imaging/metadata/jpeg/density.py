"""Move a pixel density that only EXIF holds into the JFIF header of a JPEG (ITU-T T.871, 10.1)."""

import struct
from fractions import Fraction

from chalicelib.imaging.metadata.exif.minimal import Density

_NEW_HEADER = b"\xff\xe0\x00\x10JFIF\0\1\1" + bytes(7)
#: Offsets in the segment: the units, then two words of density, then the size of the thumbnail.
_UNITS_AT, _THUMBNAIL_AT = 11, 16
_INCH, _CENTIMETRE = 2, 3
_CENTIMETRES_AN_INCH = Fraction(254, 100)
_MAX_WORD = 0xFFFF


def place_density(jfif: bytes, density: Density | None, *, may_add: bool) -> tuple[bytes, Density | None]:
    """Return the JFIF segment with the density, and the density that EXIF must hold instead.

    A density or an aspect ratio that the JFIF header has already stays: readers ask this header first.
    `may_add` says whether a file without JFIF header may get one.
    """
    units, across, down = struct.unpack_from(">BHH", jfif or _NEW_HEADER, _UNITS_AT)
    if density is None or (units and across and down):
        return jfif, None
    if across != down or not (jfif or may_add):
        return jfif, density
    header = jfif or _NEW_HEADER
    return header[:_UNITS_AT] + _write_density(density) + header[_THUMBNAIL_AT:], None


def may_add_jfif(frame: bytes, adobe_transform: int | None) -> bool:
    """Return True if a JFIF header leaves the colours as they are: it declares grey or YCbCr.

    `frame` is the payload of the frame header.
    libjpeg follows a JFIF header before an Adobe segment and before the names of the components.
    """
    components = frame[6::3]
    return len(components) == 1 or (components == b"\1\2\3" and adobe_transform in (None, 1))


def _write_density(density: Density) -> bytes:
    """Return units and density. JFIF holds integers, so that 118.11 pixels per centimetre become 300 per inch."""
    across, down, unit = density
    if unit == _CENTIMETRE and (across.denominator, down.denominator) != (1, 1):
        across, down, unit = across * _CENTIMETRES_AN_INCH, down * _CENTIMETRES_AN_INCH, _INCH
    words = [max(1, min(_MAX_WORD, int(value + Fraction(1, 2)))) for value in (across, down)]
    return struct.pack(">BHH", 1 if unit == _INCH else 2, *words)
