"""Finds the bytes of a GIF image that stand behind its codes, and writes the image without them (GIF89a, 20 to 22)."""

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.gif_header import sub_blocks
from chalicelib.imaging.metadata.gif.blocks import Block
from chalicelib.imaging.metadata.gif.codes import CodeEnd, cut, find_end

#: Most bytes of a sub-block (GIF89a, 15).
_SUB_BLOCK = 255


class ImageCodes(NamedTuple):
    """The codes of an image, out of their sub-blocks, and where they end."""

    stream: bytearray
    end: CodeEnd

    @property
    def hidden(self) -> int:
        """Return the number of bytes behind the end."""
        return len(self.stream) - self.end.size


def read_codes(data: bytes, image: Block) -> ImageCodes:
    """Read the codes of an image block.

    Raises CorruptImage when the image is empty, or when a code is not in the table: decoders differ in what they show.
    """
    width, height = (int.from_bytes(data[image.start + at : image.start + at + 2], "little") for at in (5, 7))
    if not width or not height:
        raise CorruptImage("A GIF image has no size.", code="gif_code")
    stream = bytearray()
    for start, end in sub_blocks(data, image.payload_start):
        stream += data[start:end]
    return ImageCodes(stream, find_end(stream, data[image.payload_start - 1], width * height))


def write_codes(codes: ImageCodes) -> Iterator[bytes]:
    """Cut the codes at their end. Yield sub-blocks that hold them, and the empty sub-block that ends them."""
    cut(codes.stream, codes.end)
    for at in range(0, len(codes.stream), _SUB_BLOCK):
        part = codes.stream[at : at + _SUB_BLOCK]
        yield bytes([len(part)]) + part
    yield b"\0"
