"""Names the gamut of a colour space, where it is wider than sRGB."""

from collections.abc import Iterator

from chalicelib.imaging.colour.cicp import PRIMARIES
from chalicelib.imaging.colour.hdr import PQ, HdrSpace
from chalicelib.imaging.colour.icc import read_columns
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from chalicelib.imaging.colour.matrix import Matrix, Primaries, inverse, to_d50, transform
from chalicelib.imaging.colour.sources import ADOBE_RGB, Space

SRGB = "srgb"
#: ROMM RGB (ISO 22028-2), whose white is D50.
_PROPHOTO: Primaries = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585))
_KNOWN = {"display-p3": PRIMARIES[12], "adobe-rgb": ADOBE_RGB, "rec2020": PRIMARIES[9], "prophoto-rgb": _PROPHOTO}
#: Profiles store their matrix with rounding errors, and some authors measured it.
_TOLERANCE = 0.008
#: How far below 0 a primary is in linear sRGB if it is outside of it.
_OUTSIDE = -0.02
_GREY = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"})


def name_gamut(space: Space | None, mode: str) -> str:
    """Return `srgb` for a picture of this mode whose colours sRGB can hold, else the name of its gamut.

    An unknown gamut is `wide`. A space with tables only counts as sRGB, and so do grey pictures.
    """
    if isinstance(space, HdrSpace):
        name = next((name for name, primaries in _KNOWN.items() if primaries == space.primaries), SRGB)
        return f"{name}-{'pq' if space.transfer == PQ else 'hlg'}"
    if mode in ("CMYK", "LAB"):
        return mode.lower()
    columns = read_columns(space) if space and mode not in _GREY else ()
    return _name(columns) if columns else SRGB


def _name(columns: Matrix) -> str:
    for name, primaries in _KNOWN.items():
        known = tuple(zip(*to_d50(primaries), strict=True))
        if all(abs(a - b) <= _TOLERANCE for a, b in _pairs(columns, known)):
            return name
    to_srgb = inverse(to_d50(SRGB_PRIMARIES))
    return "wide" if min(min(transform(to_srgb, column)) for column in columns) < _OUTSIDE else SRGB


def _pairs(one: Matrix, other: Matrix) -> Iterator[tuple[float, float]]:
    for left, right in zip(one, other, strict=True):
        yield from zip(left, right, strict=True)
