"""Cuts a PNG into its chunks, and says how many bytes each allowed one may hold (PNG third edition, 5 and 11)."""

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.errors import CorruptImage

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: What follows the end of the image; chunk types are four letters, so it is mistaken for none.
TRAILER = b"after IEND"
#: Chunks of pixels, of any length: image data and the frames of an animation.
PIXELS = frozenset({b"IDAT", b"fdAT"})
#: Chunks of a fixed length; more than that is a place to hide in.
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
#: Chunks whose length depends on the colour type, with the longest that it can be.
BOUNDED = {b"PLTE": 768, b"tRNS": 256, b"bKGD": 6, b"sBIT": 4}
ALLOWED = PIXELS | FIXED.keys() | BOUNDED.keys()
#: Bytes by colour type: grey, colour, palette, grey and colour with alpha (11.3.1.1, 11.3.2.4, 11.3.4.1).
_BY_COLOR = {
    b"tRNS": {0: 2, 2: 6, 3: 256},
    b"bKGD": {0: 2, 2: 6, 3: 1, 4: 2, 6: 6},
    b"sBIT": {0: 1, 2: 3, 3: 3, 4: 2, 6: 4},
}


class Chunk(NamedTuple):
    """One chunk: its type, where it starts (at its length), and where its data starts and ends (before its CRC)."""

    type: bytes
    start: int
    at: int
    end: int

    @property
    def size(self) -> int:
        """Count the bytes, length, type and CRC with them."""
        return self.end + 4 - self.start


def walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks in the order of the file, and what follows IEND as a last one of the type TRAILER.

    A file that stops after a whole chunk of pixels is read to its end, though IEND is missing: decoders do so as well.
    Raises CorruptImage when a chunk is cut short, its type is no four letters, or IHDR, IDAT or IEND are not in place.
    """
    end, has_pixels = len(SIGNATURE), False
    while end < len(data) or not has_pixels:
        chunk = _read_chunk(data, end)
        if (chunk.type == b"IHDR") != (chunk.start == len(SIGNATURE)):
            raise CorruptImage("The PNG does not start with its one header.", code="png_header")
        yield chunk
        end = chunk.end + 4
        has_pixels |= chunk.type == b"IDAT"
        if chunk.type == b"IEND":
            break
    if not has_pixels:
        raise CorruptImage("The PNG has no image data.", code="png_empty")
    if end < len(data):
        yield Chunk(TRAILER, end, end, len(data) - 4)


def _read_chunk(data: bytes, start: int) -> Chunk:
    kind = data[start + 4 : start + 8]
    end = start + 8 + int.from_bytes(data[start : start + 4], "big")
    # writers that stop within the CRC of IEND leave a whole picture behind
    if len(kind) < 4 or (end + 4 > len(data) and kind != b"IEND"):
        raise CorruptImage("The PNG ends before its end chunk, or a chunk is cut short.", code="png_truncated")
    if not (kind.isalpha() and kind.isascii()):
        raise CorruptImage("A PNG chunk has a type that is no four letters.", code="png_chunk_type")
    return Chunk(kind, start, start + 8, end)


def longest(kind: bytes, header: bytes) -> int:
    """Tell how many bytes an allowed chunk besides those of pixels may hold behind this signature and header."""
    depth, color_type = header[24:26]
    if kind in _BY_COLOR:
        return _BY_COLOR[kind].get(color_type, 0)
    if kind == b"PLTE" and depth < 8:
        return 3 << depth
    return FIXED[kind] if kind in FIXED else BOUNDED[kind]


def read_size(data: bytes) -> tuple[int, int]:
    """Read width and height in pixels from the header. Raises CorruptImage when it is not 13 bytes or one is zero."""
    if data[8:16] != b"\0\0\0\x0dIHDR" or len(data) < 33:
        raise CorruptImage("The PNG does not start with its one header.", code="png_header")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if not width or not height:
        raise CorruptImage("The PNG has no size.", code="png_size")
    return width, height
