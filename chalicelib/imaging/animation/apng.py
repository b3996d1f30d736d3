"""Reads the frames of an animated PNG by its chunks (PNG, third edition, 11.3.7)."""

import struct
import zlib
from functools import partial

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation.timeline import Disposal, Part, Timeline, shown_duration, timeline
from chalicelib.imaging.contents.png import chunks
from chalicelib.imaging.geometry import Size

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Sequence number, width, height, x, y, delay (numerator, denominator), disposal, blending.
_CONTROL = struct.Struct(">IIIIIHHBB")
_DISPOSALS = {1: Disposal.CLEAR, 2: Disposal.RESTORE}
#: The chunks before the picture that its colours need.
_SHARED = frozenset({b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT"})
_ALPHA_TYPES = frozenset({4, 6})

_Span = tuple[int, int]


def read(data: bytes) -> Timeline:
    """Return the canvas, the parts and the repetitions. A picture before the first frame is none of them."""
    shared, frames, plays, count = list[_Span](), list[tuple[_Span, list[_Span]]](), 0, 0
    for kind, start, end in chunks(data):
        if kind == b"acTL":
            count, plays = struct.unpack_from(">II", data, start)
        elif kind in _SHARED and not frames:
            shared.append((start - 8, end + 4))
        elif kind == b"fcTL":
            frames.append(((start, end), []))
        elif kind in (b"IDAT", b"fdAT") and frames:
            frames[-1][1].append((start + (4 if kind == b"fdAT" else 0), end))
    has_alpha = data[25] in _ALPHA_TYPES or any(data[start + 4 : start + 8] == b"tRNS" for start, _ in shared)
    parts = [_read_part(data, shared, has_alpha, *each) for each in frames[:count]]
    return timeline(Size(*struct.unpack_from(">II", data, 16)), plays, _first_clears(parts))


def _read_part(data: bytes, shared: list[_Span], has_alpha: bool, control: _Span, coded: list[_Span]) -> Part:
    _, width, height, left, top, numerator, denominator, disposal, blending = _CONTROL.unpack_from(data, control[0])
    if not coded:
        raise CorruptImage("A frame of the PNG has no pixels.")
    return Part(
        (left, top, left + width, top + height),
        shown_duration(1000 * numerator / (denominator or 100)),
        partial(_still, data, shared, (width, height), coded),
        _DISPOSALS.get(disposal, Disposal.KEEP),
        blends=blending == 1,
        has_alpha=has_alpha,
    )


def _first_clears(parts: list[Part]) -> list[Part]:
    """Clear instead of restore behind the first frame (11.3.7.3): what was there before it is transparent."""
    if parts and parts[0].disposal is Disposal.RESTORE:
        first = parts[0]
        parts[0] = Part(first.box, first.duration, first.still, Disposal.CLEAR, first.blends, first.has_alpha)
    return parts


def _still(data: bytes, shared: list[_Span], size: tuple[int, int], coded: list[_Span]) -> bytes:
    """Return a PNG of one frame."""
    header = struct.pack(">II", *size) + data[24:29]
    pixels = b"".join(data[start:end] for start, end in coded)
    colours = b"".join(data[start:end] for start, end in shared)
    return _SIGNATURE + _chunk(b"IHDR", header) + colours + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
