"""A hostile file of many small parts costs at most three times its size and 4 MiB of memory, and linear work."""

import sys
import tracemalloc

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from scripts.measuring import hostile

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


@pytest.mark.parametrize("name", hostile.KINDS)
def test_stripping_a_hostile_file_takes_at_most_three_times_its_size(name: str) -> None:
    make, count = hostile.KINDS[name]
    data = make(count)
    assert peak(data, None) < 3 * len(data) + FIXED


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_rejecting_a_hostile_file_takes_at_most_three_times_its_size(name: str) -> None:
    make, count = hostile.REFUSED[name]
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


# Work inside one call, in a pattern or in zlib, is not counted. test_xmp.py and test_text.py of png limit it.
COUNTED = [name for name in hostile.KINDS if "XMP" not in name and name != "packed packets"]


@pytest.mark.parametrize("name", COUNTED)
def test_the_work_grows_in_proportion_to_the_number_of_parts(name: str) -> None:
    """Work is counted in calls, so that the speed of the machine does not matter. Sorting may add a little."""
    make, count = hostile.KINDS[name]
    few = max(1, count // 32)
    metadata.strip(make(few))  # imports and caches of the first call
    assert calls(make(4 * few)) < 4.5 * calls(make(few))
