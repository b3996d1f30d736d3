"""Reads what a PNG holds, by its chunks (PNG, third edition, 5.6 and 11)."""

from collections.abc import Iterator

from chalicelib.imaging.contents.found import Contents

_SIGNATURE_SIZE, _FRAME = 8, 12
_BIT_DEPTH = 24
#: The chunk of a C2PA manifest (C2PA 2.2, A.3.3), and that of a gain map (a draft of PNG's fourth edition).
_C2PA, _GAIN_MAP = b"caBX", b"gDAT"


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each whole chunk up to IEND."""
    at = _SIGNATURE_SIZE
    while at + _FRAME <= len(data):
        kind, end = data[at + 4 : at + 8], at + 8 + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IEND" or end + 4 > len(data):
            return
        yield kind, at + 8, end
        at = end + 4


def read(data: bytes) -> Contents:
    """Count the frames, and note the depth. Without acTL before the picture, there is no animation (11.3.7)."""
    kinds = [kind for kind, _, _ in chunks(data)]
    is_animated = b"acTL" in kinds and b"IDAT" in kinds and kinds.index(b"acTL") < kinds.index(b"IDAT")
    return Contents(
        frames=max(kinds.count(b"fcTL"), 1) if is_animated else 1,
        bits=max(data[_BIT_DEPTH], 8),
        has_gain_map=_GAIN_MAP in kinds,
        has_c2pa=_C2PA in kinds,
    )
