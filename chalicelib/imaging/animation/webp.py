"""Reads the frames of an animated WebP by its chunks (RFC 9649, 2.7.1)."""

import struct
from functools import partial

from chalicelib.imaging.animation.timeline import Disposal, Part, Timeline, shown_duration, timeline
from chalicelib.imaging.contents.webp import chunks
from chalicelib.imaging.geometry import Size

_FRAME_HEADER = 16
_NO_BLENDING, _CLEARS = 0x02, 0x01
_ICC_FLAG, _ALPHA_FLAG = 0x20, 0x10
#: The chunks of a coded picture.
PICTURE = frozenset({b"ALPH", b"VP8 ", b"VP8L"})


def read(data: bytes) -> Timeline:
    """Return the canvas, the parts and the repetitions."""
    profile, plays, parts = b"", 0, list[Part]()
    for kind, start, end in chunks(data):
        if kind == b"ANIM":
            (plays,) = struct.unpack_from("<H", data, start + 4)
        elif kind == b"ICCP" and not parts:
            profile = data[start:end]
        elif kind == b"ANMF":
            parts.append(_read_part(data, profile, start, end))
    size = Size(_number(data, 24) + 1, _number(data, 27) + 1)
    return timeline(size, plays, parts)


def _read_part(data: bytes, profile: bytes, start: int, end: int) -> Part:
    left, top = 2 * _number(data, start), 2 * _number(data, start + 3)
    width, height = _number(data, start + 6) + 1, _number(data, start + 9) + 1
    flags = data[start + 15]
    coded = [each for each in chunks(data, start + _FRAME_HEADER, end) if each[0] in PICTURE]
    return Part(
        (left, top, left + width, top + height),
        shown_duration(_number(data, start + 12)),
        partial(_still, data, profile, (width, height), coded),
        Disposal.CLEAR if flags & _CLEARS else Disposal.KEEP,
        blends=not flags & _NO_BLENDING,
        has_alpha=_has_alpha(data, coded),
    )


def _still(data: bytes, profile: bytes, size: tuple[int, int], coded: list[tuple[bytes, int, int]]) -> bytes:
    """Return a WebP of one frame."""
    flags = (_ICC_FLAG if profile else 0) | (_ALPHA_FLAG if _has_alpha(data, coded) else 0)
    header = bytes((flags, 0, 0, 0)) + b"".join((side - 1).to_bytes(3, "little") for side in size)
    parts = [(b"VP8X", header), *([(b"ICCP", profile)] if profile else [])]
    parts += [(kind, data[start:end]) for kind, start, end in coded]
    body = b"WEBP" + b"".join(chunk(*each) for each in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _has_alpha(data: bytes, coded: list[tuple[bytes, int, int]]) -> bool:
    """Return whether there is an alpha chunk, or the lossless picture has the bit for alpha (RFC 9649, 3.4)."""
    return any(kind == b"ALPH" or (kind == b"VP8L" and data[start + 4] & 0x10) for kind, start, _ in coded)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk, padded to an even size."""
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _number(data: bytes, at: int) -> int:
    if at + 3 > len(data):
        raise struct.error("the file ends in a number")
    return int.from_bytes(data[at : at + 3], "little")
