"""Reads the chunks of a PNG that describe its colours (PNG, third edition, 11.3.2)."""

import struct

from chalicelib.imaging.colour.cicp import space_of
from chalicelib.imaging.colour.curves import SRGB, Parametric
from chalicelib.imaging.colour.hdr import HdrSpace
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from chalicelib.imaging.colour.matrix import Primaries

_SIGNATURE_SIZE = 8
#: The sizes of the chunks that are read. A chunk of another size is ignored; an ICC profile has any size.
_SIZES = {b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32}
_ICC = b"iCCP"
#: Colour chunks behind one of these are out of place, and libpng ignores them (PNG, table 7).
_END = frozenset({b"PLTE", b"IDAT", b"IEND"})
#: Within this distance of 1 / 2.2, gAMA means the curve of sRGB: writers of sRGB add this value (PNG, 11.3.2.5).
_GAMMA_TOLERANCE = 0.01
_CHROMATICITY_TOLERANCE = 0.002


def read_chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the first chunk of each kind that describes colours and is in its place. The ICC profile is left empty."""
    found: dict[bytes, bytes] = {}
    at = _SIGNATURE_SIZE
    while at + 12 <= len(data) and (kind := data[at + 4 : at + 8]) not in _END:
        size = int.from_bytes(data[at : at + 4], "big")
        if _SIZES.get(kind) == size:
            found.setdefault(kind, data[at + 8 : at + 8 + size])
        elif kind == _ICC:
            found[kind] = b""
        at += 12 + size
    return found


def coded_space(cicp: bytes) -> bytes | HdrSpace | None:
    """Return the space of a cICP chunk (11.3.2.6). Like browsers, ignore it unless it is RGB of full range."""
    primaries, transfer, matrix, full_range = cicp
    return space_of(primaries, transfer) if (matrix, full_range) == (0, 1) else None


def gamma_space(gama: bytes, chrm: bytes) -> bytes | None:
    """Return the space of a gAMA and a cHRM chunk (11.3.2.1 and 11.3.2.2); the value of sRGB stands for an empty one.

    None if they describe no colour space.
    """
    gamma = int.from_bytes(gama, "big") / 100_000
    primaries = _primaries(chrm) if chrm else SRGB_PRIMARIES
    curve = Parametric(1 / gamma) if 0.01 <= gamma <= 100 else SRGB
    if _is_srgb(primaries) and abs(gamma - 1 / 2.2) <= _GAMMA_TOLERANCE:
        curve = SRGB
    try:
        return matrix_profile(primaries, curve)
    except (ZeroDivisionError, struct.error):  # chromaticities on one line, or far outside the visible colours
        return None


def _primaries(chrm: bytes) -> Primaries:
    """Return the primaries of cHRM, which starts with the white point."""
    white, red, green, blue = ((x / 100_000, y / 100_000) for x, y in struct.iter_unpack(">II", chrm))
    return red, green, blue, white


def _is_srgb(primaries: Primaries) -> bool:
    pairs = (
        pair for one, other in zip(primaries, SRGB_PRIMARIES, strict=True) for pair in zip(one, other, strict=True)
    )
    return all(abs(value - wanted) <= _CHROMATICITY_TOLERANCE for value, wanted in pairs)
