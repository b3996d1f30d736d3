"""Finds the bytes of a JPEG scan that stand behind its last block, or behind the last block of a restart interval.

Only small pictures are read: following the codes of a large one would take seconds. In a large sequential picture with
restart markers, the last interval is read if it is short. Scans with arithmetic coding, and scans that are damaged or
end early, are taken as they are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from chalicelib.imaging.metadata.jpeg.frames import Frame, Header, Tables, read_frame, read_header
from chalicelib.imaging.metadata.jpeg.huffman import (
    BROKEN,
    Band,
    BitReader,
    difference_table,
    run_table,
    symbol_table,
    walk_blocks,
    walk_differences,
)
from chalicelib.imaging.metadata.jpeg.segments import DHT, DRI, FRAMES, SCAN, SOS, JpegSegment
from chalicelib.imaging.metadata.spans import Span, Spans

#: Bytes of coded data that are read in a file, in a progressive one, and in the last restart interval of a larger one.
MAX_CODED, MAX_PROGRESSIVE, MAX_INTERVAL = 1 << 16, 1 << 15, 1 << 12
#: Segments that are kept until the end of the file, and units of all scans of a progressive picture.
_MAX_SEGMENTS, _MAX_UNITS = 1 << 10, 1 << 19
_SEQUENTIAL, _PROGRESSIVE = frozenset({0xC0, 0xC1}), 0xC2
_READ = FRAMES | {DHT, DRI, SOS, SCAN}
#: What ends an interval: a marker, or a reserved code, at which decoders stop too.
_STOP = re.compile(rb"\xff+[^\x00\xff]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_STUFFED = b"\xff\0"

#: Follows the coded data of some units of a scan. Returns its bits, or raises one of BROKEN.
Walker = Callable[[bytes, range], int]


class Cut(NamedTuple):
    """The ranges of a scan that hold its coded data and its restart markers, and the number of the other bytes."""

    kept: Spans
    hidden: int


class ScanReader:
    """Visits the segments in the order of the file, and follows its scans at the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._segments: list[JpegSegment] = []
        self._coded = 0

    def visit(self, segment: JpegSegment) -> None:
        """Remember a segment of coding. A file of very many is not read."""
        if segment.type == SCAN:
            self._coded += segment.size
        if segment.type in _READ and len(self._segments) <= _MAX_SEGMENTS:
            self._segments.append(segment)

    def finish(self) -> Mapping[int, Cut]:
        """Return the scans with hidden bytes, by their offsets. The segments must have passed `check_coding`."""
        if len(self._segments) > _MAX_SEGMENTS:
            return {}
        picture = _Picture(self._data, self._coded)
        found = ((segment.start, picture.visit(segment)) for segment in self._segments)
        return {at: cut for at, cut in found if cut and cut.hidden}


class _Picture:
    """Follows the scans of one picture, with the tables that are in force at each."""

    def __init__(self, data: bytes, coded: int) -> None:
        """Take a file and the bytes of coded data of all its scans."""
        self._data = data
        self._coded = coded
        self._tables = Tables()
        self._interval = 0
        self._frame: Frame | None = None
        self._header: Header | None = None
        self._bands: dict[int, Band] = {}
        self._left = _MAX_UNITS
        self._is_broken = False

    def visit(self, segment: JpegSegment) -> Cut | None:
        """Read a table or a header, or follow a scan. Return None when a scan cannot be followed."""
        if segment.type == DHT:
            self._tables.read(segment.payload(self._data))
        elif segment.type == DRI:
            self._interval = int.from_bytes(segment.payload(self._data), "big")
        elif segment.type in FRAMES:
            self._frame = read_frame(segment.type, segment.payload(self._data))
        elif segment.type == SOS and self._frame:
            self._header = read_header(self._frame, segment.payload(self._data))
            self._is_broken |= self._header is None and self._frame.type == _PROGRESSIVE
        elif segment.type == SCAN and self._frame and self._header and not self._is_broken:
            return self._follow(segment, self._frame, self._header)
        return None

    def _follow(self, scan: JpegSegment, frame: Frame, header: Header) -> Cut | None:
        units = frame.count_units(header)
        try:
            if self._coded <= (MAX_PROGRESSIVE if frame.type == _PROGRESSIVE else MAX_CODED):
                return _follow_all(self._data, scan, self._interval or units, units, self._walker(frame, header))
            if self._interval and frame.type in _SEQUENTIAL:
                return _follow_last(self._data, scan, self._interval, units, self._walker(frame, header))
        except (*BROKEN, KeyError):
            self._is_broken = frame.type == _PROGRESSIVE
        return None

    def _walker(self, frame: Frame, header: Header) -> Walker:
        """Return what follows the data of a scan. Raises ValueError for arithmetic coding, KeyError without a table."""
        if frame.type in _SEQUENTIAL:
            tables = self._tables
            blocks = [(difference_table(tables.dc(part)), run_table(tables.ac(part))) for part in header.blocks]
            return lambda coded, units: walk_blocks(coded, blocks, len(units))
        self._left -= frame.count_units(header)
        if frame.type != _PROGRESSIVE or self._left < 0:
            raise ValueError("the scan is of a kind that is not read, or there are too many")
        return self._progressive_walker(frame, header)

    def _progressive_walker(self, frame: Frame, header: Header) -> Walker:
        part = header.blocks[0]
        if header.band.start:
            table = symbol_table(self._tables.ac(part))
            band = self._bands.setdefault(part.component, Band(frame.count_units(header)))
            walk_band = band.walk_refinement if header.is_refinement else band.walk_first
            return _read_bits(lambda reader, units: walk_band(reader, table, units, header.band))
        if header.is_refinement:
            return _read_bits(lambda reader, units: reader.skip(len(units) * len(header.blocks)))
        tables = [difference_table(self._tables.dc(each)) for each in header.blocks]
        return _read_bits(lambda reader, units: walk_differences(reader, tables, len(units)))


