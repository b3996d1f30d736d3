"""Positions in a file: the segments of a container, and packed lists of byte ranges.

A hostile file has tens of thousands of one-byte ranges, so that a list of them must not hold an object for each.
"""

from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

#: Spans that are sorted at once. Objects for all spans would take ten times the bytes that the file spends on them.
_SORT_BLOCK = 4096

Type = TypeVar("Type")
Buffer = TypeVar("Buffer", bytes, memoryview)


class Segment(NamedTuple, Generic[Type]):
    """One part of a file: a JPEG segment, a PNG or WebP chunk, or a GIF block.

    All positions are offsets in the file. The payload lies between `payload_start` and `payload_end`;
    before it are type and length, after it a checksum where the format has one.
    """

    type: Type
    start: int
    payload_start: int
    payload_end: int
    end: int

    @property
    def size(self) -> int:
        """Return the number of bytes from `start` to `end`."""
        return self.end - self.start

    @property
    def payload_size(self) -> int:
        """Return the number of bytes of the payload."""
        return self.payload_end - self.payload_start

    def payload(self, data: Buffer) -> Buffer:
        """Return the payload, cut out of the file `data`."""
        return data[self.payload_start : self.payload_end]


class Span(NamedTuple):
    """A range of bytes of the file: its offset and its number of bytes."""

    at: int
    size: int

    @property
    def end(self) -> int:
        """Return the offset of the first byte after the range."""
        return self.at + self.size


class Spans:
    """A list of spans that takes sixteen bytes for each."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._numbers = array("Q")
        for span in spans:
            self.append(span)

    def append(self, span: Span) -> None:
        """Add a span at the end."""
        self._numbers.extend(span)

    def __len__(self) -> int:
        return len(self._numbers) // 2

    def __getitem__(self, index: int) -> Span:
        return Span(self._numbers[2 * index], self._numbers[2 * index + 1])

    def __iter__(self) -> Iterator[Span]:
        numbers = iter(self._numbers)
        return map(Span, numbers, numbers)


def merge_spans(spans: Iterable[Span]) -> Spans:
    """Return the spans sorted by offset. Spans that touch or overlap become one; empty spans are left out."""
    merged = Spans()
    at = end = 0
    for span in _sort(spans):
        if span.at > end and end > at:
            merged.append(Span(at, end - at))
        if span.at > end or end == at:
            at = end = span.at
        end = max(end, span.end)
    if end > at:
        merged.append(Span(at, end - at))
    return merged


def _sort(spans: Iterable[Span]) -> Iterator[Span]:
    filled = (span for span in spans if span.size)
    blocks = iter(lambda: sorted(islice(filled, _SORT_BLOCK)), [])
    return merge(*[Spans(block) for block in blocks])
