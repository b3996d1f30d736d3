"""Splits a GIF into its blocks (GIF89a, 15 to 27). Every byte of the file belongs to exactly one of them."""

from collections.abc import Iterator
from enum import Enum

from chalicelib.errors import CorruptImage
from chalicelib.imaging.gif_header import (
    END,
    IMAGE,
    NEXT_BLOCK,
    end_of_extension,
    end_of_header,
    end_of_image,
    start_of_sub_blocks,
)
from chalicelib.imaging.metadata.spans import Segment

_CONTROL, _COMMENT, _TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF


class Part(Enum):
    """The type of a block. The value is shown as its place in a finding."""

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


#: A block. Its payload is its sub-blocks, with the empty one that ends them.
Block = Segment[Part]


def walk(data: bytes) -> Iterator[Block]:
    """Yield the blocks in the order of the file. The trailer byte may be missing when all images are whole.

    Raises CorruptImage when a block is cut short or there is no image.
    """
    end, has_image = end_of_header(data), False
    yield Segment(Part.HEAD, 0, 0, end, end)
    while True:
        match = NEXT_BLOCK.search(data, end)
        start = match.start() if match else len(data)
        if start > end:
            yield Segment(Part.GAP, end, end, start, start)
        if start == len(data) or data[start] == END:
            break
        block = _read_block(data, start)
        yield block
        end = block.end
        has_image |= block.type is Part.IMAGE
    if not has_image:
        raise CorruptImage("The GIF has no image.", code="gif_empty")
    if start + 1 < len(data):
        yield Segment(Part.TRAILER, start + 1, start + 1, len(data), len(data))


def _read_block(data: bytes, start: int) -> Block:
    if data[start] == IMAGE:
        end = end_of_image(data, start)
        return Segment(Part.IMAGE, start, start_of_sub_blocks(data, start), end, end)
    end = end_of_extension(data, start)
    return Segment(_EXTENSIONS.get(data[start + 1], Part.UNKNOWN), start, start + 2, end, end)
