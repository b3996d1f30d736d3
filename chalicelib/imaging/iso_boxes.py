"""Reads the boxes of AVIF and HEIC files (ISO/IEC 14496-12, 4.2 and 8.11; ISO/IEC 23008-12, 9.3)."""

import struct
from collections.abc import Iterator

#: A start and an end in the file.
Range = tuple[int, int]

#: The boxes of one level that are read. libheif refuses a file with more.
_MAX_BOXES = 20_000


def boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
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


def find_box(data: bytes, parent: Range | None, *path: bytes) -> Range | None:
    """Return the start and the end of the content of the first box of a path of kinds."""
    for kind in path:
        parent = next(((start, end) for found, start, end in boxes(data, *(parent or (0, 0))) if found == kind), None)
    return parent


def find_meta(data: bytes) -> Range | None:
    """Return the content of the box `meta` behind its version and flags, or None."""
    meta = find_box(data, (0, len(data)), b"meta")
    return (meta[0] + 4, meta[1]) if meta else None


def read_primary(data: bytes, meta: Range) -> int | None:
    """Return the number of the primary item, or None."""
    pitm = find_box(data, meta, b"pitm")
    return int.from_bytes(data[pitm[0] + 4 : pitm[0] + (8 if data[pitm[0]] else 6)], "big") if pitm else None


def properties_of(data: bytes, meta: Range, item: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of each property of an item. Raises struct.error or IndexError if a box is cut short.

    The property ipma associates indices, from 1, with the items (ISO/IEC 23008-12, 9.3.2).
    """
    ipco, ipma = find_box(data, meta, b"iprp", b"ipco"), find_box(data, meta, b"iprp", b"ipma")
    if not ipco or not ipma:
        return
    wanted = _indices_of(data, ipma, item)
    yield from (box for index, box in enumerate(boxes(data, *ipco), 1) if index in wanted)


def _indices_of(data: bytes, ipma: Range, item: int) -> frozenset[int]:
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
