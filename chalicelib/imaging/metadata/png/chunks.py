"""Splits a PNG into its chunks, and knows how many bytes an allowed chunk may hold (PNG third edition, 5 and 11)."""

import zlib
from collections.abc import Iterator

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.spans import Segment

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The type of the bytes after the end of the image. No chunk has this type, since chunk types have four letters.
TRAILER = b"after IEND"
#: Chunks of pixels, which have any length: image data and the frames of an animation.
PIXELS = frozenset({b"IDAT", b"fdAT"})
#: Chunks of a fixed length. Metadata could hide in further bytes.
FIXED = {
    b"IHDR": 13,
    b"gAMA": 4,
    b"cHRM": 32,
    b"sRGB": 1,
    b"pHYs": 9,
    b"cICP": 4,
    b"mDCV": 24,
    b"cLLI": 8,
    b"acTL": 8,
    b"fcTL": 26,
    b"IEND": 0,
}
#: Chunks whose length depends on the colour type, with their greatest length.
BOUNDED = {b"PLTE": 768, b"tRNS": 256, b"bKGD": 6, b"sBIT": 4}
ALLOWED = PIXELS | FIXED.keys() | BOUNDED.keys()
#: Bytes by colour type. 0: grey, 2: colour, 3: palette, 4 and 6: with alpha (11.3.1.1, 11.3.2.4, 11.3.4.1).
_BY_COLOR = {
    b"tRNS": {0: 2, 2: 6, 3: 256},
    b"bKGD": {0: 2, 2: 6, 3: 1, 4: 2, 6: 6},
    b"sBIT": {0: 1, 2: 3, 3: 3, 4: 2, 6: 4},
}


#: A chunk from its length to its CRC. Its payload is the chunk data.
Chunk = Segment[bytes]


def walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks in the order of the file, then the bytes after IEND as one chunk of the type TRAILER.

    Raises CorruptImage when a chunk is cut short, a type is not four letters, IHDR is not first, or there is no IDAT.
    """
    end, has_pixels = len(SIGNATURE), False
    while True:
        chunk = _read_chunk(data, end)
        if (chunk.type == b"IHDR") != (chunk.start == len(SIGNATURE)):
            raise CorruptImage("The PNG does not start with one IHDR chunk.", code="png_header")
        yield chunk
        end = chunk.end
        has_pixels |= chunk.type == b"IDAT"
        if chunk.type == b"IEND":
            break
    if not has_pixels:
        raise CorruptImage("The PNG has no image data.", code="png_empty")
    if end < len(data):
        yield Segment(TRAILER, end, end, len(data), len(data))


def _read_chunk(data: bytes, start: int) -> Chunk:
    chunk_type = data[start + 4 : start + 8]
    payload_end = start + 8 + int.from_bytes(data[start : start + 4], "big")
    if payload_end + 4 > len(data):
        raise CorruptImage("The PNG ends before its end chunk, or a chunk is cut short.", code="truncated_image")
    if not (chunk_type.isalpha() and chunk_type.isascii()):
        raise CorruptImage("The type of a PNG chunk is not four letters.", code="png_chunk_type")
    return Segment(chunk_type, start, start + 8, payload_end, payload_end + 4)


def max_payload(chunk_type: bytes, data: bytes) -> int:
    """Return how many bytes an allowed chunk may hold in the file `data`. Not for chunks of pixels."""
    depth, color_type = data[24:26]
    if chunk_type in _BY_COLOR:
        return _BY_COLOR[chunk_type].get(color_type, 0)
    if chunk_type == b"PLTE" and depth < 8:
        return 3 << depth
    return FIXED[chunk_type] if chunk_type in FIXED else BOUNDED[chunk_type]


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels from IHDR. Raises CorruptImage when it is not 13 bytes long, or one is zero."""
    if data[8:16] != b"\0\0\0\x0dIHDR" or len(data) < 33:
        raise CorruptImage("The PNG does not start with one IHDR chunk.", code="png_header")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if not width or not height:
        raise CorruptImage("The PNG has no size.", code="png_size")
    return width, height


def write_chunk(chunk_type: bytes, payload: bytes) -> bytes:
    """Return the bytes of a chunk, with its length and its CRC."""
    body = chunk_type + payload
    return len(payload).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
