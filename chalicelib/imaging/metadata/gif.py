"""GIF: what it carries, and a copy without it, block by block; the coded images are never decoded (GIF89a).

The plain text extension goes too: it is text, its rendering asks for a font that no viewer has, and none draws it.
A GIF has no orientation: viewers do not read the one in XMP, and neither does Pillow.
"""

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.findings import Finding, Stripped
from chalicelib.imaging.metadata.gif_blocks import Block, Part, read_size, sub_blocks, walk
from chalicelib.imaging.metadata.gif_findings import CONTROL_FLAGS, LOOPS, GifInspector
from chalicelib.imaging.metadata.splice import Splice


def inspect(data: bytes) -> tuple[Finding, ...]:
    """List what a GIF carries besides its pixels. Raises CorruptImage when it cannot be read to its end."""
    inspector = GifInspector(data)
    for block in walk(data):
        inspector.visit(block)
    return inspector.findings()


def strip(data: bytes) -> Stripped:
    """Copy what the allow-list has: colour tables, images, timing, transparency and loop.

    Raises CorruptImage when a block is cut short or there is no image.
    """
    inspector, scrub = GifInspector(data), _Scrub(data)
    for block in walk(data):
        inspector.visit(block)
        scrub.visit(block)
    findings = inspector.findings()
    removed = tuple(finding for finding in findings if not finding.allowed)
    kept = tuple(finding for finding in findings if finding.allowed)
    return Stripped(scrub.finish(), ImageFormat.GIF, dimensions(data), removed, kept)


def dimensions(data: bytes) -> tuple[int, int]:
    """Tell width and height of the screen in pixels. Raises CorruptImage when the descriptor is cut short."""
    return read_size(data)


class _Scrub:
    """Takes the blocks in their order and copies what stays; everything that it does not know goes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._body = Splice(data)

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
