"""Cuts a JPEG into its segments (ITU-T T.81, annex B): every byte of the file belongs to exactly one of them.

Segments are passed by their length, so a thumbnail inside one is never mistaken for the picture; only coded data is
searched for the next marker, as decoders do.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.errors import CorruptImage

SOI, EOI, SOS, DNL, COM = 0xD8, 0xD9, 0xDA, 0xDC, 0xFE
APP0, APP1, APP2, APP11, APP12, APP13, APP14, APP15 = 0xE0, 0xE1, 0xE2, 0xEB, 0xEC, 0xED, 0xEE, 0xEF
#: Frame headers (table B.1); hierarchical and JPEG-LS frames are not among them, since no decoder of photos reads them.
FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
_DHT, _DAC, _DQT, _DRI = 0xC4, 0xCC, 0xDB, 0xDD
#: What a decoder needs besides frames: tables, restart interval, number of lines, scans.
CODING = FRAMES | {_DHT, _DAC, _DQT, _DRI, DNL, SOS}
#: Not markers but bytes between or after them: coded data, what no decoder reads, what follows the end.
SCAN, GAP, TRAILER = 0x100, 0x101, 0x102

# stuffed zeros, fill bytes, TEM and restarts outside of a scan are passed over, as libjpeg's next_marker() does
_NEXT = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
# within a scan the reserved codes too: only damage puts them there, and decoders stay in the scan
_NEXT_IN_SCAN = re.compile(rb"\xff[\xc0-\xcf\xd8-\xef\xfe]")


class Segment(NamedTuple):
    """One part of the file: its marker, where it starts, where its payload starts (after the length), where it ends."""

    marker: int
    start: int
    at: int
    end: int

    @property
    def size(self) -> int:
        """Count the bytes, marker and length with them."""
        return self.end - self.start


def walk(data: bytes) -> Iterator[Segment]:
    """Yield the segments in the order of the file, with the coded data, the gaps and the trailer among them.

    Raises CorruptImage when a segment is cut short, a length lies, or the file ends before its end-of-image marker.
    """
    yield Segment(SOI, 0, 2, 2)
    end, is_scan = 2, False
    while True:
        match = (_NEXT_IN_SCAN if is_scan else _NEXT).search(data, end)
        if match is None:
            raise CorruptImage("The JPEG ends before its end-of-image marker.", code="jpeg_truncated")
        yield from _between(data, end, match.start(), is_scan=is_scan)
        segment = _read_segment(data, match.start())
        yield segment
        end, is_scan = segment.end, segment.marker == SOS
        if segment.marker == EOI:
            break
    if end < len(data):
        yield Segment(TRAILER, end, end, len(data))


def _between(data: bytes, start: int, end: int, *, is_scan: bool) -> Iterator[Segment]:
    coded = start
    if is_scan:
        coded = end
        while coded > start and data[coded - 1] == 0xFF:  # fill bytes before a marker (B.1.1.2)
            coded -= 1
        yield Segment(SCAN, start, start, coded)
    if coded < end:
        yield Segment(GAP, coded, coded, end)


def _read_segment(data: bytes, start: int) -> Segment:
    marker = data[start + 1]
    if marker == EOI:
        return Segment(marker, start, start + 2, start + 2)
    if marker == SOI:
        raise CorruptImage("The JPEG starts a second image inside of the first.", code="jpeg_nested")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    end = start + 2 + length
    if length < 2 or end > len(data):
        raise CorruptImage("A JPEG segment is cut short.", code="jpeg_segment_cut")
    return Segment(marker, start, start + 4, end)


def check_coding(data: bytes, segment: Segment) -> None:
    """Raise CorruptImage when a coding segment is not filled exactly by what its marker stands for (B.2.2 to B.2.5).

    Decoders refuse such a segment as well, so that nothing can hide behind a table.
    """
    size = segment.end - segment.at
    if segment.marker in _TABLES:
        is_exact = _TABLES[segment.marker](data, segment)
    elif segment.marker in FRAMES:
        is_exact = size >= 6 and size == 6 + 3 * data[segment.at + 5]
    else:
        is_exact = segment.marker == SOS and size >= 4 and size == 4 + 2 * data[segment.at]
    if not is_exact:
        raise CorruptImage("A JPEG table, frame or scan header has a wrong length.", code="jpeg_table_length")


def _fills_quantization(data: bytes, segment: Segment) -> bool:
    at = segment.at
    while at < segment.end:
        at += 129 if data[at] >> 4 else 65
    return at == segment.end


def _fills_huffman(data: bytes, segment: Segment) -> bool:
    at = segment.at
    while at + 17 <= segment.end:
        at += 17 + sum(data[at + 1 : at + 17])
    return at == segment.end


def _holds_a_word(_: bytes, segment: Segment) -> bool:
    return segment.end - segment.at == 2


def _holds_pairs(_: bytes, segment: Segment) -> bool:
    return (segment.end - segment.at) % 2 == 0


_TABLES = {
    _DQT: _fills_quantization,
    _DHT: _fills_huffman,
    _DAC: _holds_pairs,
    _DRI: _holds_a_word,
    DNL: _holds_a_word,
}


def read_size(data: bytes, frame: Segment) -> tuple[int, int]:
    """Read width and height in pixels from a frame header (B.2.2).

    Raises CorruptImage when one is zero: decoders do not read a height that is told after the scan (DNL).
    """
    height, width = (int.from_bytes(data[at : at + 2], "big") for at in (frame.at + 1, frame.at + 3))
    if frame.end - frame.at < 6 or not width or not height:
        raise CorruptImage("The JPEG has no size.", code="jpeg_size")
    return width, height
