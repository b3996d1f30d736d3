"""Reads the metadata of a GIF, and copies the file without it (GIF89a). No pixel is decoded.

The plain text extension is removed too: it holds text, and no viewer draws it.
A GIF has no orientation: neither viewers nor Pillow read the one in XMP.
"""

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.gif_header import read_size, sub_blocks
from chalicelib.imaging.metadata.findings import Reading, Stripped
from chalicelib.imaging.metadata.gif.blocks import Block, Part, walk
from chalicelib.imaging.metadata.gif.images import ImageCodes, read_codes, write_codes
from chalicelib.imaging.metadata.gif.inspector import CONTROL_FLAGS, LOOPS, GifInspector
from chalicelib.imaging.metadata.splice import ByteCopier


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a GIF. Raises CorruptImage when it cannot be read to its end."""
    inspector = GifInspector(data)
    for block in walk(data):
        inspector.visit(block)
        if block.type is Part.IMAGE:
            inspector.visit_codes(read_codes(data, block))
    return Reading(inspector.findings(), read_size(data))


def strip(data: bytes) -> Stripped:
    """Return a copy that holds only colour tables, images, timing, transparency and loop.

    Raises CorruptImage when a block is cut short or there is no image.
    """
    inspector, scrub = GifInspector(data), _Scrub(data)
    for block in walk(data):
        inspector.visit(block)
        if block.type is Part.IMAGE:
            _strip_image(data, block, inspector, scrub)
        else:
            scrub.visit(block)
    reading = Reading(inspector.findings(), read_size(data))
    return Stripped(scrub.finish(), ImageFormat.GIF, reading.size, reading.removable)


def _strip_image(data: bytes, block: Block, inspector: GifInspector, scrub: "_Scrub") -> None:
    """Copy an image whose codes fill its sub-blocks, or write its codes up to their end."""
    codes = read_codes(data, block)
    inspector.visit_codes(codes)
    if codes.hidden:
        scrub.write_image(block, codes)
    else:
        scrub.visit(block)


def strip_unread(data: bytes) -> Stripped:
    """Strip the blocks alone, and copy the codes of the images unread.

    This saves one reading of the codes: nearly every GIF ends with them, and the proof reads them.
    When the result fails the proof, the caller must use `strip`.
    """
    inspector, scrub = GifInspector(data), _Scrub(data)
    for block in walk(data):
        inspector.visit(block)
        scrub.visit(block)
    reading = Reading(inspector.findings(), read_size(data))
    return Stripped(scrub.finish(), ImageFormat.GIF, reading.size, reading.removable)


class _Scrub:
    """Visits the blocks in the order of the file and copies those of the allow-list. All others are left out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._body = ByteCopier(data)

    def visit(self, block: Block) -> None:
        """Copy a block, rewrite it, or leave it out."""
        if block.type is Part.HEAD or block.type is Part.IMAGE:
            self._body.copy(block.start, block.end)
        elif block.type is Part.CONTROL:
            self._write_control(block)
        elif block.type is Part.APPLICATION:
            self._write_loop(block)

    def write_image(self, block: Block, codes: ImageCodes) -> None:
        """Write an image up to the end of its codes."""
        self._body.copy(block.start, block.payload_start)
        for part in write_codes(codes):
            self._body.write(part)

    def finish(self) -> bytes:
        """Return the copied blocks, then the trailer byte."""
        self._body.write(b"\x3b")
        return self._body.join()

    def _write_control(self, block: Block) -> None:
        """Write timing, disposal and transparency from the first sub-block (GIF89a, 23)."""
        start, end = next(sub_blocks(self._data, block.payload_start), (0, 0))
        if end - start >= 4:
            flags = self._data[start] & CONTROL_FLAGS
            self._body.write(b"\x21\xf9\x04" + bytes([flags]) + self._data[start + 1 : start + 4] + b"\0")

    def _write_loop(self, block: Block) -> None:
        """Write the loop count. The other sub-blocks of the extension hold nothing that a viewer shows."""
        parts = sub_blocks(self._data, block.payload_start)
        name = self._data[slice(*next(parts, (0, 0)))]
        if name not in LOOPS:
            return
        for start, end in parts:
            if self._data[start] == 1 and end - start >= 3:
                self._body.write(b"\x21\xff\x0b" + name + b"\x03" + self._data[start : start + 3] + b"\0")
                return