def _read_bits(walk_units: Callable[[BitReader, range], None]) -> Walker:
    def walker(coded: bytes, units: range) -> int:
        reader = BitReader(coded)
        walk_units(reader, units)
        return reader.bits

    return walker


def _follow_all(data: bytes, scan: JpegSegment, interval: int, units: int, walker: Walker) -> Cut:
    """Follow each restart interval of a scan. Raises ValueError when a restart marker is missing."""
    kept, start, end, hidden = Spans(), scan.start, scan.start, 0
    for first in range(0, units, interval):
        span = _follow_interval(data, end, scan.end, range(first, min(first + interval, units)), walker)
        following = _find_restart(data, span.end, scan.end) if first + interval < units else Span(scan.end, 0)
        if span.end < following.at:
            kept.append(Span(start, span.end - start))
            hidden += following.at - span.end
            start = following.at
        end = following.end
    kept.append(Span(start, end - start))
    return Cut(kept, hidden)


def _find_restart(data: bytes, start: int, end: int) -> Span:
    """Return the range of the next restart marker. Raises ValueError when another marker comes first, or none."""
    marker = _STOP.search(data, start, end)
    if not marker or not _RESTART.match(data, marker.end() - 2):
        raise ValueError("a restart marker is missing")
    return Span(marker.end() - 2, 2)


def _follow_last(data: bytes, scan: JpegSegment, interval: int, units: int, walker: Walker) -> Cut:
    """Follow the last restart interval of a scan. Raises ValueError when it is too long or its marker is wrong."""
    start = max(scan.start, scan.end - MAX_INTERVAL)
    *_, marker = [None, *_RESTART.finditer(data, start, scan.end)]
    last = (units - 1) // interval
    if not marker or data[marker.end() - 1] & 7 != (last - 1) % 8:
        raise ValueError("the last restart interval is not there")
    span = _follow_interval(data, marker.end(), scan.end, range(last * interval, units), walker)
    return Cut(Spans([Span(scan.start, span.end - scan.start)]), scan.end - span.end)


def _follow_interval(data: bytes, start: int, end: int, units: range, walker: Walker) -> Span:
    """Return the range of the coded data of some units."""
    stop = _STOP.search(data, start, end)
    coded = data[start : stop.start() if stop else end]
    bits = walker(coded.replace(_STUFFED, b"\xff"), units)
    return Span(start, _count_stuffed(coded, (bits + 7) // 8))


def _count_stuffed(coded: bytes, size: int) -> int:
    """Return how many bytes of coded data hold `size` bytes without the stuffed zeros."""
    for at in _stuffings(coded):
        if at >= size:
            break
        size += 1
    return size


def _stuffings(coded: bytes) -> Iterator[int]:
    """Yield the offset of each 0xFF that a stuffed zero follows."""
    at = coded.find(_STUFFED)
    while at >= 0:
        yield at
        at = coded.find(_STUFFED, at + 2)
