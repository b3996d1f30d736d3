"""Cuts a WebP into its RIFF chunks (RFC 9649, 2.3 to 2.7)."""

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.errors import CorruptImage

HEADER = 12
#: What lies behind the size that the file declares; chunk types are four bytes, so it is mistaken for none.
TRAILER = b"after RIFF"
IMAGES = frozenset({b"VP8 ", b"VP8L"})
#: Flags of the extended header (2.7): colour profile, alpha, EXIF, XMP, animation.
ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02
#: What a decoder looks for only where a flag says that it is there; the header of an animation goes by its own.
CHUNK_FLAGS = {b"ICCP": ICC_FLAG, b"EXIF": EXIF_FLAG, b"XMP ": XMP_FLAG, b"ANIM": ANIMATION_FLAG}
#: Bytes of the extended header, of the animation's (background and loop), and of a frame's before its chunks.
EXTENDED_SIZE, ANIMATION_SIZE, FRAME_SIZE = 10, 6, 16
#: Blending and disposal of a frame (2.7.1.2); the other bits are reserved.
FRAME_FLAGS = 0x03


class Chunk(NamedTuple):
    """One chunk: its type, where it starts (at its type), and where its data starts and ends (before its padding)."""

    type: bytes
    start: int
    at: int
    end: int

    @property
    def size(self) -> int:
        """Count the bytes, type and length with them, padding without."""
        return self.end - self.start


def walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of the file, and what follows the declared end as a last one of the type TRAILER.

    Raises CorruptImage when a chunk is cut short. A declared size beyond the end of the file is no fault when each
    chunk is whole, and less than a chunk's head at the end belongs to the trailer.
    """
    end = min(HEADER - 4 + int.from_bytes(data[4:8], "little"), len(data))
    at = HEADER
    for chunk in walk_within(data, HEADER, end):
        yield chunk
        at = chunk.end + (chunk.end - chunk.at) % 2
    if at < len(data):
        yield Chunk(TRAILER, at, at, len(data))


def walk_within(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks between two offsets, of the file or of one frame. Raises CorruptImage when one is cut short."""
    while start + 8 <= end:
        chunk = Chunk(data[start : start + 4], start, start + 8, start + 8 + _read_word(data, start + 4, 4))
        if chunk.end > end:
            raise CorruptImage("A WebP chunk is cut short.", code="webp_truncated")
        yield chunk
        start = chunk.end + (chunk.end - chunk.at) % 2


def find_image(chunks: Iterator[Chunk]) -> tuple[Chunk | None, Chunk | None]:
    """Find the first bitstream and the alpha chunk that a lossy one has before it: all that a decoder shows."""
    alpha = None
    for chunk in chunks:
        if chunk.type in IMAGES:
            return (alpha if chunk.type == b"VP8 " else None), chunk
        if chunk.type == b"ALPH" and alpha is None:
            alpha = chunk
    return alpha, None


def read_canvas(data: bytes, chunk: Chunk) -> tuple[int, int]:
    """Read width and height in pixels from an extended header or a bitstream (2.5 to 2.7, RFC 6386 9.1).

    Raises CorruptImage when it is too short or says none.
    """
    at, size = chunk.at, chunk.end - chunk.at
    if chunk.type == b"VP8X" and size >= EXTENDED_SIZE:
        return _read_word(data, at + 4, 3) + 1, _read_word(data, at + 7, 3) + 1
    if chunk.type == b"VP8L" and size >= 5 and data[at] == 0x2F:
        bits = _read_word(data, at + 1, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk.type == b"VP8 " and size >= 10 and data[at + 3 : at + 6] == b"\x9d\x01\x2a":
        width, height = _read_word(data, at + 6, 2) & 0x3FFF, _read_word(data, at + 8, 2) & 0x3FFF
        if width and height:
            return width, height
    raise CorruptImage("The WebP has no size.", code="webp_size")


def write_chunk(kind: bytes, payload: bytes) -> bytes:
    """Write a chunk with its length, padded by a zero to an even size."""
    return kind + len(payload).to_bytes(4, "little") + payload + bytes(len(payload) % 2)


def _read_word(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
