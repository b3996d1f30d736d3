"""The scrub of a HEIF file's meta box: items that are no pictures are emptied, the unknown becomes free space."""

from chalicelib.errors import CorruptImage
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.block import read_exif
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.isobmff.items import (
    Item,
    Items,
    Reference,
    read_info,
    read_locations,
    read_properties,
    read_references,
)
from chalicelib.imaging.metadata.isobmff.orientation import find_turn
from chalicelib.imaging.metadata.isobmff.pictures import REFERENCES, choose_pictures, measure_primary, scrub_groups
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.isobmff.properties import scrub_properties
from chalicelib.imaging.metadata.isobmff.tracks import scrub_handler
from chalicelib.imaging.metadata.spans import Span

_PARTS = frozenset({b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat", b"grpl"})
_FREE = b"free"
_XMP_TYPE = b"application/rdf+xml"


def scrub_meta(plan: BoxPlan, walker: BoxWalker, meta: Box, arenas: list[Span]) -> tuple[int, int]:
    """Plan the scrub of a meta box; gives width and height of the primary picture, (0, 0) when it names none.

    Raises CorruptImage for broken tables and for a primary item that is no picture, UnsupportedFormat for pictures that
    cannot be cleaned. A box for item data is added to `arenas`.
    """
    parts = _sort_parts(plan, walker, meta)
    items = _read_items(plan, walker, parts)
    grouped = scrub_groups(plan, walker, parts[b"grpl"]) if b"grpl" in parts else set()
    kept = choose_pictures(plan.data, items, grouped)
    if items.primary and items.primary not in kept:
        raise CorruptImage("The primary item of the file is no picture.", code="no_picture")
    if b"hdlr" in parts:
        scrub_handler(plan, parts[b"hdlr"], "meta")
    idat = parts.get(b"idat")
    arenas.extend([Span(idat.start, idat.end - idat.start)] if idat else [])
    _bound_removed(plan.data, items, kept, idat)
    _note_turn(plan, items, idat)
    for item in items.entries.values():
        _scrub_item(plan, item, items.locate(item.number, idat), keep=item.number in kept)
    _scrub_links(plan, items, kept)
    scrub_properties(plan, items, kept)
    return measure_primary(walker, items)


def _scrub_links(plan: BoxPlan, items: Items, kept: set[int]) -> None:
    """Retype the references of items that go, and empty their places and those of items that are not there."""
    for reference in items.references:
        _scrub_reference(plan, items, reference, keep=reference.source in kept)
    for number, places in items.places.items():
        for place in places if number not in kept else ():
            if number in items.entries and items.entries[number].kind != _FREE:
                plan.erase(place)
            else:
                plan.void(place, Kind.UNKNOWN, "meta/iloc", "place of no item")


def _scrub_reference(plan: BoxPlan, items: Items, reference: Reference, *, keep: bool) -> None:
    width, where = reference.width, "meta/iref"
    if keep and reference.box.kind not in REFERENCES and reference.box.kind != _FREE:
        plan.counter.add(Kind.UNKNOWN, where, 4, "reference of an unknown kind")
    if not keep or reference.box.kind not in REFERENCES:
        # A reader that follows it would look for a thumbnail or a text that is gone
        plan.patch(reference.box.at + 4, _FREE)
    targets = enumerate(reference.targets, 1)
    places = [reference.box.start + 2 + index * width for index, number in targets if number not in items.entries]
    for at in (*places, *([] if reference.source in items.entries else [reference.box.start])):
        # No reader follows it, but libavif refuses a file where a reference has no number
        plan.counter.add(Kind.UNKNOWN, where, width, "reference to no item")
        plan.patch(at, (items.primary % (1 << 8 * width)).to_bytes(width, "big"))


def _bound_removed(data: bytes, items: Items, kept: set[int], idat: Box | None) -> None:
    """Raise CorruptImage where the items that go have more bytes together than the file: each of them is read."""
    going = (items.locate(number, idat) for number in items.entries if number not in kept)
    if sum(_clip(data, span).size for spans in going for span in spans) > len(data):
        raise CorruptImage("The items of the file share more bytes than it has.", code="item_overlap")


def _note_turn(plan: BoxPlan, items: Items, idat: Box | None) -> None:
    """Note which way up an AVIF stands, where only a text says so."""
    if sniff(plan.data) is ImageFormat.AVIF:
        plan.orientation = find_turn(plan.data, items, lambda number: _read_item(plan.data, items, number, idat))


def _sort_parts(plan: BoxPlan, walker: BoxWalker, meta: Box) -> dict[bytes, Box]:
    parts: dict[bytes, Box] = {}
    for box in walker.walk(meta.start + 4, meta.end):
        if box.kind in parts:
            raise CorruptImage("A box that a file has once is there twice.", code="box_twice")
        if box.kind in _PARTS:
            parts[box.kind] = box
        else:
            kind = Kind.XMP if box.kind in (b"xml ", b"bxml") else Kind.UNKNOWN
            kind = Kind.PADDING if box.kind in (_FREE, b"skip") else kind
            plan.void(box, kind, "meta", "box that holds no picture")
    return parts


def _read_items(plan: BoxPlan, walker: BoxWalker, parts: dict[bytes, Box]) -> Items:
    items = Items()
    if b"pitm" in parts:
        cursor = Cursor(walker, parts[b"pitm"])
        items.primary = cursor.take(4 if cursor.take(4) >> 24 else 2)
        items.strays.append(cursor.rest())
    if b"iinf" in parts:
        read_info(walker, parts[b"iinf"], items)
    if b"iloc" in parts:
        read_locations(walker, parts[b"iloc"], items)
    if b"iref" in parts:
        read_references(walker, parts[b"iref"], items)
    if b"iprp" in parts:
        read_properties(walker, parts[b"iprp"], items)
    for stray in items.strays:
        plan.void(stray, Kind.UNKNOWN, "meta", "bytes in the tables that belong to no item")
    return items


def _scrub_item(plan: BoxPlan, item: Item, spans: list[Span], *, keep: bool) -> None:
    where = f"item {item.number}"
    if keep:
        for span in spans:
            plan.keep(span)
        plan.blank(item.text_at, item.end, Kind.TEXT, where, "name of a picture")
        return
    spans = [span for span in (_clip(plan.data, span) for span in spans) if span.size]
    findings = _report_item(plan.data, item, spans)
    plan.counter.extend(findings)
    for span in spans:
        plan.remove(span)
    plan.blank(item.text_at, item.end, Kind.TEXT, where, "name or media type of an item")
    if item.kind and item.kind != _FREE:
        plan.patch(item.type_at, _FREE)


def _clip(data: bytes, span: Span) -> Span:
    """Cut an extent at the end of the file: what a reader cannot reach needs no zeros."""
    return Span(span.at, max(min(span.size, len(data) - span.at), 0))


def _report_item(data: bytes, item: Item, spans: list[Span]) -> tuple[Finding, ...]:
    where, size = f"item {item.number}", sum(span.size for span in spans)
    dirty = any(data.count(0, span.at, span.at + span.size) < span.size for span in spans)
    if item.kind in (_FREE, b"") and not dirty:
        return ()
    if item.kind == b"Exif":
        content = _read_content(data, spans)
        start = 4 + int.from_bytes(content[:4], "big")
        found = read_exif(content[start:]).findings(where)
        return (Finding(Kind.EXIF, where, size, found[0].summary), *found[1:])
    if item.kind == b"mime" and _XMP_TYPE in data[item.text_at : item.end]:
        return xmp.inspect_packet(_read_content(data, spans), where, size)
    return (Finding(*_name_kind(data, item, where, size)),)


def _name_kind(data: bytes, item: Item, where: str, size: int) -> tuple[Kind, str, int, str]:
    text = data[item.text_at : item.end]
    if item.kind == b"jumb" or b"c2pa" in text or b"jumbf" in text:
        return Kind.C2PA, where, size, "provenance manifest"
    if item.kind in (b"mime", b"uri ", b"", _FREE):
        return Kind.UNKNOWN, where, size, "item of data"
    return Kind.THUMBNAIL, where, size, "thumbnail, depth map or another picture that is not shown"


def _read_item(data: bytes, items: Items, number: int, idat: Box | None) -> bytes:
    return _read_content(data, [_clip(data, span) for span in items.locate(number, idat)])


def _read_content(data: bytes, spans: list[Span]) -> bytes:
    return b"".join(data[span.at : span.at + span.size] for span in spans)
