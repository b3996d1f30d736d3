"""Walk the boxes of an ISO base media file (ISO/IEC 14496-12), with a limit on their number."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.errors import CorruptImage

#: A file may have _BOXES boxes, and one more for each _BYTES_A_BOX bytes: a real photo of many tiles has a few hundred.
#: The scrub uses about 350 bytes of memory for a box, and may use three times the size of the file.
_BOXES, _BYTES_A_BOX = 4096, 128
#: The type for bytes that are not a box, such as bytes after the last box.
REST = b""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, and the offsets of its first byte, of its payload, and of the first byte after it."""

    kind: bytes
    at: int
    start: int
    end: int


class BoxWalker:
    """Walks the boxes of one file. All walks together may visit a limited number of boxes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = _BOXES + len(data) // _BYTES_A_BOX
        self._children: dict[Box, list[Box]] = {}

    def walk(self, start: int, end: int) -> Iterator[Box]:
        """Yield the boxes between two offsets. Bytes at the end that are too few for a box have the type REST.

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
        # A size of 0 means "up to the end" (4.2)
        box_end = at + size if size else end
        if box_end < start or box_end > end:
            raise CorruptImage("A box is longer than the box or file around it.", code="box_size")
        return Box(kind, at, start, box_end)

    def children(self, box: Box) -> list[Box]:
        """List the boxes inside a box, and remember the list. Raises the errors of walk()."""
        if box not in self._children:
            self._children[box] = list(self.walk(box.start, box.end))
        return self._children[box]

    def number(self, at: int, size: int) -> int:
        """Read a big-endian number of 0 to 8 bytes. Raises CorruptImage past the end of the file."""
        if at + size > len(self.data):
            raise CorruptImage("A box is cut short.", code="box_size")
        return int.from_bytes(self.data[at : at + size], "big")

    def walk_file(self) -> Iterator[Box]:
        """Yield the top-level boxes. Garbage after a box, which some phones append, is yielded as type REST.

        Raises CorruptImage when a box that the picture needs is broken, or when the file has too many boxes.
        """
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
        self._data = walker.data
        self.at = box.start
        self._end = box.end

    def take(self, size: int) -> int:
        """Read the next number of `size` bytes."""
        return int.from_bytes(self.take_bytes(size), "big")

    def take_bytes(self, size: int) -> bytes:
        """Read the next `size` bytes as they are."""
        start, self.at = self.at, self.at + size
        if self.at > self._end:
            raise CorruptImage("A box is cut short.", code="box_size")
        return self._data[start : self.at]

    def rest(self) -> Box:
        """Return the bytes after the last field, as a box of type REST."""
        return Box(REST, self.at, self.at, self._end)
