"""Reads the coding-independent code points of the primary picture of an AVIF or HEIC file.

Sources: ISO/IEC 14496-12, 8.11 (meta box) and 12.1.5 (colr); ISO/IEC 23008-12, 6.5.5 and 9.3 (properties of items).
"""

import struct
from collections.abc import Iterator

#: The boxes of one level that are read. libheif refuses a file with more.
_MAX_BOXES = 20_000


def read_nclx(data: bytes) -> tuple[int, int] | None:
    """Return colour primaries and transfer characteristics of the primary item. None if it has no colr box of nclx."""
    try:
        meta = _first(data, (0, len(data)), b"meta")
        return _nclx_of_primary(data, (meta[0] + 4, meta[1])) if meta else None
    except (struct.error, IndexError):  # a box is cut short: the decoder decides whether the picture can be shown
        return None


def _nclx_of_primary(data: bytes, meta: tuple[int, int]) -> tuple[int, int] | None:
    pitm, iprp = _first(data, meta, b"pitm"), _first(data, meta, b"iprp")
    ipco, ipma = _first(data, iprp, b"ipco"), _first(data, iprp, b"ipma")
    if not (pitm and ipco and ipma):
        return None
    item = int.from_bytes(data[pitm[0] + 4 : pitm[0] + (8 if data[pitm[0]] else 6)], "big")
    wanted = _properties_of(data, ipma, item)
    for index, (kind, start, _end) in enumerate(_boxes(data, *ipco), 1):
        if index in wanted and kind == b"colr" and data[start : start + 4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", data, start + 4)
            return primaries, transfer
    return None


def _properties_of(data: bytes, ipma: tuple[int, int], item: int) -> frozenset[int]:
    """Return the indices, from 1, of the properties that ipma associates with an item (ISO/IEC 23008-12, 9.3.2)."""
    at, end = ipma
    identifier, index = (">I" if data[at] else ">H"), (">H" if data[at + 3] & 1 else ">B")
    mask = 0x7FFF if data[at + 3] & 1 else 0x7F
    at += 8
    while at < end:
        (owner,) = struct.unpack_from(identifier, data, at)
        at += struct.calcsize(identifier)
        count, size = data[at], struct.calcsize(index)
        if owner == item:
            return frozenset(struct.unpack_from(index, data, at + 1 + size * each)[0] & mask for each in range(count))
        at += 1 + size * count
    return frozenset()


def _first(data: bytes, parent: tuple[int, int] | None, kind: bytes) -> tuple[int, int] | None:
    """Return the start and the end of the content of the first child of a kind."""
    found = (box for box in _boxes(data, *(parent or (0, 0))) if box[0] == kind)
    box = next(found, None)
    return box and box[1:]


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each of the first boxes (ISO/IEC 14496-12, 4.2)."""
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        size, header = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = end if size == 0 else at + size
        if stop > end or stop < at + header:
            return
        yield data[at + 4 : at + 8], at + header, stop
        at = stop
