"""Reads what a WebP holds, by its chunks (RFC 9649, 2)."""

from collections.abc import Iterator

from chalicelib.imaging.contents.found import Contents

_HEADER, _CHUNK_HEADER = 12, 8
_ANIMATION_FLAG = 0x02


def chunks(data: bytes, at: int = _HEADER, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each whole chunk. An odd size is padded by one byte (2.3)."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little")) if end is None else end
    while at + _CHUNK_HEADER <= end:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        start = at + _CHUNK_HEADER
        if start + size > end:
            return
        yield kind, start, start + size
        at = start + size + size % 2


def is_animated(data: bytes) -> bool:
    """Return whether the extended header says that the file is an animation (RFC 9649, 2.7)."""
    return data[12:16] == b"VP8X" and bool(data[20] & _ANIMATION_FLAG)


def read(data: bytes) -> Contents:
    """Count the frames."""
    kinds = [kind for kind, _, _ in chunks(data)]
    frames = max(kinds.count(b"ANMF"), 1) if is_animated(data) else 1
    return Contents(frames=frames, has_c2pa=b"C2PA" in kinds)
