"""The plan: changes keep every offset, pictures keep every byte, and conflicts between the two are rejected."""

from collections.abc import Iterable

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.isobmff.boxes import REST, Box
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.spans import Span

DATA = b"0123456789"


def test_zero_reports_and_zeroes_a_run() -> None:
    plan = BoxPlan(DATA)
    plan.zero(2, 5, Kind.TEXT, "here", "a name")
    assert plan.apply() == b"01\0\0\x0056789"
    assert plan.counter.findings() == (Finding(Kind.TEXT, "here", 3, "a name"),)


def test_zero_reports_nothing_where_all_is_zero() -> None:
    plan = BoxPlan(bytes(9))
    plan.zero(2, 5, Kind.TEXT, "here", "a name")
    assert plan.counter.findings() == ()


def test_zero_contents_reports_nothing() -> None:
    plan = BoxPlan(DATA)
    plan.zero_contents(Box(b"abcd", 0, 8, 10))
    assert plan.apply() == b"01234567\0\0"
    assert plan.counter.findings() == ()


def test_free_turns_a_box_into_free_space() -> None:
    plan = BoxPlan(b"\0\0\0\x0auuidab")
    plan.free(Box(b"uuid", 0, 8, 10), Kind.UNKNOWN, "file", "unknown box")
    assert plan.apply() == b"\0\0\0\x0afree\0\0"
    assert plan.counter.findings() == (Finding(Kind.UNKNOWN, "file", 10, "unknown box"),)


def test_free_leaves_empty_free_space_unreported() -> None:
    plan = BoxPlan(b"\0\0\0\x0afree\0\0")
    plan.free(Box(b"free", 0, 8, 10), Kind.PADDING, "file", "free space")
    plan.free(Box(REST, 8, 8, 10), Kind.PADDING, "file", "free space")
    assert plan.counter.findings() == ()


def test_patch_replaces_bytes() -> None:
    plan = BoxPlan(DATA)
    plan.patch(3, b"abc")
    assert plan.apply() == b"012abc6789"


def test_a_long_run_is_zeroed_whole() -> None:
    plan = BoxPlan(b"x" * 200_000)
    plan.zero(1, 199_999, Kind.TEXT, "here", "a name")
    assert plan.apply() == b"x" + bytes(199_998) + b"x"


def test_apply_cuts_the_file_and_writes_nothing_behind_the_cut() -> None:
    plan = BoxPlan(DATA)
    plan.cut_at = 6
    plan.zero(4, 9, Kind.TEXT, "here", "a name")
    plan.patch(7, b"a")
    assert plan.apply() == b"0123\0\0"


def test_bytes_of_the_data_boxes_that_no_item_has_are_zeroed() -> None:
    plan = BoxPlan(DATA)
    plan.keep(Span(3, 2))
    plan.remove(Span(6, 1))
    plan.check_and_zero_gaps([Span(1, 7)])
    assert plan.apply() == b"0\0\x0034\0\0\x0089"


def test_a_gap_reaches_over_several_data_boxes() -> None:
    plan = BoxPlan(DATA)
    plan.keep(Span(7, 2))
    plan.check_and_zero_gaps([Span(6, 3), Span(1, 2)])
    assert plan.apply() == b"0\0\x00345\x00789"


@pytest.mark.parametrize(("kept", "removed"), [(Span(0, 2), None), (None, Span(6, 3)), (None, Span(9, 1))])
def test_data_outside_the_data_boxes_is_rejected(kept: Span | None, removed: Span | None) -> None:
    plan = BoxPlan(DATA)
    if kept:
        plan.keep(kept)
    if removed:
        plan.remove(removed)
    with pytest.raises(CorruptImage, match="outside the boxes"):
        plan.check_and_zero_gaps([Span(1, 7)])


@pytest.mark.parametrize("removed", [Span(2, 2), Span(4, 1), Span(4, 4), Span(2, 5)])
def test_metadata_that_overlaps_a_picture_is_rejected(removed: Span) -> None:
    plan = BoxPlan(DATA)
    plan.keep(Span(3, 2))
    plan.remove(removed)
    with pytest.raises(CorruptImage, match="share"):
        plan.check_and_zero_gaps([Span(0, 10)])


def test_a_picture_outside_the_file_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="outside the file"):
        BoxPlan(DATA).keep(Span(8, 3))


def test_neighbouring_runs_of_a_picture_count_as_one() -> None:
    plan = BoxPlan(bytes(40_000))
    keep_all(plan, range(40_000))
    assert plan.kept == [Span(0, 40_000)]


def test_too_many_runs_of_a_picture_are_rejected() -> None:
    plan = BoxPlan(bytes(40_000))
    with pytest.raises(CorruptImage, match="too many parts"):
        keep_all(plan, range(0, 40_000, 2))


def keep_all(plan: BoxPlan, offsets: Iterable[int]) -> None:
    for at in offsets:
        plan.keep(Span(at, 1))
