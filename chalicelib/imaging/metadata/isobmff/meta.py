"""Scrub the meta box of a HEIF file: zero the items that are not pictures, and turn unknown boxes into free space."""

from collections.abc import Callable, Mapping
from functools import partial

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.block import read_exif
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker
from chalicelib.imaging.metadata.isobmff.gain_maps import find_gain_maps, is_tone_map, scrub_tone_map
from chalicelib.imaging.metadata.isobmff.headroom import HeldItem, find_headroom, hold_item
from chalicelib.imaging.metadata.isobmff.items import (
    Item,
    Items,
    Reference,
    read_info,
    read_locations,
    read_primary,
    read_properties,
    read_references,
)
from chalicelib.imaging.metadata.isobmff.pictures import (
    REFERENCES,
    choose_pictures,
    measure_primary,
    name_removed,
    scrub_groups,
)
from chalicelib.imaging.metadata.isobmff.plan import BoxPlan
from chalicelib.imaging.metadata.isobmff.properties import scrub_properties
from chalicelib.imaging.metadata.isobmff.tracks import scrub_handler
from chalicelib.imaging.metadata.spans import Span

_PARTS = frozenset({b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat", b"grpl"})
_FREE = b"free"
_ANOTHER_VIEW = (Kind.VIEW, "another picture that is not shown")
_XMP_TYPE = b"application/rdf+xml"
_Reader = Callable[[BoxWalker, Box, Items], None]


def scrub_meta(plan: BoxPlan, walker: BoxWalker, meta: Box, data_boxes: list[Span]) -> tuple[int, int]:
    """Plan the scrub of a meta box. Return width and height of the primary picture, (0, 0) when the file names none.

    Adds idat, the box for item data, to `data_boxes`. Raises CorruptImage for broken tables and for a primary item that
    is not a picture. Raises UnsupportedFormat for pictures that cannot be cleaned.
    """
    boxes = list(walker.walk(meta.start + 4, meta.end))
    parts = _find_parts(plan, boxes)
    items = _read_items(plan, walker, parts)
    grouped = scrub_groups(plan, walker, parts[b"grpl"]) if b"grpl" in parts else set()
    kept = choose_pictures(plan.data, items, grouped)
    if items.primary and items.primary not in kept:
        raise CorruptImage("The primary item of the file is not a picture.", code="no_picture")
    if b"hdlr" in parts:
        scrub_handler(plan, parts[b"hdlr"], "meta")
    if idat := parts.get(b"idat"):
        data_boxes.append(Span(idat.start, idat.end - idat.start))
    _clip_removed(plan.data, items, kept)
    gain_maps = find_gain_maps(plan, items, kept)
    held = find_headroom(plan, items, gain_maps)
    _scrub_items(plan, items, kept, held)
    _scrub_references(plan, items, kept | held.keys())
    _scrub_locations(plan, items, kept | held.keys())
    scrub_properties(plan, items, kept, gain_maps)
    return measure_primary(walker, items)


def _find_parts(plan: BoxPlan, boxes: list[Box]) -> dict[bytes, Box]:
    """Index the known boxes by type, and plan to free the others."""
    parts: dict[bytes, Box] = {}
    for box in boxes:
        if box.kind in parts:
            raise CorruptImage("A box that may occur only once occurs twice.", code="box_twice")
        if box.kind in _PARTS:
            parts[box.kind] = box
        else:
            kind = Kind.XMP if box.kind in (b"xml ", b"bxml") else Kind.UNKNOWN
            kind = Kind.PADDING if box.kind in (_FREE, b"skip") else kind
            plan.free(box, kind, "meta", "box that holds no picture")
    return parts


def _read_items(plan: BoxPlan, walker: BoxWalker, parts: dict[bytes, Box]) -> Items:
    items = Items()
    readers: dict[bytes, _Reader] = {
        b"pitm": read_primary,
        b"iinf": read_info,
        b"iloc": partial(read_locations, idat=parts.get(b"idat")),
        b"iref": read_references,
        b"iprp": read_properties,
    }
    for kind, read in readers.items():
        if kind in parts:
            read(walker, parts[kind], items)
    for box in items.unowned:
        plan.free(box, Kind.UNKNOWN, "meta", "bytes of the tables outside every item")
    return items


def _clip_removed(data: bytes, items: Items, kept: set[int]) -> None:
    """Clip the extents of the removed items to the end of the file, because a reader cannot read past it.

    Raises CorruptImage if these extents together have more bytes than the file. The scrub reads each of them, so a file
    whose items share bytes could cost unlimited time.
    """
    total = 0
    for number in items.entries.keys() - kept:
        clipped = (Span(span.at, min(span.size, len(data) - span.at)) for span in items.extents.get(number, ()))
        items.extents[number] = [span for span in clipped if span.size > 0]
        total += sum(span.size for span in items.extents[number])
    if total > len(data):
        raise CorruptImage("The items of the file share bytes and have more bytes than the file.", code="item_overlap")


def _scrub_items(plan: BoxPlan, items: Items, kept: set[int], held: Mapping[int, HeldItem]) -> None:
    names = name_removed(plan.data, items)
    for item in items.entries.values():
        spans = items.extents.get(item.number, [])
        if item.number in kept:
            _keep_item(plan, item, spans)
        elif item.number in held:
            hold_item(plan, item, spans, held[item.number])
        else:
            _remove_item(plan, item, spans, names.get(item.number, _ANOTHER_VIEW))


def _keep_item(plan: BoxPlan, item: Item, spans: list[Span]) -> None:
    if is_tone_map(item):
        scrub_tone_map(plan, item, spans)
    else:
        for span in spans:
            plan.keep(span)
    plan.zero(item.text_at, item.box.end, Kind.TEXT, f"item {item.number}", "name of a picture")


def _remove_item(plan: BoxPlan, item: Item, spans: list[Span], name: tuple[Kind, str]) -> None:
    filled = [span for span in spans if plan.data.count(0, span.at, span.end) < span.size]
    text = plan.data[item.text_at : item.box.end]
    if filled or item.kind not in (_FREE, b""):
        content = b""
        if item.kind == b"Exif" or (item.kind == b"mime" and b"rdf+xml" in text):
            content = b"".join(plan.data[span.at : span.end] for span in spans)
        plan.counter.extend(_list_findings(item, text, content, sum(span.size for span in spans), name))
    for span in filled:
        plan.remove(span)
    plan.zero(item.text_at, item.box.end, Kind.TEXT, f"item {item.number}", "name or media type of an item")
    if item.kind and item.kind != _FREE:
        plan.patch(item.type_at, _FREE)


def _list_findings(item: Item, text: bytes, content: bytes, size: int, name: tuple[Kind, str]) -> tuple[Finding, ...]:
    """List the metadata of an item to remove. `content` is needed for Exif and XMP, `name` for pictures only."""
    where = f"item {item.number}"
    if item.kind == b"Exif":
        found = read_exif(content[4 + int.from_bytes(content[:4], "big") :]).findings(where)
        return (Finding(Kind.EXIF, where, size, found[0].summary), *found[1:])
    if item.kind == b"mime" and _XMP_TYPE in text:
        return xmp.inspect_packet(content, where, size)
    if item.kind == b"jumb" or b"c2pa" in text or b"jumbf" in text:
        return (Finding(Kind.C2PA, where, size, "provenance manifest"),)
    if item.kind in (b"mime", b"uri ", b"", _FREE):
        return (Finding(Kind.UNKNOWN, where, size, "data item"),)
    kind, summary = name
    return (Finding(kind, where, size, summary),)


def _scrub_references(plan: BoxPlan, items: Items, kept: set[int]) -> None:
    for reference in items.references:
        known = reference.box.kind in REFERENCES
        if reference.source in kept and not known and reference.box.kind != _FREE:
            plan.counter.add(Kind.UNKNOWN, "meta/iref", 4, "reference of an unknown kind")
        if reference.source not in kept or not known:
            # A reader that follows the reference would look for a removed thumbnail or text
            plan.patch(reference.box.at + 4, _FREE)
        _scrub_missing_items(plan, items, reference)


def _scrub_missing_items(plan: BoxPlan, items: Items, reference: Reference) -> None:
    """Replace the number of each missing item by the number of the primary item."""
    width = reference.width
    numbers = enumerate(reference.targets, 1)
    offsets = [reference.box.start + 2 + index * width for index, number in numbers if number not in items.entries]
    if reference.source not in items.entries:
        offsets.append(reference.box.start)
    for at in offsets:
        # Readers ignore this reference, but libavif rejects a file with the number 0 in a reference
        plan.counter.add(Kind.UNKNOWN, "meta/iref", width, "reference to a missing item")
        plan.patch(at, (items.primary % (1 << 8 * width)).to_bytes(width, "big"))


def _scrub_locations(plan: BoxPlan, items: Items, kept: set[int]) -> None:
    """Zero the locations of removed items and of missing items."""
    for number in items.location_fields.keys() - kept:
        for field in items.location_fields[number]:
            if number in items.entries and items.entries[number].kind != _FREE:
                plan.zero_contents(field)
            else:
                plan.free(field, Kind.UNKNOWN, "meta/iloc", "location of a missing item")
