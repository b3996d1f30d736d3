"""Finds where a TIFF needs bytes (TIFF 6.0, BigTIFF), to tell a file that is cut short from a damaged one.

metadata/exif/directories.py reads the same directories in full. This module must stay small: each decode calls it.
"""

import struct
from array import array
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

BIG_ENDIAN_BIGTIFF = b"MM\0+"
_HEADERS = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), BIG_ENDIAN_BIGTIFF: (">", True)}
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _ROWS, _PLANAR = 256, 257, 258, 259, 262, 277, 278, 284
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_UNCOMPRESSED, _SEPARATE, _YCBCR = 1, 2, 6
#: Offsets and sizes of strips, of tiles and of an old-style JPEG stream.
_LOCATIONS = ((273, 279), (324, 325), (513, 514))
#: Pointers to further directories: SubIFDs, EXIF and GPS.
_POINTERS = (330, 34665, 34853)
#: Without the values of these fields, no decoder can show the page.
_NEEDED = frozenset({_BITS, 273, 279, 320, 324, 325, 347})
#: The most entries and directories that are read. Files of more pages are read in part.
_MAX_ENTRIES, _MAX_DIRECTORIES = 1 << 15, 1 << 12


class _Entry(NamedTuple):
    type: int
    at: int
    size: int


class _Cut(Exception):
    """Raised where the file ends before bytes that it needs."""


def is_cut_short(data: bytes) -> bool:
    """Return whether a directory, a value or image data reaches past the end of the file."""
    try:
        _Reader(data).check()
    except _Cut:
        return True
    return False


def has_disputed_tiles(fields: Mapping[int, object]) -> bool:
    """Return whether decoders differ in the layout of the page with these fields.

    libtiff takes a page with the size of a tile for tiled, Pillow one whose offsets have the tag of tiles. If the
    pixels are compressed, Pillow leaves the page to libtiff.
    """
    is_plain = fields.get(_COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED
    is_tiled = _TILE_WIDTH in fields or _TILE_HEIGHT in fields
    return is_plain and is_tiled and _LOCATIONS[0][0] in fields


class _Reader:
    """Reads the directories of one file, each once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._order, self._big = _HEADERS[data[:4]]
        self._entries_left = _MAX_ENTRIES
        self._visited: set[int] = set()

    def check(self) -> None:
        """Check all directories. Raises _Cut."""
        waiting = [self._unpack("Q" if self._big else "I", 8 if self._big else 4)[0]]
        while waiting:
            at = waiting.pop()
            if at and at not in self._visited and len(self._visited) < _MAX_DIRECTORIES:
                self._visited.add(at)
                waiting.extend(self._check_directory(at))

    def _check_directory(self, at: int) -> list[int]:
        """Check one directory and return the offsets of those that it names."""
        entries, next_at = self._read(at)
        for tag, entry in entries.items():
            if entry.at <= len(self._data) < entry.at + entry.size or (tag in _NEEDED and entry.at > len(self._data)):
                raise _Cut
        for offsets, sizes in _LOCATIONS:
            if offsets in entries:
                self._check_image_data(entries, offsets, sizes)
        named = (each for tag in _POINTERS for each in self._numbers(entries, tag)[:64])
        return [*(each for each in named if each <= len(self._data)), next_at]

    def _read(self, at: int) -> tuple[dict[int, _Entry], int]:
        (count,) = self._unpack("Q" if self._big else "H", at)
        first, layout, slot = (at + 8, "HHQQ", 8) if self._big else (at + 2, "HHII", 4)
        step = struct.calcsize("=" + layout)
        end = first + count * step
        (next_at,) = self._unpack("Q" if self._big else "I", end)
        self._entries_left -= count
        if self._entries_left < 0:
            return {}, 0
        found: dict[int, _Entry] = {}
        rows = struct.iter_unpack(self._order + layout, self._data[first:end])
        for place, (tag, kind, number, value_at) in zip(range(first, end, step), rows, strict=True):
            size = number * _TYPE_SIZES.get(kind, 0)
            found.setdefault(tag, _Entry(kind, place + step - slot if size <= slot else value_at, size))
        return found, next_at

    def _check_image_data(self, entries: dict[int, _Entry], offsets_tag: int, sizes_tag: int) -> None:
        offsets, sizes = self._numbers(entries, offsets_tag), self._numbers(entries, sizes_tag)
        needed = self._uncompressed_sizes(entries, len(offsets))
        for at, size, plain in zip_longest(offsets, sizes[: len(offsets)], needed, fillvalue=None):
            most = min((each for each in (size, plain) if each is not None), default=0)
            if at is not None and (at or most) and at + most > len(self._data):
                raise _Cut

    def _uncompressed_sizes(self, entries: dict[int, _Entry], count: int) -> Iterator[int]:
        """Yield the bytes of each uncompressed strip or tile. Declared sizes may be wrong, and decoders ignore them."""
        width, height, samples = (self._number(entries, tag, 1) for tag in (_WIDTH, _HEIGHT, _SAMPLES))
        plain = self._number(entries, _COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED
        if not plain or self._number(entries, _PHOTOMETRIC, 0) == _YCBCR:
            return
        depth = self._number(entries, _BITS, 1)
        depth *= 1 if self._number(entries, _PLANAR, 1) == _SEPARATE else samples
        across = self._number(entries, _TILE_WIDTH, 0)
        rows = self._number(entries, _TILE_HEIGHT if across else _ROWS, height) or height
        per_plane = max(-(-height // rows), 1)
        for index in range(count):
            shown = rows if across else min(rows, height - index % per_plane * rows)
            yield max(shown, 0) * -(-(across or width) * depth // 8)

    def _number(self, entries: dict[int, _Entry], tag: int, default: int) -> int:
        found = self._numbers(entries, tag)
        return found[0] if found else default

    def _numbers(self, entries: dict[int, _Entry], tag: int) -> "array[int]":
        entry = entries.get(tag)
        if entry is None or entry.type not in _INTEGERS or entry.at + entry.size > len(self._data):
            return array("B")
        numbers = array(_INTEGERS[entry.type], self._data[entry.at : entry.at + entry.size])
        if (self._order == ">") == (struct.pack("=H", 1) == b"\1\0"):
            numbers.byteswap()
        return numbers

    def _unpack(self, code: str, at: int) -> tuple[int, ...]:
        if at + struct.calcsize("=" + code) > len(self._data):
            raise _Cut
        return struct.unpack_from(self._order + code, self._data, at)
