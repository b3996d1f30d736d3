"""Cuts a GIF into its blocks (GIF89a, 15 to 27): every byte of the file belongs to exactly one of them."""

import re
import struct
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from chalicelib.errors import CorruptImage

_HEADER = 13
_IMAGE, _EXTENSION, _END = 0x2C, 0x21, 0x3B
# the length and name of the extension whose second block Pillow expects
_LOOP = b"\x0bNETSCAPE2.0"
_CONTROL, _COMMENT, _TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF
# what decoders look for after bytes that start no block; mostly zeros, a sub-block's end written twice
_NEXT = re.compile(rb"[\x21\x2c\x3b]")


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
    end, has_image = _end_of_head(data), False
    yield Block(Part.HEAD, 0, 0, end)
    while True:
        match = _NEXT.search(data, end)
        start = match.start() if match else len(data)
        if start > end:
            yield Block(Part.GAP, end, end, start)
        if start == len(data) or data[start] == _END:
            break
        block = _read_block(data, start)
        yield block
        end = block.end
        has_image |= block.part is Part.IMAGE
    if not has_image:
        raise CorruptImage("The GIF has no image.", code="gif_empty")
    if start + 1 < len(data):
        yield Block(Part.TRAILER, start + 1, start + 1, len(data))


def sub_blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield where the data of each sub-block starts and ends; stops behind the empty one (GIF89a, 15 and 16).

    Raises CorruptImage when one is cut short. The file may end in place of the empty one.
    """
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            raise CorruptImage("A GIF block is cut short.", code="gif_truncated")
        yield at + 1, end
        at = end


def read_size(data: bytes) -> tuple[int, int]:
    """Read width and height of the screen in pixels. Raises CorruptImage when the descriptor is cut short."""
    if len(data) < _HEADER:
        raise CorruptImage("The GIF ends in its header.", code="gif_truncated")
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def read_canvas(data: bytes) -> tuple[int, int]:
    """Read how far the screen and the first image reach, in pixels. Raises CorruptImage when a block is cut short."""
    width, height = read_size(data)
    end = _end_of_head(data)
    while (match := _NEXT.search(data, end)) and match[0][0] == _EXTENSION:
        end = _read_block(data, match.start()).end
    if match and match[0][0] == _IMAGE and match.end() + 8 <= len(data):
        left, top, across, down = struct.unpack_from("<4H", data, match.end())
        return max(width, left + across), max(height, top + down)
    return width, height


def _end_of_head(data: bytes) -> int:
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
        # the code size stands between the colour table and the sub-blocks
        at = start + 10 + _table_size(data[start + 9]) + 1
        part = Part.IMAGE
    else:
        at = start + 2
        part = _EXTENSIONS.get(data[start + 1], Part.UNKNOWN) if at <= len(data) else Part.UNKNOWN
        _refuse_empty(data, part, at)
    return Block(part, start, at, _skip(data, at))


def _refuse_empty(data: bytes, part: Part, at: int) -> None:
    """Refuse an extension that is empty where Pillow reads on, and takes the next byte for the length of a block."""
    if part is Part.APPLICATION and data.startswith(_LOOP, at):
        at += len(_LOOP)
    if part is not Part.COMMENT and data[at : at + 1] == b"\0":
        raise CorruptImage("A GIF extension is empty, which decoders do not agree on.", code="gif_extension")


def _skip(data: bytes, at: int) -> int:
    if at >= len(data):
        raise CorruptImage("A GIF block is cut short.", code="gif_truncated")
    for _, end in sub_blocks(data, at):
        at = end
    return at + 1
