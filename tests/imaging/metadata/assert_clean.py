"""Assertions that hold for a scrubbed picture of every format."""

from contextlib import suppress

from hypothesis import strategies as st

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.findings import Kind, Sanitized
from scripts.measuring.samples import SECRET, frames, mutate, upright

#: Hypothesis strategies for damage: (position, new byte) pairs, more of them near the headers, and bytes to cut off.
CHANGES = st.lists(st.tuples(st.one_of(st.integers(0, 200), st.integers(0, 1 << 16)), st.integers(0, 255)), max_size=6)
CUTS = st.one_of(st.just(0), st.integers(0, 64), st.integers(0, 1 << 16))


def scrub(data: bytes) -> Sanitized:
    """Strip a picture. Assert that the picture stays, no metadata is left, and a second strip changes nothing."""
    stripped = metadata.strip(data)
    assert frames(stripped.data) == frames(data)
    assert upright(stripped.data) == upright(data)
    assert SECRET not in stripped.data
    assert [finding for finding in metadata.inspect(stripped.data) if not finding.allowed] == []
    assert metadata.strip(stripped.data).data == stripped.data
    return stripped


def kinds(data: bytes) -> set[Kind]:
    """Return the kinds of metadata in a picture that are not on the allow-list."""
    return {finding.kind for finding in metadata.inspect(data) if not finding.allowed}


def survive(data: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    """Assert that a damaged file is either rejected with one of the two agreed errors, or fully cleaned."""
    damaged = mutate(data, changes, cut)
    for read in (metadata.inspect, metadata.read):
        with suppress(CorruptImage, UnsupportedFormat):
            read(damaged)
    with suppress(CorruptImage, UnsupportedFormat):
        stripped = metadata.strip(damaged)
        assert kinds(stripped.data) == set()
