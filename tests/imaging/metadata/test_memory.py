"""What a hostile file of many small parts costs: memory of three times its size and four mebibytes, and linear work."""

import sys
import tracemalloc

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from scripts.measuring import hostile_files

FIXED = 4 << 20


def peak(data: bytes, error: type[Exception] | None) -> int:
    tracemalloc.start()
    try:
        if error:
            with pytest.raises(error):
                metadata.strip(data)
        else:
            metadata.strip(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", hostile_files.KINDS)
def test_memory_stays_within_three_times_the_file(name: str) -> None:
    make, count = hostile_files.KINDS[name]
    data = make(count)
    assert peak(data, None) < 3 * len(data) + FIXED


@pytest.mark.parametrize("name", hostile_files.REFUSED)
def test_a_refusal_takes_no_more(name: str) -> None:
    make, count = hostile_files.REFUSED[name]
    data = make(count)
    assert peak(data, CorruptImage) < 3 * len(data) + FIXED


def calls(data: bytes) -> int:
    counted = 0

    def count(_frame: object, event: str, _what: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        metadata.strip(data)
    finally:
        sys.setprofile(None)
    return counted


# What goes on within one call, in a pattern or in zlib, is not counted: test_xmp.py and test_png_order.py bound that.
COUNTED = [name for name in hostile_files.KINDS if "XMP" not in name and name != "packed packets"]


@pytest.mark.parametrize("name", COUNTED)
def test_four_times_the_parts_are_about_four_times_the_work(name: str) -> None:
    """Counted in calls, which no machine's pace changes; sorting may add a little."""
    make, count = hostile_files.KINDS[name]
    few = max(1, count // 32)
    metadata.strip(make(few))  # what is imported or built with the first call
    assert calls(make(4 * few)) < 4.5 * calls(make(few))
