"""Find the bytes that a colour engine reads in each element of an ICC profile (ICC.1:2022, 10).

Other bytes could hide data.
"""

import struct
from collections.abc import Iterator
from math import prod

from chalicelib.errors import CorruptImage

#: The offsets of the first byte and of the byte after the last one.
Range = tuple[int, int]

#: The number of parameters of a parametric curve, by its function type (10.18).
_PARAMETER_COUNTS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
#: Little CMS refuses a curve with more points, and a table with more channels.
_MAX_POINTS = 0x7FFF
_MAX_CHANNELS = 16
#: Elements with a fixed size in bytes. The only sf32 element is chad, a matrix of nine numbers (9.2.15).
#: An XYZ element may hold several XYZNumbers; engines read the first.
_FIXED_SIZES = {b"XYZ ": 20, b"sf32": 44, b"meas": 36, b"view": 36, b"sig ": 12, b"cicp": 12}
_TABLE_TYPES = frozenset({b"mft1", b"mft2", b"mAB ", b"mBA "})
_TYPES_OF_TAGS = {
    name: types
    for names, types in (
        (b"wtpt bkpt rXYZ gXYZ bXYZ lumi", frozenset({b"XYZ "})),
        (b"rTRC gTRC bTRC kTRC", frozenset({b"curv", b"para"})),
        (b"A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3 gamt pre0 pre1 pre2", _TABLE_TYPES),
        (b"tech ciis rig0 rig2", frozenset({b"sig "})),
        (b"chad", frozenset({b"sf32"})),
        (b"chrm", frozenset({b"chrm"})),
        (b"meas", frozenset({b"meas"})),
        (b"view", frozenset({b"view"})),
        (b"cicp", frozenset({b"cicp"})),
        (b"clro", frozenset({b"clro"})),
    )
    for name in names.split()
}
#: Known technologies, gamuts and image states (9.2.35, 9.2.37, 9.2.47). Other letters could spell a name.
_SIGNATURES = frozenset(
    name.ljust(4)
    for name in b"fscn dcam rscn ijet twax epho esta dsub rpho fprn vidm vidc pjtv CRT PMD AMD KPCD imgs grav offs "
    b"silk flex mpfs mpfr dmpc dcpj prmg scoe sape fpce rhoc rpoc".split()
)
_MULTI_PROCESS_TAGS = frozenset(b"D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3".split())


def find_ranges(data: bytes, signature: bytes, at: int) -> list[Range]:
    """Return the ranges that an engine reads in the element at an offset, or [] if its tag or type is unknown.

    Raises CorruptImage for a multiProcessElements tag: engines prefer it to tables, and it cannot be checked.
    """
    if signature in _MULTI_PROCESS_TAGS:
        raise CorruptImage("The colour profile holds elements that cannot be checked.", code="icc_elements")
    if data[at : at + 4] not in _TYPES_OF_TAGS.get(signature, ()):
        return []
    try:
        ranges = [(at, at + 4), *_walk(data, at)]
    except (struct.error, KeyError, ValueError):
        return []
    return ranges if max(end for _, end in ranges) <= len(data) else []


def _walk(data: bytes, at: int) -> Iterator[Range]:
    kind = data[at : at + 4]
    if kind == b"sig " and data[at + 8 : at + 12] not in _SIGNATURES:
        raise ValueError("unknown signature")
    if kind in _FIXED_SIZES:
        yield at + 8, at + _FIXED_SIZES[kind]
    elif kind in (b"curv", b"para"):
        yield from _walk_curve(data, at)
    elif kind in (b"mft1", b"mft2"):
        yield from _walk_table(data, at, wide=kind == b"mft2")
    elif kind in (b"mAB ", b"mBA "):
        yield from _walk_stages(data, at, to_device=kind == b"mBA ")
    else:
        yield from _walk_channels(data, at)


def _walk_curve(data: bytes, at: int) -> Iterator[Range]:
    if data[at : at + 4] == b"para":
        (function,) = struct.unpack_from(">H", data, at + 8)
        yield at, at + 4
        yield at + 8, at + 10
        yield at + 12, at + 12 + 4 * _PARAMETER_COUNTS[function]
    elif data[at : at + 4] == b"curv":
        (points,) = struct.unpack_from(">I", data, at + 8)
        if points > _MAX_POINTS:
            raise ValueError("too many points")
        yield at, at + 4
        yield at + 8, at + 12 + 2 * points
    else:
        raise ValueError("no curve")


def _walk_table(data: bytes, at: int, *, wide: bool) -> Iterator[Range]:
    """Yield the ranges of a table of 8 or 16 bits: channels and grid; matrix, curves, table, curves (10.10, 10.11)."""
    inputs, outputs, grid = struct.unpack_from(">3B", data, at + 8)
    _check_channels(inputs, outputs)
    before, after = struct.unpack_from(">HH", data, at + 48) if wide else (256, 256)
    numbers = before * inputs + grid**inputs * outputs + after * outputs
    yield at + 8, at + 11
    yield at + 12, at + (52 + 2 * numbers if wide else 48 + numbers)


def _walk_stages(data: bytes, at: int, *, to_device: bool) -> Iterator[Range]:
    """Yield the ranges of a lutAToBType or lutBToAType: curves, matrix, curves, table, curves, each at an offset."""
    inputs, outputs, *offsets = struct.unpack_from(">BB2x5I", data, at + 8)
    _check_channels(inputs, outputs)
    yield at + 8, at + 10
    yield at + 12, at + 32
    b, matrix, m, table, a = (at + offset if offset else 0 for offset in offsets)
    inner, outer = (inputs, outputs) if to_device else (outputs, inputs)
    for place, count in ((b, inner), (m, inner), (a, outer)):
        yield from _walk_curves(data, place, count)
    if matrix:
        yield matrix, matrix + 48
    if table:
        yield from _walk_grid(data, table, inputs, outputs)


def _walk_curves(data: bytes, at: int, count: int) -> Iterator[Range]:
    for _ in range(count if at else 0):
        ranges = list(_walk_curve(data, at))
        yield from ranges
        at += (ranges[-1][1] - at + 3) & ~3


def _walk_grid(data: bytes, at: int, inputs: int, outputs: int) -> Iterator[Range]:
    points = prod(data[at : at + inputs])
    (precision,) = struct.unpack_from(">B", data, at + 16)
    yield at, at + inputs
    yield at + 16, at + 17
    yield at + 20, at + 20 + points * outputs * precision


def _walk_channels(data: bytes, at: int) -> Iterator[Range]:
    """Yield the range of an element that lists channels: chromaticities (10.2) or a colorant order (10.6)."""
    is_order = data[at : at + 4] == b"clro"
    (count,) = struct.unpack_from(">I" if is_order else ">H", data, at + 8)
    _check_channels(count, count)
    yield at + 8, at + 12 + count * (1 if is_order else 8)


def _check_channels(inputs: int, outputs: int) -> None:
    if not (1 <= inputs <= _MAX_CHANNELS and 1 <= outputs <= _MAX_CHANNELS):
        raise ValueError("no such number of channels")
