"""Read TIFF directories, classic and BigTIFF, of TIFF files and of the EXIF blocks in other containers.

A file may lie about every count and offset, so each is checked before use. All directories together may not have more
bytes than the block. Directories that loop or overlap therefore cost no more than reading the block once.
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
_INTEGER_TYPES = frozenset({1, 3, 4, 13, 16, 18})
#: The byte order of this machine. Arrays of numbers in the other order must be swapped.
NATIVE_ORDER = "<" if sys.byteorder == "little" else ">"
#: The most entries of all directories together: an entry of 12 bytes becomes an object of ten times that size.
_MAX_ENTRIES = 1 << 15
#: Each directory counts as this many entries more, so that a file of empty directories is limited too.
_ENTRIES_PER_DIRECTORY = 8
_HEADERS = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory. The bytes of its value are at offset `at`, inside the entry if `inline` is true."""

    tag: int
    type: int
    count: int
    at: int
    size: int
    inline: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: its offset, its size in bytes, its entries, and the offset of the next directory (0: none)."""

    at: int
    size: int
    entries: tuple[Entry, ...]
    next_at: int


@dataclass
class DirectoryLimits:
    """How many bytes and entries of directories may still be read."""

    bytes_left: int
    entries_left: int = _MAX_ENTRIES
    visited: set[int] = field(default_factory=set)

    def count(self, at: int, size: int, entries: int) -> None:
        """Count one directory of `size` bytes at an offset.

        Raises CorruptImage when it was read before, or when all directories together exceed a limit.
        """
        self.bytes_left -= size
        self.entries_left -= entries + _ENTRIES_PER_DIRECTORY
        if at in self.visited or self.bytes_left < 0 or self.entries_left < 0:
            raise CorruptImage(
                "The TIFF directories overlap, form a loop or have too many fields.", code="tiff_directory_loop"
            )
        self.visited.add(at)


@dataclass(frozen=True)
class TiffReader:
    """A TIFF block: its bytes, its byte order ("<" or ">"), its format, and the offset of the first directory."""

    data: bytes
    order: str
    big: bool
    first_at: int

    @property
    def entry_size(self) -> int:
        """Return the size of a directory entry in bytes."""
        return 20 if self.big else 12

    def unpack(self, codes: str, at: int) -> tuple[int, ...]:
        """Read integers by their struct codes. Raises CorruptImage when they lie outside the block."""
        layout = self.order + codes
        if at < 0 or at + struct.calcsize(layout) > len(self.data):
            raise CorruptImage("A TIFF offset points outside the file.", code="tiff_offset")
        return struct.unpack_from(layout, self.data, at)

    def read_directory(self, at: int, limits: DirectoryLimits) -> Directory:
        """Read the directory at an offset, without its values.

        Raises CorruptImage when it is cut short or exceeds the limits.
        """
        head = 8 if self.big else 2
        (count,) = self.unpack("Q" if self.big else "H", at)
        end = at + head + count * self.entry_size
        limits.count(at, end - at, count)
        (next_at,) = self.unpack("Q" if self.big else "I", end)
        return Directory(at, end - at + (8 if self.big else 4), tuple(self.read_entries(at)), next_at)

    def read_entries(self, at: int) -> Iterator[Entry]:
        """Yield the entries of the directory at an offset, without limits. Raises CorruptImage where it is cut off."""
        (count,) = self.unpack("Q" if self.big else "H", at)
        first = at + (8 if self.big else 2)
        available = min(count, (len(self.data) - first) // self.entry_size)
        places = range(first, first + available * self.entry_size, self.entry_size)
        layout, slot = (self.order + "HHQQ", 8) if self.big else (self.order + "HHII", 4)
        entries = struct.iter_unpack(layout, memoryview(self.data)[first : places.stop])
        for place, (tag, field_type, values, value_at) in zip(places, entries, strict=True):
            size = values * TYPE_SIZES.get(field_type, 0)
            inline = size <= slot
            yield Entry(tag, field_type, values, place + self.entry_size - slot if inline else value_at, size, inline)
        if available < count:
            raise CorruptImage("A TIFF directory is cut off.", code="tiff_offset")

    def is_readable(self, entry: Entry) -> bool:
        """Return True if the value has a known type, is not empty and lies inside the block."""
        return entry.size > 0 and entry.at + entry.size <= len(self.data)

    def check_value(self, entry: Entry) -> None:
        """Raise CorruptImage when the value is empty or lies outside the block."""
        if not self.is_readable(entry):
            raise CorruptImage("A TIFF value lies outside the file.", code="tiff_value")

    def read_value(self, entry: Entry) -> bytes:
        """Return the bytes of the value. Raises CorruptImage when they lie outside the block."""
        self.check_value(entry)
        return self.data[entry.at : entry.at + entry.size]

    def read_numbers(self, entry: Entry, limit: int | None = None) -> tuple[int | float, ...]:
        """Return the numbers of a value, at most `limit` of them; empty for text and opaque bytes.

        Raises CorruptImage when they lie outside the block.
        """
        self.check_value(entry)
        count = entry.count if limit is None else min(entry.count, limit)
        if entry.type in _RATIONAL_CODES:
            pairs = struct.unpack_from(self.order + _RATIONAL_CODES[entry.type] * count, self.data, entry.at)
            return tuple(top / bottom if bottom else 0 for top, bottom in zip(pairs[::2], pairs[1::2], strict=True))
        code = _NUMBER_CODES.get(entry.type)
        return struct.unpack_from(f"{self.order}{count}{code}", self.data, entry.at) if code else ()

    def read_integers(self, entry: Entry, limit: int | None = None) -> tuple[int, ...]:
        """Return the unsigned integers of a value, at most `limit` of them; empty for every other type.

        Raises CorruptImage when they lie outside the block.
        """
        return tuple(self.read_integer_array(entry, limit))

    def read_integer_array(self, entry: Entry, limit: int | None = None) -> "array[int]":
        """Return the same as `read_integers`, in an array: for values of tens of thousands of numbers."""
        self.check_value(entry)
        if entry.type not in _INTEGER_TYPES:
            return array("B")
        count = entry.count if limit is None else min(entry.count, limit)
        end = entry.at + count * TYPE_SIZES[entry.type]
        found = array(_NUMBER_CODES[entry.type], self.data[entry.at : end])
        if self.order != NATIVE_ORDER:
            found.byteswap()
        return found


def open_tiff(data: bytes) -> TiffReader:
    """Read the header of a TIFF block (TIFF 6.0 section 2, BigTIFF design). Raises CorruptImage when it is invalid."""
    order, big = _HEADERS.get(data[:4], ("", False))
    if not order or len(data) < (16 if big else 8):
        raise CorruptImage("The TIFF header is missing or cut short.", code="tiff_header")
    reader = TiffReader(data, order, big, 0)
    if big and reader.unpack("HH", 4) != (8, 0):
        raise CorruptImage("The BigTIFF header does not declare 8-byte offsets.", code="tiff_header")
    return TiffReader(data, order, big, reader.unpack("Q", 8)[0] if big else reader.unpack("I", 4)[0])


def walk_chain(reader: TiffReader, limits: DirectoryLimits) -> Iterator[Directory]:
    """Yield the directories of the main chain. Raises CorruptImage where one is cut short or exceeds the limits."""
    at = reader.first_at
    while at:
        directory = reader.read_directory(at, limits)
        yield directory
        at = directory.next_at
