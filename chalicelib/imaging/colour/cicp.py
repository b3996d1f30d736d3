"""Code points of ITU-T H.273: colour primaries and transfer characteristics, as PNG, AVIF and HEIC store them."""

from chalicelib.imaging.colour.curves import SRGB, Parametric
from chalicelib.imaging.colour.hdr import HLG, PQ, HdrSpace
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from chalicelib.imaging.colour.matrix import Primaries

_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
#: The xy chromaticities of red, green, blue and white for each code of ColourPrimaries (H.273, table 2).
PRIMARIES: dict[int, Primaries] = {
    1: SRGB_PRIMARIES,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    10: ((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
UNSPECIFIED = 2
#: The curve for each code of TransferCharacteristics (H.273, table 3) that needs no tone mapping. Nobody uses the
#: logarithms (9, 10) for pictures. Browsers show the curves of BT.709, BT.601 and BT.2020 (1, 6, 14, 15) as sRGB. The
#: extended ones (11, 12) are the same from 0 to 1.
CURVES: dict[int, Parametric] = {
    **dict.fromkeys((1, 6, 11, 12, 13, 14, 15), SRGB),
    4: Parametric(2.2),
    5: Parametric(2.8),
    7: Parametric(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912),
    8: Parametric(1.0),
    17: Parametric(2.6, (52.37 / 48) ** (1 / 2.6)),
}


def space_of(primaries: int, transfer: int) -> bytes | HdrSpace | None:
    """Return an ICC profile, or HDR, for a pair of codes. Unspecified codes mean sRGB. None if a code is reserved."""
    xy = PRIMARIES.get(1 if primaries == UNSPECIFIED else primaries)
    if xy is None:
        return None
    if transfer in (PQ, HLG):
        return HdrSpace(xy, transfer)
    curve = CURVES.get(13 if transfer == UNSPECIFIED else transfer)
    return matrix_profile(xy, curve) if curve else None
