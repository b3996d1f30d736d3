"""Reads what a TIFF holds, by its directories (TIFF 6.0, sections 2, 8 and 19; BigTIFF; C2PA 2.2, A.3.5)."""

import struct
from typing import NamedTuple

from chalicelib.imaging.contents.found import Contents

_SUBFILE, _BITS, _PHOTOMETRIC, _C2PA = 254, 258, 262, 52545
_PALETTE = 3
#: The bits of NewSubfileType of a smaller copy of another picture, and of a transparency mask.
_COPY, _MASK = 1, 4
_MAX_PAGES, _MAX_ENTRIES = 1 << 12, 1 << 12
_SHORT, _LONG = 3, 4


class _Layout(NamedTuple):
    """How a kind of TIFF stores numbers: count of entries, an entry, an offset; and where the first offset stands."""

    number: str
    entry: str
    offset: str
    first_at: int


_CLASSIC, _BIG = _Layout("H", "HHI4s", "I", 4), _Layout("Q", "HHQ8s", "Q", 8)


class _Page(NamedTuple):
    fields: dict[int, int]
    next_at: int


def read(data: bytes) -> Contents:
    """Count the pages, and note the depth of the first. Raises struct.error if a directory is cut short."""
    order, layout = (">" if data[:2] == b"MM" else "<"), _BIG if 43 in data[2:4] else _CLASSIC
    (at,) = struct.unpack_from(order + layout.offset, data, layout.first_at)
    pages: dict[int, _Page] = {}
    while at and at not in pages and len(pages) < _MAX_PAGES:
        pages[at] = _read_page(data, at, order, layout)
        at = pages[at].next_at
    first, *others = (page.fields for page in pages.values())
    bits = 8 if first.get(_PHOTOMETRIC) == _PALETTE else first.get(_BITS, 1)
    further = [each for each in others if not each.get(_SUBFILE, 0) & (_COPY | _MASK)]
    return Contents(further_pictures=len(further), bits=max(bits, 8), has_c2pa=_C2PA in first)


def _read_page(data: bytes, at: int, order: str, layout: _Layout) -> _Page:
    """Read the first value of the fields that count here; a later field of a tag is ignored."""
    (count,) = struct.unpack_from(order + layout.number, data, at)
    start, size = at + struct.calcsize("=" + layout.number), struct.calcsize("=" + layout.entry)
    fields: dict[int, int] = {}
    for entry_at in range(start, start + size * min(count, _MAX_ENTRIES), size):
        tag, kind, number, value = struct.unpack_from(order + layout.entry, data, entry_at)
        if tag in (_SUBFILE, _BITS, _PHOTOMETRIC, _C2PA):
            fields.setdefault(tag, _first_value(data, order, layout, (kind, number, value)))
    (next_at,) = struct.unpack_from(order + layout.offset, data, start + size * count)
    return _Page(fields, next_at)


def _first_value(data: bytes, order: str, layout: _Layout, entry: tuple[int, int, bytes]) -> int:
    kind, number, value = entry
    code = {_SHORT: "H", _LONG: "I"}.get(kind, "B")
    if number * struct.calcsize(code) > len(value):
        (at,) = struct.unpack(order + layout.offset, value)
        return int(struct.unpack_from(order + code, data, at)[0])
    return int(struct.unpack_from(order + code, value)[0])
