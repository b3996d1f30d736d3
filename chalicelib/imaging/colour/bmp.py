"""Reads the colour space in the header of a BMP (Windows GDI, BITMAPV4HEADER and BITMAPV5HEADER)."""

import struct

from chalicelib.imaging.colour.curves import SRGB, Parametric
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import Primaries

_HEADER, _V4_SIZE, _V5_SIZE = 14, 108, 124
_CALIBRATED, _EMBEDDED = 0, 0x4D424544
_SPACE, _ENDPOINTS, _PROFILE = _HEADER + 56, _HEADER + 60, _HEADER + 112


def embedded_profile(data: bytes) -> bytes:
    """Return the ICC profile of a header of version 5. Empty if it has none, or if it is outside the file."""
    if _header_size(data) != _V5_SIZE or len(data) < _PROFILE + 8:
        return b""
    (space,) = struct.unpack_from("<I", data, _SPACE)
    offset, size = struct.unpack_from("<II", data, _PROFILE)
    start = _HEADER + offset
    return data[start : start + size] if space == _EMBEDDED and start + size <= len(data) else b""


def calibrated_space(data: bytes) -> bytes | None:
    """Return a profile of the calibrated space of a header of version 4 or 5. None if it has none.

    Programs that do not know a space leave the end points at 0.
    """
    if _header_size(data) not in (_V4_SIZE, _V5_SIZE) or len(data) < _HEADER + _V4_SIZE:
        return None
    (space,) = struct.unpack_from("<I", data, _SPACE)
    ends, gammas = struct.unpack_from("<9i", data, _ENDPOINTS), struct.unpack_from("<3I", data, _ENDPOINTS + 36)
    if space != _CALIBRATED:
        return None
    curve = Parametric(gammas[1] / 65536) if 0.01 <= gammas[1] / 65536 <= 100 else SRGB
    try:
        return matrix_profile(_primaries(ends), curve)
    except (ZeroDivisionError, struct.error):
        return None


def _primaries(ends: tuple[int, ...]) -> Primaries:
    """Return the chromaticities of the end points, which are X, Y and Z of red, green and blue. White is their sum."""
    colours = [ends[at : at + 3] for at in (0, 3, 6)]
    white = tuple(map(sum, zip(*colours, strict=True)))
    red, green, blue, white_point = ((x / (x + y + z), y / (x + y + z)) for x, y, z in (*colours, white))
    return red, green, blue, white_point


def _header_size(data: bytes) -> int:
    return int.from_bytes(data[_HEADER : _HEADER + 4], "little")
