"""Finds the partitions of a lossy WebP picture (RFC 6386, 9.2 to 9.7), which lie one after another in a VP8 chunk.

The number of partitions is coded within the first one, behind headers of varying length.
"""

from typing import NamedTuple

from chalicelib.errors import CorruptImage

#: Bytes of the frame tag, with the start code and the size that follow it (9.1).
HEADER = 10
_TAG = 3


class Partitions(NamedTuple):
    """The sizes of the partitions in bytes. The last one takes the rest of the chunk."""

    first: int
    others: tuple[int, ...]


def read_partitions(coded: bytes) -> Partitions:
    """Return the sizes of the partitions. Raises CorruptImage when they exceed the chunk."""
    first = int.from_bytes(coded[:_TAG], "little") >> 5
    count = 1 << _BoolReader(coded[HEADER : HEADER + first]).read_partition_count()
    table = HEADER + first
    start = table + _TAG * (count - 1)
    sizes = [int.from_bytes(coded[at : at + _TAG], "little") for at in range(table, start, _TAG)]
    last = len(coded) - start - sum(sizes)
    if last < 0:
        raise CorruptImage("A partition of the WebP is cut short.", code="truncated_image")
    return Partitions(first, (*sizes, last))


def shorten(coded: bytes, cuts: tuple[int, ...]) -> bytes:
    """Return the picture with bytes cut off the end of each partition, first to last, and with its sizes corrected."""
    first, others = read_partitions(coded)
    tag = int.from_bytes(coded[:_TAG], "little") & 0x1F | first - cuts[0] << 5
    kept = [size - cut for size, cut in zip(others, cuts[1:], strict=True)]
    table = b"".join(size.to_bytes(_TAG, "little") for size in kept[:-1])
    parts, at = [], HEADER + first + len(table)
    for size, length in zip(others, kept, strict=True):
        parts.append(coded[at : at + length])
        at += size
    head = tag.to_bytes(_TAG, "little") + coded[_TAG : HEADER + first - cuts[0]]
    return b"".join([head, table, *parts])


class _BoolReader:
    """Decodes bits of even probability from a partition (7.3). Bytes behind its end count as zero."""

    def __init__(self, part: bytes) -> None:
        self._part = part
        self._value = int.from_bytes(part[:2].ljust(2, b"\0"), "big")
        self._at, self._range, self._shifted = 2, 255, 0

    def read_partition_count(self) -> int:
        """Read the headers up to the partitions (9.2 to 9.5). Return the binary logarithm of their number."""
        self._read(2)  # colour space, clamping
        if self._read(1):
            self._skip_segments()
        self._read(1 + 6 + 3)  # filter type, level, sharpness
        if self._read(1) and self._read(1):
            self._skip_optional(8, 6 + 1)  # changes of the filter level, with their signs
        return self._read(2)

    def _skip_segments(self) -> None:
        updates_map, updates_data = self._read(1), self._read(1)
        if updates_data:
            self._read(1)
            self._skip_optional(4, 7 + 1)  # quantisers
            self._skip_optional(4, 6 + 1)  # filter levels
        if updates_map:
            self._skip_optional(3, 8)

    def _skip_optional(self, count: int, bits: int) -> None:
        for _ in range(count):
            if self._read(1):
                self._read(bits)

    def _read(self, bits: int) -> int:
        number = 0
        for _ in range(bits):
            number = number << 1 | self._read_bit()
        return number

    def _read_bit(self) -> int:
        split = 1 + ((self._range - 1) * 128 >> 8)
        bit = int(self._value >= split << 8)
        self._range = self._range - split if bit else split
        self._value -= (split << 8) * bit
        while self._range < 128:
            self._value, self._range, self._shifted = self._value << 1, self._range << 1, self._shifted + 1
            if self._shifted == 8:
                self._value |= int.from_bytes(self._part[self._at : self._at + 1], "big")
                self._at, self._shifted = self._at + 1, 0
        return bit
