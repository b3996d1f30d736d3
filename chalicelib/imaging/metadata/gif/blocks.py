"""Splits a GIF into its blocks (GIF89a, 15 to 27). Every byte of the file belongs to exactly one of them."""

import re
import struct
from collections.abc import Iterator
from enum import Enum

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.spans import Segment

_HEADER = 13
_IMAGE, _EXTENSION, _END = 0x2C, 0x21, 0x3B
# Length and name of the loop extension. Pillow expects a second sub-block after it.
_LOOP = b"\x0bNETSCAPE2.0"
_CONTROL, _COMMENT, _TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF
# The first byte of a block. Decoders skip other bytes; most are zeros, where a writer ended a sub-block twice.
_NEXT = re.compile(rb"[\x21\x2c\x3b]")


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
#: When the file ends where the empty sub-block should be, `end` is one byte after the end of the file.
Block = Segment[Part]


def walk(data: bytes) -> Iterator[Block]:
    """Yield the blocks in the order of the file. The trailer byte may be missing when all images are whole.

    Raises CorruptImage when a block is cut short or there is no image.
    """
    end, has_image = _end_of_header(data), False
    yield Segment(Part.HEAD, 0, 0, end, end)
    while True:
        match = _NEXT.search(data, end)
        start = match.start() if match else len(data)
        if start > end:
            yield Segment(Part.GAP, end, end, start, start)
        if start == len(data) or data[start] == _END:
            break
        block = _read_block(data, start)
        yield block
        end = block.end
        has_image |= block.type is Part.IMAGE
    if not has_image:
        raise CorruptImage("The GIF has no image.", code="gif_empty")
    if start + 1 < len(data):
        yield Segment(Part.TRAILER, start + 1, start + 1, len(data), len(data))


def sub_blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of the data of each sub-block, up to the empty one (GIF89a, 15 and 16).

    Raises CorruptImage when one is cut short. The empty one may be missing at the end of the file.
    """
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            raise CorruptImage("A GIF block is cut short.", code="gif_truncated")
        yield at + 1, end
        at = end


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height of the screen in pixels. Raises CorruptImage when the descriptor is cut short."""
    if len(data) < _HEADER:
        raise CorruptImage("The GIF ends in its header.", code="gif_truncated")
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def read_canvas(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels of the area that holds the screen and the first image.

    Raises CorruptImage when a block is cut short.
    """
    width, height = read_size(data)
    end = _end_of_header(data)
    while (match := _NEXT.search(data, end)) and match[0][0] == _EXTENSION:
        end = _read_block(data, match.start()).end
    if match and match[0][0] == _IMAGE and match.end() + 8 <= len(data):
        left, top, image_width, image_height = struct.unpack_from("<4H", data, match.end())
        return max(width, left + image_width), max(height, top + image_height)
    return width, height


def _end_of_header(data: bytes) -> int:
    read_size(data)
    end = _HEADER + _table_size(data[10])
    if end > len(data):
        raise CorruptImage("The GIF ends in its colour table.", code="gif_truncated")
    return end


def _table_size(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _read_block(data: bytes, start: int) -> Block:
    if data[start] == _IMAGE:
        if start + 10 > len(data):
            raise CorruptImage("A GIF image is cut short.", code="gif_truncated")
        # One byte, the code size, is between the colour table and the sub-blocks.
        at = start + 10 + _table_size(data[start + 9]) + 1
        part = Part.IMAGE
    else:
        at = start + 2
        part = _EXTENSIONS.get(data[start + 1], Part.UNKNOWN) if at <= len(data) else Part.UNKNOWN
        _reject_empty(data, part, at)
    end = _end_of_sub_blocks(data, at)
    return Segment(part, start, at, end, end)


def _reject_empty(data: bytes, part: Part, at: int) -> None:
    """Raise CorruptImage for an empty extension. Pillow does not stop there: it reads the next byte as a length."""
    if part is Part.APPLICATION and data.startswith(_LOOP, at):
        at += len(_LOOP)
    if part is not Part.COMMENT and data[at : at + 1] == b"\0":
        raise CorruptImage("A GIF extension is empty. Decoders do not agree on how to read it.", code="gif_extension")


def _end_of_sub_blocks(data: bytes, at: int) -> int:
    if at >= len(data):
        raise CorruptImage("A GIF block is cut short.", code="gif_truncated")
    for _, end in sub_blocks(data, at):
        at = end
    return at + 1
