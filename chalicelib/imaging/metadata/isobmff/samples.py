"""Read the sample tables of an image sequence, which locate its pictures (ISO/IEC 14496-12, 8.6 and 8.7)."""

from array import array
from collections.abc import Iterator
from itertools import pairwise

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.spans import Span

_WIDTHS = {4: "I", 8: "Q"}
#: A track has one sample entry for each coding that it uses, usually one.
_ENTRIES = 255


def keep_samples(plan: BoxPlan, walker: BoxWalker, stbl: Box, where: str) -> None:
    """Keep the bytes of all samples (8.7).

    stco or co64 locates the chunks, stsc counts the samples of each, stsz has their sizes.

    Raises CorruptImage for a broken table, UnsupportedFormat for a missing one.
    """
    tables = {box.kind: box for box in walker.children(stbl)}
    offset_table = tables.get(b"stco") or tables.get(b"co64")
    if not offset_table or b"stsc" not in tables or b"stsz" not in tables:
        raise UnsupportedFormat("An image sequence has no complete table of its samples.", code="movie_samples")
    if b"stco" in tables and b"co64" in tables:
        raise CorruptImage("A box that a file has once is there twice.", code="box_twice")
    offsets = _read_table(walker, offset_table, 8 if offset_table.kind == b"co64" else 4, 4)
    runs = _read_table(walker, tables[b"stsc"], 4, 4, columns=3)
    _check_runs(runs, len(offsets))
    used = _keep_chunks(plan, walker, tables[b"stsz"], offsets, runs)
    _zero_unused_sizes(plan, walker, tables[b"stsz"], used, where)


def _check_runs(runs: "array[int]", chunks: int) -> None:
    """Raise CorruptImage unless each run starts after the last one and its sample entry is valid (8.7.4)."""
    firsts = runs[::3]
    in_order = all(first < following for first, following in pairwise(firsts))
    if not in_order or (chunks and firsts[:1] != array("I", [1])) or any(first > chunks for first in firsts):
        raise CorruptImage("The runs of samples are not in order.", code="movie_samples")
    if any(count == 0 for count in runs[1::3]) or not all(1 <= entry <= _ENTRIES for entry in runs[2::3]):
        raise CorruptImage("A run of samples is empty or has no valid coding.", code="movie_samples")


def _keep_chunks(plan: BoxPlan, walker: BoxWalker, stsz: Box, offsets: "array[int]", runs: "array[int]") -> int:
    """Keep each chunk, whose size is that of its samples. Return the number of samples."""
    uniform = walker.number(stsz.start + 4, 4)
    sizes = array("I") if uniform else _read_table(walker, stsz, 4, 8)
    used = 0
    for offset, count in zip(offsets, _samples_a_chunk(runs, len(offsets)), strict=True):
        plan.keep(Span(offset, count * uniform if uniform else sum(sizes[used : used + count])))
        used += count
    return used


def _samples_a_chunk(runs: "array[int]", chunks: int) -> Iterator[int]:
    firsts = [*runs[::3], chunks + 1]
    for row, (first, following) in enumerate(pairwise(firsts)):
        for _ in range(first, following):
            yield runs[3 * row + 1]


def _zero_unused_sizes(plan: BoxPlan, walker: BoxWalker, stsz: Box, used: int, where: str) -> None:
    """Zero the sizes after those of the samples that are used."""
    if not walker.number(stsz.start + 4, 4) and stsz.start + 12 + 4 * used < stsz.end:
        plan.zero(stsz.start + 12 + 4 * used, stsz.end, Kind.PADDING, where, "sizes of samples that are not there")


def _read_table(walker: BoxWalker, box: Box, width: int, skip: int, columns: int = 1) -> "array[int]":
    """Read a table of numbers. Raises CorruptImage when the box is too short for the count in it."""
    count = walker.number(box.start + skip, 4) * columns
    start = box.start + skip + 4
    if start + count * width > box.end:
        raise CorruptImage("A table of samples is cut short.", code="movie_samples")
    table = array(_WIDTHS[width], walker.data[start : start + count * width])
    table.byteswap()
    return table
