"""JPEG streams that live inside another format's file: a TIFF's strips, tiles and tables (TIFF technical note 2).

They may be abbreviated (tables without a picture, a picture without tables), and they may carry segments of their own.
"""

import re

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.jpeg.segments import CODING, Segment, check_coding

_SOI, _EOI, _SOS, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE
#: Frames, Huffman and arithmetic tables, quantisation, line count, restart interval, hierarchy (ITU-T T.81, table B.1).
_CODING = frozenset({*range(0xC0, 0xD0), _SOS, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}
#: The end of coded data: a marker that is neither a stuffed zero, nor a restart, nor fill.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def clean_jpeg(stream: bytes) -> bytes:
    """Copy a JPEG stream without application segments, comments and bytes behind its end.

    JFIF and Adobe segments stay, since they tell how the colours are coded. Returns the same object when it is clean.
    Raises CorruptImage when it is no chain of segments, or when something hides behind a table.
    """
    if stream[:2] != b"\xff\xd8":
        raise CorruptImage("A JPEG stream inside the file does not begin as one.", code="jpeg_stream")
    parts, at = [stream[:2]], 2
    while at < len(stream):
        start = at
        marker, at = _read_marker(stream, at)
        if marker == _EOI:
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
        raise CorruptImage("A JPEG stream inside the file breaks off.", code="jpeg_stream")
    return stream[end], end + 1


def _end_of_segment(stream: bytes, marker: int, at: int) -> int:
    size = int.from_bytes(stream[at : at + 2], "big")
    end = at + size
    if size < 2 or end > len(stream):
        raise CorruptImage("A segment of a JPEG stream is cut short.", code="jpeg_stream")
    if marker in CODING:
        check_coding(stream, Segment(marker, at - 2, at + 2, end))
    if marker != _SOS:
        return end
    following = _MARKER.search(stream, end)
    return following.start() if following else len(stream)


def _keep(segment: bytes, marker: int) -> bytes:
    if marker in _CODING:
        return segment
    payload = segment.lstrip(b"\xff")[3:]
    if marker == _APP14 and payload[:5] == b"Adobe":
        return b"\xff\xee\x00\x0e" + payload[:12].ljust(12, b"\0")
    if marker == _APP0 and payload[:5] == b"JFIF\0":
        # The last two bytes say how large the thumbnail is that follows
        return b"\xff\xe0\x00\x10" + payload[:12].ljust(12, b"\0") + b"\0\0"
    return b""
