"""Reads a GIF up to its first image, by the block structure of GIF89a.

limits.py needs the canvas size before Pillow opens the file. metadata/gif/blocks.py uses these functions for the rest.
"""

import re
import struct
from collections.abc import Iterator

from chalicelib.errors import CorruptImage

IMAGE, EXTENSION, END = 0x2C, 0x21, 0x3B
#: The byte that starts the next block. Decoders skip other bytes between blocks, mostly a repeated terminator.
NEXT_BLOCK = re.compile(rb"[\x21\x2c\x3b]")
_HEADER, _DESCRIPTOR = 13, 10
_COMMENT, _APPLICATION = b"\xfe", b"\xff"
#: The length and the name of the extension whose second sub-block Pillow expects.
_LOOP = b"\x0bNETSCAPE2.0"


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height of the logical screen in pixels (GIF89a, 18).

    Raises CorruptImage if the header is cut short.
    """
    if len(data) < _HEADER:
        raise CorruptImage("The GIF ends in its header.", code="truncated_image")
    return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")


def read_canvas(data: bytes) -> tuple[int, int]:
    """Return width and height of the area that the screen and the first image cover, in pixels.

    Raises CorruptImage if a block before the first image is cut short or empty.
    """
    width, height = read_size(data)
    end = end_of_header(data)
    while (match := NEXT_BLOCK.search(data, end)) and match[0][0] == EXTENSION:
        end = end_of_extension(data, match.start())
    if match and match[0][0] == IMAGE and match.end() + 8 <= len(data):
        left, top, image_width, image_height = struct.unpack_from("<4H", data, match.end())
        return max(width, left + image_width), max(height, top + image_height)
    return width, height


def end_of_header(data: bytes) -> int:
    """Return the offset after the header, the screen descriptor and the global colour table.

    Raises CorruptImage if they are cut short.
    """
    read_size(data)
    end = _HEADER + colour_table_size(data[10])
    if end > len(data):
        raise CorruptImage("The GIF ends in its colour table.", code="truncated_image")
    return end


def colour_table_size(flags: int) -> int:
    """Return the bytes of the colour table that a descriptor's packed field declares (GIF89a, 19)."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def end_of_image(data: bytes, start: int) -> int:
    """Return the offset after the image that starts at `start`. Raises CorruptImage if it is cut short."""
    if start + _DESCRIPTOR > len(data):
        raise CorruptImage("A GIF image is cut short.", code="truncated_image")
    return end_of_sub_blocks(data, start_of_sub_blocks(data, start))


def start_of_sub_blocks(data: bytes, start: int) -> int:
    """Return the offset of an image's coded data: after its descriptor, its colour table and its code size."""
    return start + _DESCRIPTOR + colour_table_size(data[start + _DESCRIPTOR - 1]) + 1


def end_of_extension(data: bytes, start: int) -> int:
    """Return the offset after the extension that starts at `start`.

    Raises CorruptImage if it is cut short. Raises it too if the extension is empty and Pillow would read the next byte
    as the length of a sub-block.
    """
    label, at = data[start + 1 : start + 2], start + 2
    content = at + len(_LOOP) if label == _APPLICATION and data.startswith(_LOOP, at) else at
    if label != _COMMENT and data[content : content + 1] == b"\0":
        raise CorruptImage("A GIF extension is empty. Decoders do not agree on how to read it.", code="gif_extension")
    return end_of_sub_blocks(data, at)


def end_of_sub_blocks(data: bytes, at: int) -> int:
    """Return the offset after the sub-blocks at `at` and the empty sub-block that ends them.

    Raises CorruptImage if a sub-block is cut short, or if the file ends without the empty one: a file that is cut
    between two sub-blocks looks like that.
    """
    if at >= len(data):
        raise CorruptImage("A GIF block is cut short.", code="truncated_image")
    for _, end in sub_blocks(data, at):
        at = end
    if at == len(data):
        raise CorruptImage("A GIF block is cut short.", code="truncated_image")
    return at + 1


def sub_blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each sub-block's data, up to the empty one (GIF89a, 15 and 16).

    The empty sub-block may be missing at the end of the file. Raises CorruptImage if a sub-block is cut short.
    """
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            raise CorruptImage("A GIF block is cut short.", code="truncated_image")
        yield at + 1, end
        at = end
