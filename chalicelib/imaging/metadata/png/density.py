"""Write a pixel density that only EXIF holds into the pHYs chunk of a PNG (PNG third edition, 11.3.4.2)."""

import struct
from fractions import Fraction

from chalicelib.imaging.metadata.exif.minimal import Density

#: The units of EXIF in metres: the inch and the centimetre.
_METRES = {2: Fraction(254, 10_000), 3: Fraction(1, 100)}
_METRE = 1


def write_density(density: Density) -> bytes:
    """Return the payload of a pHYs chunk: pixels per metre, across and down, and the unit."""
    words = [max(1, int(value / _METRES[density.unit] + Fraction(1, 2))) for value in density[:2]]
    return struct.pack(">IIB", *words, _METRE)
