"""Runs of bytes of a file. A hostile file has tens of thousands of them, each of a byte: lists of them are packed."""

from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

#: Spans that are sorted at once: objects of all would cost ten times what the file spends on them.
_BLOCK = 4096


class Span(NamedTuple):
    """A run of bytes of the file: where it starts and how many bytes it has."""

    at: int
    size: int

    @property
    def end(self) -> int:
        """Tell where the first byte behind it is."""
        return self.at + self.size


class Spans:
    """A list of spans at sixteen bytes each."""

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
    """Join spans that touch or overlap, in the order of the file; empty ones vanish."""
    merged = Spans()
    at = end = 0
    for span in _in_order(spans):
        if span.at > end and end > at:
            merged.append(Span(at, end - at))
        if span.at > end or end == at:
            at = end = span.at
        end = max(end, span.end)
    if end > at:
        merged.append(Span(at, end - at))
    return merged


def _in_order(spans: Iterable[Span]) -> Iterator[Span]:
    filled = (span for span in spans if span.size)
    blocks = iter(lambda: sorted(islice(filled, _BLOCK)), [])
    return merge(*[Spans(block) for block in blocks])
