"""The tracks of an image sequence: timing and coding stay; dates, names and the unknown go (ISO/IEC 14496-12, 8)."""

import struct
from array import array
from itertools import pairwise

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.boxplan import BoxPlan
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.heifproperties import scrub_property
from chalicelib.imaging.metadata.tiffchunks import Span

#: What each box may hold; whatever is not named becomes free space.
_TREE = {
    b"moov": frozenset({b"mvhd", b"trak"}),
    b"trak": frozenset({b"tkhd", b"tref", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"nmhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(b"stsd stts ctts cslg stsc stsz stz2 stco co64 stss sdtp sbgp sgpd subs".split()),
}
_PICTURES = frozenset({b"pict", b"vide", b"auxv"})
_CODINGS = frozenset({b"av01", b"hvc1", b"hev1"})
_SAMPLE_ENTRY = 78
_UNDETERMINED = 0x55C4
_WIDTHS = {4: "I", 8: "Q"}


def scrub_movie(plan: BoxPlan, walker: BoxWalker, moov: Box) -> tuple[int, int]:
    """Plan the scrub of a moov box; gives width and height of the first picture track, (0, 0) without one.

    Raises CorruptImage for broken boxes, UnsupportedFormat for codings that Darkroom does not know.
    """
    size = (0, 0)
    for box in walker.walk(moov.start, moov.end):
        if box.kind == b"mvex":
            raise UnsupportedFormat("A fragmented image sequence cannot be cleaned.", code="movie_fragments")
        if box.kind == b"trak" and _handler(walker, box) in _PICTURES:
            size = size if any(size) else _track_size(walker, box)
            _scrub_box(plan, walker, box, "moov")
        elif box.kind == b"trak":
            plan.void(box, Kind.UNKNOWN, "moov", "track of sound or data")
        else:
            _scrub_child(plan, walker, box, b"moov", "moov")
    return size


def find_boxes(walker: BoxWalker, parent: Box, *path: bytes) -> list[Box]:
    """List the boxes at a path below a box, in their order."""
    level = [parent]
    for kind in path:
        level = [child for box in level for child in walker.walk(box.start, box.end) if child.kind == kind]
    return level


def _handler(walker: BoxWalker, trak: Box) -> bytes:
    found = find_boxes(walker, trak, b"mdia", b"hdlr")
    return walker.data[found[0].start + 8 : found[0].start + 12] if len(found) == 1 else b""


def _track_size(walker: BoxWalker, trak: Box) -> tuple[int, int]:
    found = find_boxes(walker, trak, b"tkhd")
    if not found or found[0].end - found[0].start < 8:
        return (0, 0)
    return walker.number(found[0].end - 8, 2), walker.number(found[0].end - 4, 2)


def _scrub_box(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    for child in walker.walk(box.start, box.end):
        _scrub_child(plan, walker, child, box.kind, f"{where}/{box.kind.decode()}")
    if box.kind == b"stbl":
        _keep_samples(plan, walker, box)


def _scrub_child(plan: BoxPlan, walker: BoxWalker, box: Box, parent: bytes, where: str) -> None:
    if box.kind not in _TREE[parent]:
        plan.void(box, Kind.UNKNOWN, where, "box that holds no picture")
    elif box.kind in _TREE:
        _scrub_box(plan, walker, box, where)
    elif box.kind in (b"mvhd", b"tkhd", b"mdhd"):
        _scrub_dates(plan, walker, box, where)
    elif box.kind == b"hdlr":
        scrub_handler(plan, box, where)
    elif box.kind == b"dref":
        _scrub_sources(plan, walker, box, where)
    elif box.kind == b"stsd":
        _scrub_entries(plan, walker, box, where)


def scrub_handler(plan: BoxPlan, box: Box, where: str) -> None:
    """Plan to zero what a handler says besides its type: QuickTime's vendor, and a name as free text (8.4.3)."""
    if box.end - box.start < 12:
        raise CorruptImage("A handler box is cut short.", code="box_size")
    plan.blank(box.start + 4, box.start + 8, Kind.TEXT, where, "component type of a handler")
    plan.blank(box.start + 12, box.end, Kind.TEXT, where, "vendor or name of a handler")


def _scrub_dates(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    cursor = Cursor(walker, box)
    width = 8 if cursor.take(4) >> 24 else 4
    start = cursor.at
    cursor.take(width)
    cursor.take(width)
    plan.blank(start, cursor.at, Kind.TIMESTAMP, where, "creation and modification time")
    if box.kind != b"mdhd":
        return
    cursor.take(4)
    cursor.take(width)
    at, language = cursor.at, cursor.take(2)
    if language not in (0, _UNDETERMINED):
        plan.ledger.add(Kind.TEXT, where, 2, "language")
        plan.patch(at, struct.pack(">H", _UNDETERMINED))


def _scrub_sources(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    for entry in walker.walk(box.start + 8, box.end):
        if entry.end - entry.start < 4 or not walker.number(entry.start, 4) & 1:
            raise UnsupportedFormat("The pictures of a sequence are in another file.", code="movie_source")
        plan.blank(entry.start + 4, entry.end, Kind.TEXT, where, "address of the data")


def _scrub_entries(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    for entry in walker.walk(box.start + 8, box.end):
        if entry.kind not in _CODINGS or entry.end - entry.start < _SAMPLE_ENTRY:
            raise UnsupportedFormat("The coding of an image sequence is not supported.", code="movie_coding")
        # QuickTime keeps vendor and qualities where later editions have zeros; then comes the encoder's name (12.1.3)
        plan.blank(entry.start + 8, entry.start + 24, Kind.TEXT, where, "vendor of the encoder")
        plan.blank(entry.start + 42, entry.start + 74, Kind.TEXT, where, "name of the encoder")
        for child in walker.walk(entry.start + _SAMPLE_ENTRY, entry.end):
            scrub_property(plan, child, where)


def _keep_samples(plan: BoxPlan, walker: BoxWalker, stbl: Box) -> None:
    """Keep the bytes of all samples: chunks by stco or co64, samples a chunk by stsc, their sizes by stsz (8.7)."""
    tables = {box.kind: box for box in walker.walk(stbl.start, stbl.end)}
    places = tables.get(b"stco") or tables.get(b"co64")
    if not places or b"stsc" not in tables or b"stsz" not in tables:
        raise UnsupportedFormat("An image sequence has no plain table of its samples.", code="movie_samples")
    offsets = _read_table(walker, places, 8 if places.kind == b"co64" else 4, 4)
    runs = _read_table(walker, tables[b"stsc"], 4, 4, columns=3)
    uniform = walker.number(tables[b"stsz"].start + 4, 4)
    sizes = array("I") if uniform else _read_table(walker, tables[b"stsz"], 4, 8)
    firsts = [*runs[::3], len(offsets) + 1]
    sample = 0
    for row, (first, following) in enumerate(pairwise(firsts)):
        many = runs[3 * row + 1]
        for chunk in range(max(first, 1), min(following, len(offsets) + 1)):
            size = many * uniform if uniform else sum(sizes[sample : sample + many])
            plan.kept.append(Span(offsets[chunk - 1], size))
            sample += many


def _read_table(walker: BoxWalker, box: Box, width: int, skip: int, columns: int = 1) -> "array[int]":
    """Read the numbers behind a count. Raises CorruptImage when the box is shorter than the count says."""
    count = walker.number(box.start + skip, 4) * columns
    start = box.start + skip + 4
    if start + count * width > box.end:
        raise CorruptImage("A table of samples is cut short.", code="movie_samples")
    table = array(_WIDTHS[width], walker.data[start : start + count * width])
    table.byteswap()
    return table
