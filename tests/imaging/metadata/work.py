"""Measures the work of a scrub."""

import sys

from chalicelib.imaging import metadata


def count_calls(data: bytes) -> int:
    """Return how many functions a scrub calls. It does not depend on the clock."""
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
