"""Cuts a GIF into its blocks (GIF89a, 15 to 27): every byte of the file belongs to exactly one of them."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.gif_header import (
    END,
    IMAGE,
    NEXT_BLOCK,
    colour_table_size,
    end_of_extension,
    end_of_header,
    end_of_sub_blocks,
)

_CONTROL, _COMMENT, _TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF


class Part(Enum):
    """What a block is."""

    HEAD = "header, screen descriptor and colour table"
    IMAGE = "image"
    CONTROL = "graphic control extension"
    COMMENT = "comment extension"
    TEXT = "plain text extension"
    APPLICATION = "application extension"
    UNKNOWN = "unknown extension"
    GAP = "bytes between blocks"
    TRAILER = "bytes after the end"


_EXTENSIONS = {_CONTROL: Part.CONTROL, _COMMENT: Part.COMMENT, _TEXT: Part.TEXT, _APPLICATION: Part.APPLICATION}


class Block(NamedTuple):
    """One block: what it is, where it starts, where its first sub-block starts, where it ends.

    The end is one byte behind the end of the file when the file stops in place of the block's empty last sub-block.
    """

    part: Part
    start: int
    at: int
    end: int

    @property
    def size(self) -> int:
        """Count all its bytes."""
        return self.end - self.start


def walk(data: bytes) -> Iterator[Block]:
    """Yield the blocks in the order of the file; a missing trailer byte is no fault when all images are whole.

    Raises CorruptImage when a block is cut short or there is no image.
    """
    end, has_image = end_of_header(data), False
    yield Block(Part.HEAD, 0, 0, end)
    while True:
        match = NEXT_BLOCK.search(data, end)
        start = match.start() if match else len(data)
        if start > end:
            yield Block(Part.GAP, end, end, start)
        if start == len(data) or data[start] == END:
            break
        block = _read_block(data, start)
        yield block
        end = block.end
        has_image |= block.part is Part.IMAGE
    if not has_image:
        raise CorruptImage("The GIF has no image.", code="gif_empty")
    if start + 1 < len(data):
        yield Block(Part.TRAILER, start + 1, start + 1, len(data))


def _read_block(data: bytes, start: int) -> Block:
    if data[start] == IMAGE:
        if start + 10 > len(data):
            raise CorruptImage("A GIF image is cut short.", code="gif_truncated")
        # the code size stands between the colour table and the sub-blocks
        at = start + 10 + colour_table_size(data[start + 9]) + 1
        return Block(Part.IMAGE, start, at, end_of_sub_blocks(data, at))
    end = end_of_extension(data, start)
    return Block(_EXTENSIONS.get(data[start + 1], Part.UNKNOWN), start, start + 2, end)
