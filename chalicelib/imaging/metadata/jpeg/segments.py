"""Splits a JPEG into its segments (ITU-T T.81, annex B). Every byte of the file belongs to exactly one of them.

The length of a segment says where it ends, so that a thumbnail inside a segment is never taken for the picture.
Only coded data is searched for the next marker, as decoders do.
"""

import re
from collections.abc import Iterator

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.spans import Segment

SOI, EOI, SOS, DNL, COM = 0xD8, 0xD9, 0xDA, 0xDC, 0xFE
APP0, APP1, APP2, APP11, APP12, APP13, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEC, 0xED, 0xEE, 0xEF
#: Frame headers (table B.1), without hierarchical and JPEG-LS frames: no decoder of photos reads those.
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
DHT, _DAC, _DQT, DRI = 0xC4, 0xCC, 0xDB, 0xDD
#: All that a decoder needs: frames, tables, restart interval, number of lines, scan headers.
CODING = FRAMES | {DHT, _DAC, _DQT, DRI, DNL, SOS}
#: Types for bytes without a marker: coded data, bytes that no decoder reads, bytes after the end of image.
SCAN, GAP, TRAILER = 0x100, 0x101, 0x102

#: The type of a JPEG segment is its marker, or one of the three types above.
JpegSegment = Segment[int]

# Skips stuffed zeros, fill bytes, TEM and restart markers outside a scan, as libjpeg's next_marker() does.
_NEXT = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
# Within a scan, skips the reserved codes too: only damage puts them there, and decoders stay in the scan.
_NEXT_IN_SCAN = re.compile(rb"\xff[\xc0-\xcf\xd8-\xef\xfe]")


def walk(data: bytes) -> Iterator[JpegSegment]:
    """Yield the segments in the order of the file, with coded data, gaps and the trailer between and after them.

    Raises CorruptImage when a segment is cut short, a length is wrong, or the file has no end-of-image marker.
    """
    yield Segment(SOI, 0, 2, 2, 2)
    end, is_scan = 2, False
    while True:
        match = (_NEXT_IN_SCAN if is_scan else _NEXT).search(data, end)
        if match is None:
            raise CorruptImage("The JPEG ends before its end-of-image marker.", code="truncated_image")
        following = match.start()
        if is_scan:
            coded_end = _end_of_coded_data(data, end, following)
            yield Segment(SCAN, end, end, coded_end, coded_end)
            end = coded_end
        if end < following:
            yield Segment(GAP, end, end, following, following)
        segment = _read_segment(data, following)
        yield segment
        end, is_scan = segment.end, segment.type == SOS
        if segment.type == EOI:
            break
    if end < len(data):
        yield Segment(TRAILER, end, end, len(data), len(data))


def _end_of_coded_data(data: bytes, start: int, end: int) -> int:
    while end > start and data[end - 1] == 0xFF:  # fill bytes before a marker (B.1.1.2)
        end -= 1
    return end


def _read_segment(data: bytes, start: int) -> JpegSegment:
    marker = data[start + 1]
    if marker == EOI:
        return Segment(marker, start, start + 2, start + 2, start + 2)
    if marker == SOI:
        raise CorruptImage("The JPEG starts a second image inside the first.", code="jpeg_nested")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    end = start + 2 + length
    if start + 4 > len(data) or end > len(data):
        raise CorruptImage("A JPEG segment is cut short.", code="truncated_image")
    if length < 2:
        raise CorruptImage("A JPEG segment is shorter than its length field.", code="jpeg_segment_cut")
    return Segment(marker, start, start + 4, end, end)


def check_coding(data: bytes, segment: JpegSegment) -> None:
    """Raise CorruptImage when the content of a coding segment does not fill it exactly (B.2.2 to B.2.5).

    Otherwise bytes could hide after a table. Decoders reject such a segment too.
    """
    size = segment.payload_size
    if segment.type in _TABLES:
        is_exact = _TABLES[segment.type](data, segment)
    elif segment.type in FRAMES:
        is_exact = size >= 6 and size == 6 + 3 * data[segment.payload_start + 5]
    else:
        is_exact = segment.type == SOS and size >= 4 and size == 4 + 2 * data[segment.payload_start]
    if not is_exact:
        raise CorruptImage("A JPEG table, frame or scan header has a wrong length.", code="jpeg_table_length")


def _fills_quantization(data: bytes, segment: JpegSegment) -> bool:
    at = segment.payload_start
    while at < segment.payload_end:
        at += 129 if data[at] >> 4 else 65
    return at == segment.payload_end


def _fills_huffman(data: bytes, segment: JpegSegment) -> bool:
    at = segment.payload_start
    while at + 17 <= segment.payload_end:
        at += 17 + sum(data[at + 1 : at + 17])
    return at == segment.payload_end


def _holds_a_word(_: bytes, segment: JpegSegment) -> bool:
    return segment.payload_size == 2


def _holds_pairs(_: bytes, segment: JpegSegment) -> bool:
    return segment.payload_size % 2 == 0


_TABLES = {
    _DQT: _fills_quantization,
    DHT: _fills_huffman,
    _DAC: _holds_pairs,
    DRI: _holds_a_word,
    DNL: _holds_a_word,
}


def read_size(data: bytes, frame: JpegSegment) -> tuple[int, int]:
    """Return width and height in pixels from a frame header (B.2.2).

    Raises CorruptImage when one is zero: decoders do not read a height that follows the scan (DNL).
    """
    at = frame.payload_start
    height, width = (int.from_bytes(data[at + offset : at + offset + 2], "big") for offset in (1, 3))
    if frame.payload_size < 6 or not width or not height:
        raise CorruptImage("The JPEG has no size.", code="jpeg_size")
    return width, height
