"""Reads and builds the ICC profiles that a matrix and curves describe (ICC.1:2022, 8.3.3, 8.4.3, 10.6 and 10.18)."""

import struct
from functools import lru_cache

from chalicelib.imaging.colour.curves import SRGB, Curve, Parametric, Sampled, encode_srgb
from chalicelib.imaging.colour.matrix import D50, Primaries, Vector, to_d50

#: The columns of the matrix of sRGB for D50, and the tolerance within which two profiles show the same colours.
_SRGB_COLUMNS = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
_TOLERANCE = 0.002
_COLUMNS = (b"rXYZ", b"gXYZ", b"bXYZ")
#: The tags of tables, which a colour engine uses instead of the matrix (ICC.1:2022, 8.10.2).
_TABLES = frozenset(b"A2B0 A2B1 A2B2 D2B0 D2B1 D2B2 D2B3".split())
#: Little CMS refuses a profile with more tags.
_MAX_TAGS = 100
#: The largest table of a curve that is read. Profiles have up to 4096 samples.
_MAX_SAMPLES = 65536
_MAX_ELEMENT = 12 + 2 * _MAX_SAMPLES
_MAX_EXPONENT = 100
#: The number of parameters of each function type of a parametric curve (ICC.1:2022, table 68).
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}


@lru_cache(maxsize=64)
def matrix_profile(primaries: Primaries, curve: Parametric) -> bytes:
    """Build a display profile of version 4 with the primaries, adapted to D50, and one curve for all channels.

    Raises ZeroDivisionError or struct.error if the chromaticities describe no colour space.
    """
    columns = zip(*to_d50(primaries), strict=True)
    return _build({name: _xyz(column) for name, column in zip(_COLUMNS, columns, strict=True)}, curve)


def with_srgb_curves(profile: bytes) -> bytes | None:
    """Return a profile with the same matrix and the curve of sRGB. None if it has no matrix."""
    tags = read_tags(profile)
    return _build({name: tags[name][:20] for name in _COLUMNS}, SRGB) if tags.keys() >= set(_COLUMNS) else None


def _build(columns: dict[bytes, bytes], curve: Parametric) -> bytes:
    tags = {b"wtpt": _xyz(D50)} | columns | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve.element)
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, element in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(element))
        body += element + b"\0" * (-len(element) % 4)
    header = struct.pack(">I4xI4s4s4s12x4s", start + len(body), 0x04400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return (header.ljust(68, b"\0") + _xyz(D50)[8:]).ljust(128, b"\0") + table + body


def read_tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the start of each element of a profile by its signature. Elements outside the profile are left out."""
    if len(profile) < 132:
        return {}
    count = min(int.from_bytes(profile[128:132], "big"), _MAX_TAGS, (len(profile) - 132) // 12)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * index) for index in range(count))
    inside = ((name, at, size) for name, at, size in entries if at + size <= len(profile))
    return {name: profile[at : at + min(size, _MAX_ELEMENT)] for name, at, size in inside}


def read_curves(profile: bytes) -> tuple[Curve, ...]:
    """Return the curves of red, green and blue, or of grey. Empty if the profile has tables or no curves."""
    tags = read_tags(profile)
    names = (b"kTRC",) if profile[16:20] == b"GRAY" else (b"rTRC", b"gTRC", b"bTRC")
    curves = tuple(_read_curve(tags.get(name, b"")) for name in names)
    found = tuple(curve for curve in curves if curve)
    return found if len(found) == len(names) and not _TABLES & tags.keys() else ()


def read_columns(profile: bytes) -> tuple[Vector, ...]:
    """Return the XYZ of red, green and blue for D50. Empty if the profile is not RGB or has no matrix."""
    tags = read_tags(profile)
    if profile[16:20] != b"RGB " or not tags.keys() >= set(_COLUMNS):
        return ()
    return tuple(_read_xyz(tags[name]) for name in _COLUMNS)


def is_srgb(profile: bytes) -> bool:
    """Return whether the matrix and the curves are those of sRGB, so that 8-bit samples do not change."""
    tags, curves = read_tags(profile), read_curves(profile)
    if profile[16:20] != b"RGB " or len(curves) != 3:
        return False
    columns = tuple(_read_xyz(tags.get(name, b"")) for name in _COLUMNS)
    close = all(
        abs(value - wanted) <= _TOLERANCE
        for column, srgb in zip(columns, _SRGB_COLUMNS, strict=True)
        for value, wanted in zip(column, srgb, strict=True)
    )
    return close and all(_shows_the_same(curve) for curve in set(curves))


def _shows_the_same(curve: Curve) -> bool:
    if curve == SRGB:
        return True
    return all(abs(encode_srgb(curve(level / 255)) * 255 - level) < 0.5 for level in range(256))


def _read_curve(element: bytes) -> Curve | None:
    if element[:4] == b"curv" and len(element) >= 12:
        return _read_samples(element)
    count = _PARAMETERS.get(int.from_bytes(element[8:10], "big"), 0) if element[:4] == b"para" else 0
    if not count or len(element) < 12 + 4 * count:
        return None
    values = [value / 65536 for value in struct.unpack_from(f">{count}i", element, 12)]
    if not 0 < values[0] <= _MAX_EXPONENT:
        return None
    if count in (3, 4):  # types 1 and 2 start at d = -b / a, and add a constant c to both parts
        g, a, b, constant = (*values, 0.0)[:4]
        return Parametric(g, a, b, 0.0, -b / a if a else 0.0, constant, constant)
    return Parametric(*values)


def _read_samples(element: bytes) -> Curve | None:
    count = int.from_bytes(element[8:12], "big")
    if count > _MAX_SAMPLES or len(element) < 12 + 2 * count:
        return None
    levels = struct.unpack_from(f">{count}H", element, 12)
    if count < 2:
        return Parametric(levels[0] / 256 if count else 1.0)
    return Sampled(tuple(level / 65535 for level in levels))


def _read_xyz(element: bytes) -> Vector:
    if element[:4] != b"XYZ " or len(element) < 20:
        return 0.0, 0.0, 0.0
    return tuple(value / 65536 for value in struct.unpack_from(">3i", element, 8))


def _xyz(values: Vector) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65536) for value in values))
