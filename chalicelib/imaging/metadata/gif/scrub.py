"""GIF: what it carries, and a copy without it, block by block; the coded images are never decoded (GIF89a).

The plain text extension goes too: it is text, its rendering asks for a font that no viewer has, and none draws it.
A GIF has no orientation: viewers do not read the one in XMP, and neither does Pillow.
"""

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.gif_header import read_size, sub_blocks
from chalicelib.imaging.metadata.findings import Reading, Stripped
from chalicelib.imaging.metadata.gif.blocks import Block, Part, walk
from chalicelib.imaging.metadata.gif.inspector import CONTROL_FLAGS, LOOPS, GifInspector
from chalicelib.imaging.metadata.splice import ByteCopier


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a GIF. Raises CorruptImage when it cannot be read to its end."""
    inspector = GifInspector(data)
    for block in walk(data):
        inspector.visit(block)
    return Reading(inspector.findings(), read_size(data))


def strip(data: bytes) -> Stripped:
    """Copy what the allow-list has: colour tables, images, timing, transparency and loop.

    Raises CorruptImage when a block is cut short or there is no image.
    """
    inspector, scrub = GifInspector(data), _Scrub(data)
    for block in walk(data):
        inspector.visit(block)
        scrub.visit(block)
    reading = Reading(inspector.findings(), read_size(data))
    return Stripped(scrub.finish(), ImageFormat.GIF, reading.size, reading.removable)


class _Scrub:
    """Takes the blocks in their order and copies what stays; everything that it does not know goes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._body = ByteCopier(data)

    def visit(self, block: Block) -> None:
        """Copy a block, write it anew, or pass over it."""
        if block.part is Part.HEAD:
            self._body.copy(block.start, block.end)
        elif block.part is Part.IMAGE:
            self._body.copy(block.start, min(block.end, len(self._data)))
            if block.end > len(self._data):
                self._body.write(b"\0")
        elif block.part is Part.CONTROL:
            self._write_control(block)
        elif block.part is Part.APPLICATION:
            self._write_loop(block)

    def finish(self) -> bytes:
        """Write the trailer byte."""
        self._body.write(b"\x3b")
        return self._body.join()

    def _write_control(self, block: Block) -> None:
        """Write timing, disposal and transparency, of the first sub-block alone (GIF89a, 23)."""
        start, end = next(sub_blocks(self._data, block.at), (0, 0))
        if end - start >= 4:
            flags = self._data[start] & CONTROL_FLAGS
            self._body.write(b"\x21\xf9\x04" + bytes([flags]) + self._data[start + 1 : start + 4] + b"\0")

    def _write_loop(self, block: Block) -> None:
        """Write the number of runs; other sub-blocks of the same extension hold nothing that a viewer shows."""
        parts = sub_blocks(self._data, block.at)
        name = self._data[slice(*next(parts, (0, 0)))]
        if name not in LOOPS:
            return
        for start, end in parts:
            if self._data[start] == 1 and end - start >= 3:
                self._body.write(b"\x21\xff\x0b" + name + b"\x03" + self._data[start : start + 3] + b"\0")
                return
