"""Cleans JPEG streams inside another format's file: the strips, tiles and tables of a TIFF (TIFF technical note 2).

A stream may be abbreviated: tables without a picture, or a picture without tables. It may hold metadata segments.
"""

import re

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.jpeg.segments import APP0, APP14, CODING, EOI, SOS, check_coding
from chalicelib.imaging.metadata.spans import Segment

#: Frames, Huffman and arithmetic tables, quantisation, line count, restart interval, hierarchy (ITU-T T.81, table B.1).
_KEPT = frozenset({*range(0xC0, 0xD0), SOS, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}
#: The end of coded data: a marker that is neither a stuffed zero, nor a restart, nor fill.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def clean_jpeg(stream: bytes) -> bytes:
    """Return a JPEG stream without application segments, comments and bytes after its end.

    JFIF and Adobe segments stay, since they say how the colours are coded.
    A clean stream is returned as the same object.
    Raises CorruptImage when the stream is not a chain of segments, or when bytes hide after a table.
    """
    if stream[:2] != b"\xff\xd8":
        raise CorruptImage("A JPEG stream in the file has no start-of-image marker.", code="jpeg_stream")
    parts, at = [stream[:2]], 2
    while at < len(stream):
        start = at
        marker, at = _read_marker(stream, at)
        if marker == EOI:
            parts.append(b"\xff\xd9")
            break
        at = _end_of_segment(stream, marker, at)
        parts.append(_keep(stream[start:at], marker))
    cleaned = b"".join(parts)
    return stream if len(cleaned) == len(stream) and cleaned == stream else cleaned


def _read_marker(stream: bytes, at: int) -> tuple[int, int]:
    end = at
    while end < len(stream) and stream[end] == 0xFF:
        end += 1
    if end == at or end == len(stream):
        raise CorruptImage("A JPEG stream in the file is cut short.", code="jpeg_stream")
    return stream[end], end + 1


def _end_of_segment(stream: bytes, marker: int, at: int) -> int:
    size = int.from_bytes(stream[at : at + 2], "big")
    end = at + size
    if size < 2 or end > len(stream):
        raise CorruptImage("A segment of a JPEG stream in the file is cut short.", code="jpeg_stream")
    if marker in CODING:
        check_coding(stream, Segment(marker, at - 2, at + 2, end, end))
    if marker != SOS:
        return end
    following = _MARKER.search(stream, end)
    return following.start() if following else len(stream)


def _keep(segment: bytes, marker: int) -> bytes:
    if marker in _KEPT:
        return segment
    payload = segment.lstrip(b"\xff")[3:]
    if marker == APP14 and payload[:5] == b"Adobe":
        return b"\xff\xee\x00\x0e" + payload[:12].ljust(12, b"\0")
    if marker == APP0 and payload[:5] == b"JFIF\0":
        # The last two bytes are the size of the thumbnail that follows.
        return b"\xff\xe0\x00\x10" + payload[:12].ljust(12, b"\0") + b"\0\0"
    return b""
