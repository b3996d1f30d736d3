"""Spans: ranges of bytes are merged and sorted, and segments know their sizes."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imaging.metadata.spans import Segment, Span, Spans, merge_spans

SPANS = st.builds(Span, st.integers(0, 200), st.integers(0, 12))


def test_a_segment_has_the_sizes_of_itself_and_of_its_payload() -> None:
    segment = Segment(b"tEXt", start=10, payload_start=18, payload_end=23, end=27)
    assert (segment.size, segment.payload_size) == (17, 5)


def test_a_segment_cuts_its_payload_out_of_the_file() -> None:
    data = bytes(range(30))
    segment = Segment(b"tEXt", start=10, payload_start=18, payload_end=23, end=27)
    assert segment.payload(data) == bytes(range(18, 23))
    view = segment.payload(memoryview(data))
    assert view.obj is data, "a view must not be copied"


def test_a_list_of_spans_returns_what_was_put_in() -> None:
    spans = Spans([Span(3, 4), Span(1 << 40, 1)])
    spans.append(Span(0, 0))
    assert list(spans) == [Span(3, 4), Span(1 << 40, 1), Span(0, 0)]
    assert (len(spans), spans[1], spans[1].end) == (3, Span(1 << 40, 1), (1 << 40) + 1)
    assert list(Spans()) == []


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([], []),
        ([Span(5, 0)], []),
        ([Span(5, 2), Span(7, 1)], [Span(5, 3)]),
        ([Span(8, 2), Span(5, 2)], [Span(5, 2), Span(8, 2)]),
        ([Span(0, 10), Span(2, 3), Span(9, 4)], [Span(0, 13)]),
    ],
)
def test_spans_that_touch_or_overlap_are_merged(spans: list[Span], merged: list[Span]) -> None:
    assert list(merge_spans(spans)) == merged


@given(st.lists(SPANS, max_size=40))
def test_merged_spans_cover_the_same_bytes_once_in_order(spans: list[Span]) -> None:
    merged = list(merge_spans(spans))
    covered = [offset for span in merged for offset in range(span.at, span.end)]
    assert covered == sorted({offset for span in spans for offset in range(span.at, span.end)})
    assert all(first.end < second.at for first, second in pairwise(merged))


def test_a_hundred_thousand_spans_in_reverse_take_little_memory() -> None:
    """More spans than one block of the sort, at a few times the sixteen bytes that each one takes."""
    spans = Spans(Span(3 * number, 1) for number in reversed(range(100_000)))
    tracemalloc.start()
    merged = merge_spans(spans)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(merged), merged[0], merged[99_999]) == (100_000, Span(0, 1), Span(299_997, 1))
    assert peak < 100_000 * 16 * 4
