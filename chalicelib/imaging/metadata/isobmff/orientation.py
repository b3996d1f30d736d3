"""Which way up an AVIF stands when its XMP alone tells: that moves into irot and imir, where readers look for it.

The bytes for these properties come from what the scrub has emptied, so that meta keeps its length and no offset moves.
HEIC needs none of this: its readers obey irot and imir alone (ISO/IEC 23008-12, 6.5.10 and 6.5.12).
"""

import struct
from collections.abc import Callable, Iterator
from itertools import chain

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.embedded import has_orientation
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.isobmff.items import Association, Items, read_properties

_FREE = b"free"
_IROT, _IMIR = b"\0\0\0\x09irot", b"\0\0\0\x09imir"
#: The properties of each EXIF orientation: quarter turns to the left, then the axis of mirroring (libavif's own table).
_TURNS = {
    2: (_IMIR + b"\1",),
    3: (_IROT + b"\2",),
    4: (_IMIR + b"\0",),
    5: (_IROT + b"\1", _IMIR + b"\0"),
    6: (_IROT + b"\3",),
    7: (_IROT + b"\3", _IMIR + b"\0"),
    8: (_IROT + b"\1",),
}


def find_turn(data: bytes, items: Items, read: Callable[[int], bytes]) -> int:
    """Tell the orientation (1 to 8) that only an XMP packet of the primary picture holds, as Pillow finds it.

    `read` gives the content of an item.
    """
    boxes = [items.properties[link.index - 1] for link in items.associations if _is_property_of(items, link)]
    if any(box.kind in (b"irot", b"imir") for box in boxes):
        return 1
    links = (each for each in items.references if each.box.kind == b"cdsc" and items.primary in each.targets)
    entries = [items.entries[number] for number in {link.source: None for link in links} if number in items.entries]
    for content in (read(entry.number) for entry in entries if entry.kind == b"Exif"):
        if has_orientation(content[4 + int.from_bytes(content[:4], "big") :]):
            return 1
    texts = (entry for entry in entries if entry.kind == b"mime" and b"rdf+xml" in data[entry.text_at : entry.end])
    packets = (read(entry.number) for entry in texts)
    return next((found for found in map(xmp.read_orientation, packets) if found != 1), 1)


def _is_property_of(items: Items, link: Association) -> bool:
    return link.item == items.primary and 0 < link.index <= len(items.properties)


def turn(data: bytes, orientation: int) -> bytes:
    """Write the orientation into a scrubbed file. Raises UnsupportedFormat when its tables have no room for it."""
    walker = BoxWalker(data)
    meta = next(box for box in walker.walk_file() if box.kind == b"meta")
    parts = list(walker.walk(meta.start + 4, meta.end))
    room = _find_room(walker, parts)
    items = Items()
    for part in parts:
        if part.kind == b"pitm":
            cursor = Cursor(walker, part)
            items.primary = cursor.take(4 if cursor.take(4) >> 24 else 2)
        if part.kind == b"iprp":
            read_properties(walker, part, items)
    bare = b"".join(_rebuild(walker, part, room, b"", items, _TURNS[orientation]) for part in parts)
    left = meta.end - meta.start - 4 - len(bare)
    if left < 1 or any(part.kind == b"idat" for part in parts) or len(items.properties) > 125:
        raise UnsupportedFormat("The tables have no room for which way up the picture stands.", code="item_room")
    body = b"".join(_rebuild(walker, part, room, bytes(left), items, _TURNS[orientation]) for part in parts)
    return data[: meta.start + 4] + body + data[meta.end :]


def _find_room(walker: BoxWalker, parts: list[Box]) -> Box | None:
    """Find the emptied entry with the longest text: that of the XMP packet, which had a media type."""
    lists = (_entries(walker, part) for part in parts if part.kind == b"iinf")
    empty = (box for box in chain.from_iterable(lists) if walker.data[box.start + 8 : box.start + 12] == _FREE)
    return max(empty, key=lambda box: box.end - box.start, default=None)


def _entries(walker: BoxWalker, part: Box) -> Iterator[Box]:
    """List the entries of iinf that have a number of two bytes, which is where a type stands behind eight."""
    start = part.start + (8 if walker.data[part.start] else 6)
    return (box for box in walker.walk(start, part.end) if box.kind == b"infe" and walker.data[box.start] == 2)


def _rebuild(
    walker: BoxWalker, part: Box, room: Box | None, text: bytes, items: Items, turns: tuple[bytes, ...]
) -> bytes:
    data = walker.data
    if part.kind == b"iinf" and room:
        entry = _frame(b"infe", data[room.start : room.start + 12] + text)
        return _frame(b"iinf", data[part.start : room.at] + entry + data[room.end : part.end])
    if part.kind == b"iref":
        kept = (box for box in walker.walk(part.start + 4, part.end) if box.kind != _FREE)
        return _frame(b"iref", data[part.start : part.start + 4] + b"".join(data[box.at : box.end] for box in kept))
    if part.kind == b"iprp":
        boxes = walker.walk(part.start, part.end)
        return _frame(b"iprp", b"".join(_add_properties(walker, box, items, turns) for box in boxes))
    return data[part.at : part.end]


def _add_properties(walker: BoxWalker, box: Box, items: Items, turns: tuple[bytes, ...]) -> bytes:
    payload = walker.data[box.start : box.end]
    if box.kind == b"ipco":
        return _frame(b"ipco", payload + b"".join(turns))
    if box.kind == b"ipma":
        return _frame(b"ipma", _associate(walker, box, items, len(turns)))
    return walker.data[box.at : box.end]


def _associate(walker: BoxWalker, box: Box, items: Items, count: int) -> bytes:
    """Add the last properties to the primary picture, as essential: a reader must not leave them out."""
    cursor = Cursor(walker, box)
    head = cursor.take(4)
    width = 2 if head & 1 else 1
    mark, first = 1 << (8 * width - 1), len(items.properties) + 1
    links = b"".join(struct.pack(">H", mark | index)[-width:] for index in range(first, first + count))
    for _ in range(cursor.take(4)):
        number = cursor.take(4 if head >> 24 else 2)
        at = cursor.at
        known = cursor.take(1)
        cursor.take_bytes(known * width)
        if number == items.primary:
            before, after = walker.data[box.start : at], walker.data[at + 1 : cursor.at]
            return before + bytes([known + count]) + after + links + walker.data[cursor.at : box.end]
    return walker.data[box.start : box.end]


def _frame(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + kind + payload
