"""The items of a HEIF file: what each is, where its data lies, and which refer to which (ISO/IEC 14496-12, 8.11)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.isobmff.boxes import REST, Box, BoxWalker, Cursor
from chalicelib.imaging.metadata.spans import Span

#: Items that even a small file may have, and bytes for each one more: a photo of 512-pixel tiles has a few hundred.
_ITEMS, _BYTES_AN_ITEM = 1024, 1024
#: The same for what is told of items: extents, references, links to properties.
_FACTS, _BYTES_A_FACT = 4096, 128
_HIDDEN = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of iinf: its type (empty in old versions), where the type stands and where the free text begins."""

    number: int
    kind: bytes
    type_at: int
    text_at: int
    end: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of iref: its box, the item it comes from, the items it goes to, and the bytes of a number."""

    box: Box
    source: int
    targets: tuple[int, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Association:
    """One entry of ipma: the property's index from 1, whether it is essential, and where that is written."""

    item: int
    index: int
    essential: bool
    at: int


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of an item's data, counted from the start of the file (method 0) or of idat (method 1)."""

    method: int
    at: int
    size: int


@dataclass
class Items:
    """Everything that the meta box says about its items."""

    entries: dict[int, Item] = field(default_factory=dict)
    extents: dict[int, list[Extent]] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)
    associations: list[Association] = field(default_factory=list)
    primary: int = 0
    #: Where each item's offsets and sizes are written, and the boxes and tails in the tables that belong to no item.
    places: dict[int, list[Box]] = field(default_factory=dict)
    strays: list[Box] = field(default_factory=list)

    def locate(self, number: int, idat: Box | None) -> list[Span]:
        """List the bytes of an item in the file. Raises CorruptImage when it says idat and there is none."""
        spans = []
        for extent in self.extents.get(number, ()):
            if extent.method and not idat:
                raise CorruptImage("An item's data is in a box that is missing.", code="item_extent")
            spans.append(Span(extent.at + (idat.start if extent.method and idat else 0), extent.size))
        return spans


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
                raise CorruptImage("The file names an item twice, or too many.", code="item_count")
            items.entries[item.number] = item
        else:
            items.strays.append(entry)


def _count_facts(walker: BoxWalker) -> int:
    return _FACTS + len(walker.data) // _BYTES_A_FACT


def _read_entry(walker: BoxWalker, box: Box) -> Item:
    cursor = Cursor(walker, box)
    head = cursor.take(4)
    version = head >> 24
    number = cursor.take(4 if version >= 3 else 2)
    if cursor.take(2):
        raise UnsupportedFormat("A file with protected items cannot be cleaned.", code="item_protected")
    type_at = cursor.at
    kind = cursor.take_bytes(4) if version >= 2 else b""
    return Item(number, kind, type_at, cursor.at, box.end, bool(head & _HIDDEN))


def read_locations(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read iloc (8.11.3), versions 0 to 2.

    Raises CorruptImage for broken entries, UnsupportedFormat for data in other files or made of other items.
    """
    cursor = Cursor(walker, box)
    version = cursor.take(4) >> 24
    sizes, more = cursor.take(1), cursor.take(1)
    widths = (more & 15 if version else 0, sizes >> 4, sizes & 15)
    left = _count_facts(walker)
    for _ in range(cursor.take(4 if version == 2 else 2)):
        number = cursor.take(4 if version == 2 else 2)
        method = cursor.take(2) & 15 if version else 0
        places = _read_place(cursor, more >> 4, method, widths)
        left -= len(places.extents) + 1
        if left < 0 or number in items.extents:
            raise CorruptImage("The file locates an item twice, or in too many parts.", code="item_count")
        items.extents[number], items.places[number] = places
    items.strays.append(cursor.rest())


class _Place(NamedTuple):
    """Where an item's data is, and the boxes' bytes that say so."""

    extents: list[Extent]
    told: list[Box]


def _read_place(cursor: Cursor, base_width: int, method: int, widths: tuple[int, int, int]) -> _Place:
    outside = cursor.take(2)
    base_at, base = cursor.at, cursor.take(base_width)
    told = [Box(REST, base_at, base_at, cursor.at)]
    count, start = cursor.take(2), cursor.at
    if count and (outside or method > 1):
        raise UnsupportedFormat("The data of an item is not in this file itself.", code="item_construction")
    extents = [_read_extent(cursor, method, base, widths) for _ in range(count)]
    return _Place(extents, [*told, Box(REST, start, start, cursor.at)])


def _read_extent(cursor: Cursor, method: int, base: int, widths: tuple[int, int, int]) -> Extent:
    cursor.take(widths[0])
    at = base + cursor.take(widths[1])
    return Extent(method, at, cursor.take(widths[2]))


def read_references(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read iref (8.11.12). Raises CorruptImage for broken entries."""
    width = 4 if Cursor(walker, box).take(4) >> 24 else 2
    left = _count_facts(walker)
    for entry in walker.walk(box.start + 4, box.end):
        cursor = Cursor(walker, entry)
        source, count = cursor.take(width), cursor.take(2)
        left -= count
        if left < 0:
            raise CorruptImage("The file has too many references.", code="item_count")
        items.references.append(Reference(entry, source, tuple(cursor.take(width) for _ in range(count)), width))
        items.strays.append(cursor.rest())


def read_properties(walker: BoxWalker, box: Box, items: Items) -> None:
    """Read iprp (ISO/IEC 23008-12, 9.3). Raises CorruptImage for broken entries."""
    for part in walker.walk(box.start, box.end):
        if part.kind == b"ipco":
            items.properties.extend(walker.walk(part.start, part.end))
        elif part.kind == b"ipma":
            _read_associations(walker, part, items)
        else:
            items.strays.append(part)


def _read_associations(walker: BoxWalker, box: Box, items: Items) -> None:
    cursor = Cursor(walker, box)
    head = cursor.take(4)
    width = 2 if head & 1 else 1
    limit = _count_facts(walker)
    for _ in range(cursor.take(4)):
        number = cursor.take(4 if head >> 24 else 2)
        for _ in range(cursor.take(1)):
            at, value = cursor.at, cursor.take(width)
            mark = 1 << (8 * width - 1)
            items.associations.append(Association(number, value & (mark - 1), bool(value & mark), at))
            if len(items.associations) > limit:
                raise CorruptImage("The file has too many properties.", code="item_count")
    items.strays.append(cursor.rest())
