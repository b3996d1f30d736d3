"""Scrub the tracks of an image sequence: keep timing and coding, remove dates, names and unknown boxes.

Section numbers are those of ISO/IEC 14496-12.
"""

import struct
from collections.abc import Callable

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.isobmff.properties import scrub_property
from chalicelib.imaging.metadata.isobmff.samples import keep_samples

#: The boxes that each box may contain; others become free space. No picture decoder needs sdtp, sgpd, sbgp and subs,
#: which can contain text.
_TREE = {
    b"moov": frozenset({b"mvhd", b"trak"}),
    b"trak": frozenset({b"tkhd", b"tref", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"nmhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset(b"stsd stts ctts cslg stsc stsz stco co64 stss".split()),
}
_PICTURES = frozenset({b"pict", b"vide", b"auxv"})
_CODINGS = frozenset({b"av01", b"hvc1", b"hev1"})
_SAMPLE_ENTRY = 78
_UNDETERMINED = 0x55C4
#: Bytes of the boxes of a fixed length, in version 0 and in version 1 (8.2.2, 8.3.2, 8.6.1.4, 12.1.2, 8.4.5.2).
_LENGTHS = {b"mvhd": (100, 112), b"tkhd": (84, 96), b"cslg": (24, 44), b"vmhd": (12, 12), b"nmhd": (4, 4)}
#: Bytes of one row of a table, in version 0 and in version 1. The rows follow their count.
_ROWS = {
    b"stts": (8, 8),
    b"ctts": (8, 8),
    b"stss": (4, 4),
    b"stsc": (12, 12),
    b"stco": (4, 4),
    b"co64": (8, 8),
    b"elst": (12, 20),
}
#: References between tracks that stay; the others are for text, sound and editors.
_TRACK_REFERENCES = frozenset({b"auxl", b"prem"})
_TRACKS = 1 << 16


def scrub_movie(plan: BoxPlan, walker: BoxWalker, moov: Box) -> tuple[int, int]:
    """Plan the scrub of a moov box. Return width and height of the first picture track, (0, 0) without one.

    Raises CorruptImage for broken boxes, UnsupportedFormat for unknown codings.
    """
    size = (0, 0)
    for box in walker.walk(moov.start, moov.end):
        if box.kind == b"mvex":
            raise UnsupportedFormat("A fragmented image sequence cannot be cleaned.", code="movie_fragments")
        if box.kind == b"trak" and _handler(walker, box) in _PICTURES:
            size = size if any(size) else _track_size(walker, box)
            _scrub_box(plan, walker, box, "moov")
        elif box.kind == b"trak":
            plan.free(box, Kind.UNKNOWN, "moov", "track of sound or data")
        else:
            _scrub_child(plan, walker, box, b"moov", "moov")
    return size


def _find_boxes(walker: BoxWalker, parent: Box, *path: bytes) -> list[Box]:
    level = [parent]
    for kind in path:
        level = [child for box in level for child in walker.children(box) if child.kind == kind]
    return level


def _handler(walker: BoxWalker, trak: Box) -> bytes:
    found = _find_boxes(walker, trak, b"mdia", b"hdlr")
    return walker.data[found[0].start + 8 : found[0].start + 12] if len(found) == 1 else b""


def _track_size(walker: BoxWalker, trak: Box) -> tuple[int, int]:
    found = _find_boxes(walker, trak, b"tkhd")
    if not found or found[0].end - found[0].start < _LENGTHS[b"tkhd"][0]:
        return (0, 0)
    end = min(found[0].start + _LENGTHS[b"tkhd"][_version(walker, found[0])], found[0].end)
    return walker.number(end - 8, 2), walker.number(end - 4, 2)


def _version(walker: BoxWalker, box: Box) -> int:
    return min(walker.number(box.start, 4) >> 24, 1)


def _scrub_box(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    where = f"{where}/{box.kind.decode()}"
    seen: set[bytes] = set()
    for child in walker.children(box):
        if child.kind in seen and child.kind in _TREE[box.kind]:
            raise CorruptImage("A box that a file has once is there twice.", code="box_twice")
        seen.add(child.kind)
        _scrub_child(plan, walker, child, box.kind, where)
    if box.kind == b"stbl":
        keep_samples(plan, walker, box, where)


def _scrub_child(plan: BoxPlan, walker: BoxWalker, box: Box, parent: bytes, where: str) -> None:
    if box.kind not in _TREE[parent]:
        plan.free(box, Kind.UNKNOWN, where, "box that holds no picture")
    elif box.kind in _TREE:
        _scrub_box(plan, walker, box, where)
    elif scrub := _SCRUBS.get(box.kind):
        scrub(plan, walker, box, where)
    if box.kind in _LENGTHS or box.kind in _ROWS or box.kind == b"stsz":
        _zero_tail(plan, walker, box, where)


def _zero_tail(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    """Zero the bytes after the fields of a box, which no reader reads. Raises CorruptImage for rows after its end."""
    version = _version(walker, box)
    if box.kind in _LENGTHS:
        size = _LENGTHS[box.kind][version]
    elif box.kind == b"stsz":
        size = 12 + (0 if walker.number(box.start + 4, 4) else 4 * walker.number(box.start + 8, 4))
    else:
        size = 8 + _ROWS[box.kind][version] * walker.number(box.start + 4, 4)
    if box.kind not in _LENGTHS and box.start + size > box.end:
        raise CorruptImage("A table of samples is cut short.", code="movie_samples")
    plan.zero(min(box.start + size, box.end), box.end, Kind.PADDING, where, "bytes after the fields of a box")


def scrub_handler(plan: BoxPlan, box: Box, where: str) -> None:
    """Plan to zero all of a handler but its type: QuickTime's vendor, and a name as free text (8.4.3).

    Raises CorruptImage when it is cut short.
    """
    if box.end - box.start < 12:
        raise CorruptImage("A handler box is cut short.", code="box_size")
    plan.zero(box.start + 4, box.start + 8, Kind.TEXT, where, "component type of a handler")
    plan.zero(box.start + 12, box.end, Kind.TEXT, where, "vendor or name of a handler")


def _scrub_dates(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    cursor = Cursor(walker, box)
    width = 8 if cursor.take(4) >> 24 else 4
    start = cursor.at
    cursor.take_bytes(2 * width)
    plan.zero(start, cursor.at, Kind.TIMESTAMP, where, "creation and modification time")
    if box.kind == b"mvhd":
        # QuickTime keeps preview, poster and selection here; later editions have zeros (8.2.2)
        at = box.start + _LENGTHS[b"mvhd"][width // 8] - 28
        plan.zero(min(at, box.end), min(at + 24, box.end), Kind.PRIVATE, where, "settings of a player")
    if box.kind == b"mdhd":
        _scrub_language(plan, cursor, width, box.end, where)


def _scrub_language(plan: BoxPlan, cursor: Cursor, width: int, end: int, where: str) -> None:
    cursor.take_bytes(4 + width)
    at, language = cursor.at, cursor.take(2)
    if language not in (0, _UNDETERMINED):
        plan.counter.add(Kind.TEXT, where, 2, "language")
        plan.patch(at, struct.pack(">H", _UNDETERMINED))
    plan.zero(cursor.at, end, Kind.PADDING, where, "bytes after the fields of a box")


def _scrub_references(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    for child in walker.walk(box.start, box.end):
        tracks = range(child.start, child.end - 3, 4)
        known = child.kind in _TRACK_REFERENCES and not (child.end - child.start) % 4
        if not known or any(walker.number(at, 4) >= _TRACKS for at in tracks):
            plan.free(child, Kind.UNKNOWN, where, "reference between tracks")


def _scrub_sources(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    for entry in walker.walk(box.start + 8, box.end):
        if entry.end - entry.start < 4 or not walker.number(entry.start, 4) & 1:
            raise UnsupportedFormat("The pictures of a sequence are in another file.", code="movie_source")
        plan.zero(entry.start + 4, entry.end, Kind.TEXT, where, "address of the data")


def _scrub_entries(plan: BoxPlan, walker: BoxWalker, box: Box, where: str) -> None:
    for entry in walker.walk(box.start + 8, box.end):
        if entry.kind not in _CODINGS or entry.end - entry.start < _SAMPLE_ENTRY:
            raise UnsupportedFormat("The coding of an image sequence is not supported.", code="movie_coding")
        # QuickTime keeps vendor and qualities here; later editions have zeros. The encoder's name follows (12.1.3)
        plan.zero(entry.start + 8, entry.start + 24, Kind.TEXT, where, "vendor of the encoder")
        plan.zero(entry.start + 42, entry.start + 74, Kind.TEXT, where, "name of the encoder")
        for child in walker.walk(entry.start + _SAMPLE_ENTRY, entry.end):
            scrub_property(plan, child, where)


_SCRUBS: dict[bytes, Callable[[BoxPlan, BoxWalker, Box, str], None]] = {
    b"mvhd": _scrub_dates,
    b"tkhd": _scrub_dates,
    b"mdhd": _scrub_dates,
    b"hdlr": lambda plan, _walker, box, where: scrub_handler(plan, box, where),
    b"dref": _scrub_sources,
    b"stsd": _scrub_entries,
    b"tref": _scrub_references,
}
