"""Gives Pillow a PNG without the chunks that no pixel needs.

Pillow keeps every text, unpacked (64 MB in all, or four times that in memory), and every private chunk.
"""

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import IO, Any

from chalicelib.imaging.contents.png import chunks

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
#: The bit of a letter that is small: the first one says ancillary, and the second one private (PNG, 5.4).
_SMALL = 0x20
#: Length and kind stand before the content of a chunk, and the checksum behind it.
_BEFORE, _BEHIND = 8, 4

_Span = tuple[int, int]


class _Parts(io.RawIOBase):
    """A file of some parts of `data`, which are not copied together."""

    def __init__(self, data: bytes, parts: Sequence[_Span]) -> None:
        super().__init__()
        self._data, self._parts, self._at = memoryview(data), parts, 0
        self._starts = [0, *accumulate(end - start for start, end in parts)]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._starts[-1])[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        if not 0 <= self._at < self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._at) - 1
        start, end = self._parts[number]
        start += self._at - self._starts[number]
        piece = self._data[start : min(end, start + len(buffer))]
        memoryview(buffer).cast("B")[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def open_without_unread(data: bytes) -> IO[bytes]:
    """Return a file of the PNG without its texts and its private chunks."""
    parts, at = list[_Span](), 0
    for kind, start, end in chunks(data):
        if kind in _TEXTS or kind[0] & kind[1] & _SMALL:
            parts.append((at, start - _BEFORE))
            at = end + _BEHIND
    return io.BufferedReader(_Parts(data, [*parts, (at, len(data))])) if parts else io.BytesIO(data)
