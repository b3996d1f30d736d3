"""A bounded reader of TIFF directories, classic and BigTIFF, for TIFF files and the EXIF blocks in other containers.

Every count, offset and pointer is hostile until checked: the bytes of all directories together never exceed the block,
so that directories that loop or lie over one another cannot cost more than one reading of it.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.errors import CorruptImage

#: Bytes of one value by field type (TIFF 6.0 section 2; BigTIFF adds 16 to 18).
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBER_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_RATIONAL_CODES = {5: "II", 10: "ii"}
#: The byte order of this machine, whose packed numbers need no turning round.
NATIVE = "<" if sys.byteorder == "little" else ">"
_WHOLE = frozenset({1, 3, 4, 13, 16, 18})
#: Entries of all directories together: an entry of 12 bytes becomes an object of ten times that.
_ENTRIES = 1 << 15
#: What a directory costs besides its entries, so that a file of empty ones ends as well.
_ENTRIES_OF_EMPTY = 8
_HEADERS = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a directory: `at` and `size` say where its value's bytes lie, inside the entry or out of it."""

    tag: int
    type: int
    count: int
    at: int
    size: int
    inline: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: where it starts, its bytes, its fields, and where the next of the chain starts (0: none)."""

    at: int
    size: int
    entries: tuple[Entry, ...]
    next_at: int


@dataclass
class Budget:
    """The bytes of directories that may still be read; running out means that they overlap or loop."""

    left: int
    entries: int = _ENTRIES
    seen: set[int] = field(default_factory=set)

    def spend(self, at: int, size: int, count: int) -> None:
        """Account for one directory.

        Raises CorruptImage when it was visited before or when all directories together outgrow the block.
        """
        self.left -= size
        self.entries -= count + _ENTRIES_OF_EMPTY
        if at in self.seen or self.left < 0 or self.entries < 0:
            raise CorruptImage("A TIFF directory is visited twice, or directories overlap.", code="tiff_directory_loop")
        self.seen.add(at)


@dataclass(frozen=True)
class TiffReader:
    """A TIFF block with its byte order ("<" or ">") and its offset size."""

    data: bytes
    order: str
    big: bool
    first_at: int

    @property
    def entry_size(self) -> int:
        """Tell the bytes of one directory entry."""
        return 20 if self.big else 12

    def unpack(self, codes: str, at: int) -> tuple[int, ...]:
        """Read integers by struct codes. Raises CorruptImage when they lie outside of the block."""
        layout = self.order + codes
        if at < 0 or at + struct.calcsize(layout) > len(self.data):
            raise CorruptImage("A TIFF offset points outside of the file.", code="tiff_offset")
        return struct.unpack_from(layout, self.data, at)

    def directory(self, at: int, budget: Budget) -> Directory:
        """Read the directory at an offset, without its values. Raises CorruptImage when it is cut short or visited."""
        head = 8 if self.big else 2
        (count,) = self.unpack("Q" if self.big else "H", at)
        end = at + head + count * self.entry_size
        budget.spend(at, head + count * self.entry_size, count)
        (next_at,) = self.unpack("Q" if self.big else "I", end)
        entries = tuple(self.entry(place) for place in range(at + head, end, self.entry_size))
        return Directory(at, end - at + (8 if self.big else 4), entries, next_at)

    def entry(self, at: int) -> Entry:
        """Read the directory entry at an offset, without its value."""
        tag, kind, count = self.unpack("HHQ" if self.big else "HHI", at)
        size = count * TYPE_SIZES.get(kind, 0)
        slot = 8 if self.big else 4
        value_at = at + self.entry_size - slot
        if size <= slot:
            return Entry(tag, kind, count, value_at, size, inline=True)
        (at,) = self.unpack("Q" if self.big else "I", value_at)
        return Entry(tag, kind, count, at, size, inline=False)

    def readable(self, entry: Entry) -> bool:
        """Tell whether the value has a known type, is not empty and lies inside the block."""
        return entry.size > 0 and entry.at + entry.size <= len(self.data)

    def check(self, entry: Entry) -> None:
        """Raise CorruptImage when the value is empty or lies outside of the block."""
        if not self.readable(entry):
            raise CorruptImage("A TIFF value lies outside of the file.", code="tiff_value")

    def value(self, entry: Entry) -> bytes:
        """Cut out the value's bytes. Raises CorruptImage when they lie outside of the block."""
        self.check(entry)
        return self.data[entry.at : entry.at + entry.size]

    def numbers(self, entry: Entry, limit: int | None = None) -> tuple[int | float, ...]:
        """List the numbers of a value, at most `limit` of them; text and opaque bytes hold none.

        Raises CorruptImage when they lie outside of the block.
        """
        self.check(entry)
        count = entry.count if limit is None else min(entry.count, limit)
        if entry.type in _RATIONAL_CODES:
            pairs = struct.unpack_from(self.order + _RATIONAL_CODES[entry.type] * count, self.data, entry.at)
            return tuple(top / bottom if bottom else 0 for top, bottom in zip(pairs[::2], pairs[1::2], strict=True))
        code = _NUMBER_CODES.get(entry.type)
        return struct.unpack_from(f"{self.order}{count}{code}", self.data, entry.at) if code else ()

    def integers(self, entry: Entry, limit: int | None = None) -> tuple[int, ...]:
        """List the whole numbers of a value as `numbers` does; a value of another type holds none."""
        return tuple(self.packed_integers(entry, limit))

    def packed_integers(self, entry: Entry, limit: int | None = None) -> "array[int]":
        """List them as `integers` does, without an object for each: for values of tens of thousands of numbers."""
        self.check(entry)
        if entry.type not in _WHOLE:
            return array("B")
        count = entry.count if limit is None else min(entry.count, limit)
        end = entry.at + count * TYPE_SIZES[entry.type]
        found = array(_NUMBER_CODES[entry.type], self.data[entry.at : end])
        if self.order != NATIVE:
            found.byteswap()
        return found


def open_tiff(data: bytes) -> TiffReader:
    """Read the header of a TIFF block. Raises CorruptImage when it is none (TIFF 6.0 section 2, BigTIFF design)."""
    order, big = _HEADERS.get(data[:4], ("", False))
    if not order or len(data) < (16 if big else 8):
        raise CorruptImage("The TIFF header is missing or cut short.", code="tiff_header")
    reader = TiffReader(data, order, big, 0)
    if big and reader.unpack("HH", 4) != (8, 0):
        raise CorruptImage("The BigTIFF header does not say 8-byte offsets.", code="tiff_header")
    return TiffReader(data, order, big, reader.unpack("Q", 8)[0] if big else reader.unpack("I", 4)[0])


def walk_chain(reader: TiffReader, budget: Budget) -> Iterator[Directory]:
    """Follow the main chain of directories. Raises CorruptImage where it loops, overlaps or leaves the block."""
    at = reader.first_at
    while at:
        directory = reader.directory(at, budget)
        yield directory
        at = directory.next_at
