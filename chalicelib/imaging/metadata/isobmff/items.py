"""Read the tables of a HEIF file's items: type, location, properties and references (ISO/IEC 14496-12, 8.11)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.isobmff.boxes import REST, Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.spans import Span

#: A file may have _ITEMS items, and one more for each _BYTES_AN_ITEM bytes: a photo of 512-pixel tiles has a few
#: hundred.
_ITEMS, _BYTES_AN_ITEM = 1024, 1024
#: The same limit for the rows of each other table: extents, references, property associations.
_ROWS, _BYTES_A_ROW = 4096, 128
_HIDDEN = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of iinf: type (empty in old versions), offsets of the type and of the free text after it, and box."""

    number: int
    kind: bytes
    type_at: int
    text_at: int
    box: Box
    hidden: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of iref: its box, the item it comes from, the items it points to, and the bytes of an item number."""

    box: Box
    source: int
    targets: tuple[int, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Association:
    """One entry of ipma: the property's index (from 1), whether it is essential, and the offset of the entry."""

    item: int
    index: int
    essential: bool
    at: int


@dataclass
class Items:
    """All that the meta box contains about its items."""

    entries: dict[int, Item] = field(default_factory=dict)
    #: The bytes of the file that each item's data takes; not checked against the file's size.
    extents: dict[int, list[Span]] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)
    associations: list[Association] = field(default_factory=list)
    primary: int = 0
    #: For each item, the bytes of iloc that hold its offsets and sizes.
    location_fields: dict[int, list[Box]] = field(default_factory=dict)
    #: Boxes and trailing bytes in the tables that belong to no item.
    unowned: list[Box] = field(default_factory=list)

    def primary_properties(self) -> Iterable[Box]:
        """Yield the properties of the primary item."""
        for link in self.associations:
            if link.item == self.primary and 0 < link.index <= len(self.properties):
                yield self.properties[link.index - 1]


def read_primary(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read pitm (8.11.4). Raises CorruptImage when it is cut short."""
    cursor = Cursor(walker, box)
    items.primary = cursor.take(4 if cursor.take(4) >> 24 else 2)
    items.unowned.append(cursor.rest())


def read_info(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read iinf (8.11.6). Raises CorruptImage for broken entries, UnsupportedFormat for protected items."""
    cursor = Cursor(walker, box)
    version = cursor.take(4) >> 24
    cursor.take(4 if version else 2)
    limit = _ITEMS + len(walker.data) // _BYTES_AN_ITEM
    for entry in walker.walk(cursor.at, box.end):
        if entry.kind == b"infe":
            item = _read_entry(walker, entry)
            if item.number in items.entries or len(items.entries) >= limit:
                raise CorruptImage("The file lists an item twice, or too many items.", code="item_count")
            items.entries[item.number] = item
        else:
            items.unowned.append(entry)


def _max_rows(walker: BoxWalker) -> int:
    return _ROWS + len(walker.data) // _BYTES_A_ROW


def _read_entry(walker: BoxWalker, box: Box) -> Item:
    cursor = Cursor(walker, box)
    head = cursor.take(4)
    version = head >> 24
    number = cursor.take(4 if version >= 3 else 2)
    if cursor.take(2):
        raise UnsupportedFormat("A file with protected items cannot be cleaned.", code="item_protected")
    type_at = cursor.at
    kind = cursor.take_bytes(4) if version >= 2 else b""
    return Item(number, kind, type_at, cursor.at, box, bool(head & _HIDDEN))


def read_locations(walker: BoxWalker, box: Box, items: Items, idat: Box | None) -> None:
    """Read iloc (8.11.3), versions 0 to 2. Call read_info() first.

    Raises CorruptImage for broken entries, and for data in idat when there is no idat. Raises UnsupportedFormat for
    data in another file or built from other items.
    """
    cursor = Cursor(walker, box)
    version = cursor.take(4) >> 24
    sizes, more = cursor.take(1), cursor.take(1)
    widths = _Widths(more >> 4, more & 15 if version else 0, sizes >> 4, sizes & 15)
    left = _max_rows(walker)
    for _ in range(cursor.take(4 if version == 2 else 2)):
        number = cursor.take(4 if version == 2 else 2)
        method = cursor.take(2) & 15 if version else 0
        location = _read_location(cursor, method, widths, idat)
        left -= len(location.extents) + 1
        if left < 0 or number in items.extents:
            raise CorruptImage("The file locates an item twice, or in too many parts.", code="item_count")
        if location.extents and method == 1 and not idat and number in items.entries:
            raise CorruptImage("An item's data is in a box that is missing.", code="item_extent")
        items.extents[number], items.location_fields[number] = location
    items.unowned.append(cursor.rest())


class _Widths(NamedTuple):
    """The bytes of each number in iloc."""

    base: int
    extent_index: int
    offset: int
    length: int


class _Location(NamedTuple):
    """The extents of an item's data, and the bytes of iloc that hold them."""

    extents: list[Span]
    fields: list[Box]


def _read_location(cursor: Cursor, method: int, widths: _Widths, idat: Box | None) -> _Location:
    data_file = cursor.take(2)
    base_at, base = cursor.at, cursor.take(widths.base)
    base_field = Box(REST, base_at, base_at, cursor.at)
    count, start = cursor.take(2), cursor.at
    if count and (data_file or method > 1):
        raise UnsupportedFormat("The data of an item is not in this file itself.", code="item_construction")
    # Method 0 counts from the start of the file, method 1 from the start of idat
    origin = base + (idat.start if method == 1 and idat else 0)
    extents = [_read_extent(cursor, origin, widths) for _ in range(count)]
    return _Location(extents, [base_field, Box(REST, start, start, cursor.at)])


def _read_extent(cursor: Cursor, origin: int, widths: _Widths) -> Span:
    cursor.take(widths.extent_index)
    at = origin + cursor.take(widths.offset)
    return Span(at, cursor.take(widths.length))


def read_references(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read iref (8.11.12). Raises CorruptImage for broken entries."""
    width = 4 if Cursor(walker, box).take(4) >> 24 else 2
    left = _max_rows(walker)
    for entry in walker.walk(box.start + 4, box.end):
        cursor = Cursor(walker, entry)
        source, count = cursor.take(width), cursor.take(2)
        left -= count
        if left < 0:
            raise CorruptImage("The file has too many references.", code="item_count")
        items.references.append(Reference(entry, source, tuple(cursor.take(width) for _ in range(count)), width))
        items.unowned.append(cursor.rest())


def read_properties(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read iprp (ISO/IEC 23008-12, 9.3). Raises CorruptImage for broken entries."""
    for part in walker.walk(box.start, box.end):
        if part.kind == b"ipco":
            items.properties.extend(walker.walk(part.start, part.end))
        elif part.kind == b"ipma":
            _read_associations(walker, part, items)
        else:
            items.unowned.append(part)


def _read_associations(walker: BoxWalker, box: Box, items: Items) -> None:
    cursor = Cursor(walker, box)
    head = cursor.take(4)
    width = 2 if head & 1 else 1
    essential = 1 << (8 * width - 1)
    limit = _max_rows(walker)
    for _ in range(cursor.take(4)):
        number = cursor.take(4 if head >> 24 else 2)
        for _ in range(cursor.take(1)):
            at, value = cursor.at, cursor.take(width)
            items.associations.append(Association(number, value & (essential - 1), bool(value & essential), at))
            if len(items.associations) > limit:
                raise CorruptImage("The file has too many property associations.", code="item_count")
    items.unowned.append(cursor.rest())
