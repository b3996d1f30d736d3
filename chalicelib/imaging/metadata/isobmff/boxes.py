"""A bounded walk over the boxes of an ISO base media file, and a plan of what to change in them (ISO/IEC 14496-12)."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.errors import CorruptImage

#: Boxes that even a small file may have, and bytes for each one more: a real photo of many tiles has a few hundred.
_BOXES, _BYTES_A_BOX = 4096, 64
#: What no box holds: bytes behind the last one that parse as none.
REST = b""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, where it starts, where its payload starts, and where it ends."""

    kind: bytes
    at: int
    start: int
    end: int


class BoxWalker:
    """Walks the boxes of one file and ends the walk when there are too many of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = _BOXES + len(data) // _BYTES_A_BOX

    def walk(self, start: int, end: int) -> Iterator[Box]:
        """List the boxes between two offsets; what is too short for a box comes as one of the type REST.

        Raises CorruptImage when a box is longer than its parent or when the file has too many boxes.
        """
        at = start
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise CorruptImage("The file has too many boxes.", code="box_count")
            box = self._read(at, end)
            yield box
            at = box.end

    def _read(self, at: int, end: int) -> Box:
        if end - at < 8:
            return Box(REST, at, at, end)
        size, kind, start = self.number(at, 4), self.data[at + 4 : at + 8], at + 8
        if size == 1 and end - at >= 16:
            size, start = self.number(at + 8, 8), at + 16
        # A size of 0 means: up to the end (4.2)
        box_end = at + size if size else end
        if box_end < start or box_end > end:
            raise CorruptImage("A box is longer than what holds it.", code="box_size")
        return Box(kind, at, start, box_end)

    def number(self, at: int, size: int) -> int:
        """Read a big-endian number of 0 to 8 bytes. Raises CorruptImage behind the end of the file."""
        if at + size > len(self.data):
            raise CorruptImage("A box is cut short.", code="box_size")
        return int.from_bytes(self.data[at : at + size], "big")

    def walk_file(self) -> Iterator[Box]:
        """List the top-level boxes; garbage behind a box, as phones append it, comes as one of the type REST."""
        at = 0
        while at < len(self.data):
            try:
                box = next(self.walk(at, len(self.data)))
            except CorruptImage:
                if self._left < 0 or self.data[at + 4 : at + 8] in (b"ftyp", b"meta", b"moov", b"mdat"):
                    raise
                box = Box(REST, at, at, len(self.data))
            yield box
            at = box.end


class Cursor:
    """Reads the fields of one box in their order. Raises CorruptImage where the box ends too early."""

    def __init__(self, walker: BoxWalker, box: Box) -> None:
        self._walker = walker
        self.at = box.start
        self._end = box.end

    def take(self, size: int) -> int:
        """Read the next number of `size` bytes."""
        if self.at + size > self._end:
            raise CorruptImage("A box is cut short.", code="box_size")
        self.at += size
        return self._walker.number(self.at - size, size)

    def rest(self) -> Box:
        """Give what follows the last field, as a box of the type REST."""
        return Box(REST, self.at, self.at, self._end)

    def take_bytes(self, size: int) -> bytes:
        """Read the next `size` bytes as they are."""
        self.take(size)
        return self._walker.data[self.at - size : self.at]
