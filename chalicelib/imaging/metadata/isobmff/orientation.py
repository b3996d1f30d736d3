"""Move an orientation that only XMP holds into irot and imir, so that it survives the removal of XMP.

The space for these properties comes from what the scrub has zeroed: meta keeps its length and no offset moves.
Only AVIF needs this: readers of HEIC obey irot and imir alone (ISO/IEC 23008-12, 6.5.10 and 6.5.12).
"""

import struct
from typing import NamedTuple

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.embedded import has_orientation
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.isobmff.items import Item, Items

_FREE = b"free"
_IROT, _IMIR = b"\0\0\0\x09irot", b"\0\0\0\x09imir"
#: The properties of each EXIF orientation: quarter turns to the left, then the axis of mirroring (libavif's own table).
_PROPERTIES = {
    2: (_IMIR + b"\1",),
    3: (_IROT + b"\2",),
    4: (_IMIR + b"\0",),
    5: (_IROT + b"\1", _IMIR + b"\0"),
    6: (_IROT + b"\3",),
    7: (_IROT + b"\3", _IMIR + b"\0"),
    8: (_IROT + b"\1",),
}
#: An association has seven bits for the index of a property, and an orientation takes up to two properties.
_MAX_PROPERTIES = 125


class OrientationSearch:
    """Finds the orientation that only an XMP packet of the primary picture holds, as Pillow finds it.

    Pass each Exif item and each XMP item to read(), once. Then `orientation` is 1 to 8; 1 means "nothing to write".
    """

    def __init__(self, items: Items) -> None:
        links = (link for link in items.references if link.box.kind == b"cdsc" and items.primary in link.targets)
        #: The orientation in each item that describes the primary picture, in the order in which Pillow reads them.
        self._found = {link.source: 1 for link in links}
        self._decided = any(box.kind in (b"irot", b"imir") for box in items.primary_properties())

    def read(self, item: Item, content: bytes) -> None:
        """Look for an orientation in the content of an Exif or XMP item."""
        if self._decided or item.number not in self._found:
            return
        if item.kind == b"Exif":
            # Pillow does not ask XMP when Exif has the tag
            self._decided = has_orientation(content[4 + int.from_bytes(content[:4], "big") :])
        else:
            self._found[item.number] = xmp.read_orientation(content)

    @property
    def orientation(self) -> int:
        """The orientation that irot and imir do not hold yet."""
        return 1 if self._decided else next((found for found in self._found.values() if found != 1), 1)


class MetaTables(NamedTuple):
    """The meta box, the boxes inside it, and what they contain about items."""

    meta: Box
    boxes: list[Box]
    items: Items


def write_orientation(data: bytes, orientation: int, tables: MetaTables) -> bytes:
    """Write an orientation (2 to 8) into a scrubbed file. `tables` are those of the file before the scrub.

    Raises UnsupportedFormat when the meta box has not enough free space.
    """
    meta, boxes, items = tables
    iinf = next(index for index, box in enumerate(boxes) if box.kind == b"iinf")
    free_entry = _find_free_entry(data, items)
    # idat may not move: iloc counts from its start in some files, and from the start of the file in others
    if not free_entry or any(box.kind == b"idat" for box in boxes) or len(items.properties) > _MAX_PROPERTIES:
        raise _no_space()
    bodies = [_rebuild(data, box, items, _PROPERTIES[orientation]) for box in boxes]
    bodies[iinf] = _resize_entry(data, boxes[iinf], free_entry, 0)
    left = meta.end - meta.start - 4 - sum(map(len, bodies))
    if left < 1:
        raise _no_space()
    bodies[iinf] = _resize_entry(data, boxes[iinf], free_entry, left)
    return data[: meta.start + 4] + b"".join(bodies) + data[meta.end :]


def _no_space() -> UnsupportedFormat:
    return UnsupportedFormat("The file has no space for the orientation of its picture.", code="item_room")


def _find_free_entry(data: bytes, items: Items) -> Box | None:
    """Find the longest emptied entry of iinf with a two-byte number: usually XMP's, since it had a media type."""
    emptied = (
        item.box
        for item in items.entries.values()
        if data[item.box.start] == 2 and data[item.type_at : item.type_at + 4] == _FREE
    )
    return max(emptied, key=lambda box: box.end - box.start, default=None)


def _rebuild(data: bytes, box: Box, items: Items, properties: tuple[bytes, ...]) -> bytes:
    """Write a box of meta again: without its free references, and with the new properties."""
    if box.kind == b"iref":
        kept = (link.box for link in items.references if data[link.box.at + 4 : link.box.at + 8] != _FREE)
        return _frame(b"iref", data[box.start : box.start + 4] + b"".join(data[link.at : link.end] for link in kept))
    if box.kind == b"iprp":
        walker = BoxWalker(data)
        parts = walker.walk(box.start, box.end)
        return _frame(b"iprp", b"".join(_add_properties(walker, part, items, properties) for part in parts))
    return data[box.at : box.end]


def _resize_entry(data: bytes, iinf: Box, entry: Box, padding: int) -> bytes:
    """Write iinf again, with a free entry whose text is `padding` zeros."""
    resized = _frame(b"infe", data[entry.start : entry.start + 12] + bytes(padding))
    return _frame(b"iinf", data[iinf.start : entry.at] + resized + data[entry.end : iinf.end])


def _add_properties(walker: BoxWalker, box: Box, items: Items, properties: tuple[bytes, ...]) -> bytes:
    if box.kind == b"ipco":
        return _frame(b"ipco", walker.data[box.start : box.end] + b"".join(properties))
    if box.kind == b"ipma":
        return _frame(b"ipma", _associate(walker, box, items, len(properties)))
    return walker.data[box.at : box.end]


def _associate(walker: BoxWalker, box: Box, items: Items, count: int) -> bytes:
    """Add the last `count` properties to the primary picture. They are essential: a reader must not ignore them."""
    cursor = Cursor(walker, box)
    head = cursor.take(4)
    width = 2 if head & 1 else 1
    essential, first = 1 << (8 * width - 1), len(items.properties) + 1
    links = b"".join(struct.pack(">H", essential | index)[-width:] for index in range(first, first + count))
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
