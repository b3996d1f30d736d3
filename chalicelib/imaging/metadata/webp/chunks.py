"""Splits a WebP into its RIFF chunks (RFC 9649, 2.3 to 2.7)."""

from collections.abc import Iterator

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.spans import Segment

HEADER = 12
#: The type of the bytes after the declared size. No chunk has this type, since chunk types have four bytes.
TRAILER = b"after RIFF"
IMAGES = frozenset({b"VP8 ", b"VP8L"})
#: Flags of the extended header (2.7): colour profile, alpha, EXIF, XMP, animation.
ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02
#: Chunks that a decoder reads only when their flag is set.
CHUNK_FLAGS = {b"ICCP": ICC_FLAG, b"EXIF": EXIF_FLAG, b"XMP ": XMP_FLAG, b"ANIM": ANIMATION_FLAG}
#: Bytes of the extended header, of the animation header (background and loop), and of a frame before its chunks.
EXTENDED_SIZE, ANIMATION_SIZE, FRAME_SIZE = 10, 6, 16
#: The bits of blending and disposal of a frame (2.7.1.2). The other bits are reserved.
FRAME_FLAGS = 0x03


#: A chunk from its type to the end of its payload. The padding byte after an odd payload is not part of it.
Chunk = Segment[bytes]


def walk(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of the file, then the bytes after the declared end as one chunk of the type TRAILER.

    The declared size may exceed the file when each chunk is whole. Fewer than 8 bytes at the end belong to the trailer.
    Raises CorruptImage when a chunk is cut short.
    """
    end = min(HEADER - 4 + int.from_bytes(data[4:8], "little"), len(data))
    at = HEADER
    for chunk in walk_within(data, HEADER, end):
        yield chunk
        at = padded_end(chunk)
    if at < len(data):
        yield Segment(TRAILER, at, at, len(data), len(data))


def walk_within(data: bytes, start: int, end: int) -> Iterator[Chunk]:
    """Yield the chunks between two offsets of the file. Raises CorruptImage when one is cut short."""
    while start + 8 <= end:
        chunk_end = start + 8 + _read_word(data, start + 4, 4)
        if chunk_end > end:
            raise CorruptImage("A WebP chunk is cut short.", code="truncated_image")
        chunk = Segment(data[start : start + 4], start, start + 8, chunk_end, chunk_end)
        yield chunk
        start = padded_end(chunk)


def padded_end(chunk: Chunk) -> int:
    """Return where the next chunk starts: a padding byte follows a payload of odd size."""
    return chunk.end + (chunk.end - chunk.payload_start) % 2


def find_image(chunks: Iterator[Chunk]) -> tuple[Chunk | None, Chunk | None]:
    """Return what a decoder shows: the alpha chunk before a lossy bitstream, or None, and the first bitstream."""
    alpha = None
    for chunk in chunks:
        if chunk.type in IMAGES:
            return (alpha if chunk.type == b"VP8 " else None), chunk
        if chunk.type == b"ALPH" and alpha is None:
            alpha = chunk
    return alpha, None


def read_canvas(data: bytes, chunk: Chunk) -> tuple[int, int]:
    """Return width and height in pixels from an extended header or a bitstream (2.5 to 2.7, RFC 6386 9.1).

    Raises CorruptImage when the chunk is too short or holds no size.
    """
    at, size = chunk.payload_start, chunk.payload_size
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


def write_chunk(chunk_type: bytes, payload: bytes) -> bytes:
    """Return the bytes of a chunk, padded with a zero to an even size."""
    return chunk_type + len(payload).to_bytes(4, "little") + payload + bytes(len(payload) % 2)


def _read_word(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
