"""The tables of items: every field is read, broken tables are rejected, and no byte of them is left over."""

import struct
from dataclasses import dataclass

import pytest

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.isobmff.boxes import Box, BoxWalker
from chalicelib.imaging.metadata.isobmff.items import (
    Association,
    Items,
    read_info,
    read_locations,
    read_primary,
    read_properties,
    read_references,
)
from chalicelib.imaging.metadata.spans import Span
from scripts.measuring.heif_files import HeifFile, HeifItem, av1_picture, box, full_box, heic_file, ispe
from tests.imaging.metadata.assert_clean import kinds
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels

SECRET = b"SECRET Jane Doe!"


def opened(data: bytes) -> tuple[BoxWalker, Box]:
    walker = BoxWalker(data)
    return walker, next(walker.walk(0, len(data)))


def located(data: bytes, idat: Box | None = None, entries: tuple[int, ...] = ()) -> Items:
    entry = b"".join(full_box(b"infe", struct.pack(">HH", number, 0), b"Exif", version=2) for number in entries)
    items = Items()
    read_info(*opened(full_box(b"iinf", struct.pack(">H", len(entries)), entry)), items)
    read_locations(*opened(data), items, idat)
    return items


@pytest.mark.parametrize("version", [0, 1])
def test_the_primary_item_is_read_in_both_widths(version: int) -> None:
    items = Items()
    read_primary(*opened(full_box(b"pitm", struct.pack(">I" if version else ">H", 7), version=version)), items)
    assert items.primary == 7


@pytest.mark.parametrize("version", [2, 3])
def test_an_item_entry_is_read(version: int) -> None:
    number = struct.pack(">IH" if version == 3 else ">HH", 9, 0)
    items = Items()
    entry = full_box(b"infe", number, b"Exif", b"name\0", version=version, flags=1)
    read_info(*opened(full_box(b"iinf", struct.pack(">H", 1), entry)), items)
    assert (items.entries[9].kind, items.entries[9].hidden) == (b"Exif", True)


def test_a_protected_item_is_rejected() -> None:
    entry = full_box(b"infe", struct.pack(">HH", 1, 1), b"Exif", b"\0", version=2)
    with pytest.raises(UnsupportedFormat, match="protected"):
        read_info(*opened(full_box(b"iinf", struct.pack(">H", 1), entry)), Items())


def test_an_item_that_is_listed_twice_is_rejected() -> None:
    entry = full_box(b"infe", struct.pack(">HH", 1, 0), b"Exif", b"\0", version=2)
    with pytest.raises(CorruptImage, match="twice"):
        read_info(*opened(full_box(b"iinf", struct.pack(">H", 2), entry * 2)), Items())


def test_an_extent_adds_up_base_and_offset() -> None:
    row = struct.pack(">HHIHIIII", 1, 0, 1_000, 2, 20, 5, 60, 7)
    items = located(full_box(b"iloc", b"\x44\x40", struct.pack(">H", 1), row))
    assert items.extents == {1: [Span(1_020, 5), Span(1_060, 7)]}


def test_an_extent_in_idat_counts_from_its_content() -> None:
    row = struct.pack(">HHHHII", 1, 1, 0, 1, 20, 5)
    table = full_box(b"iloc", b"\x44\0", struct.pack(">H", 1), row, version=1)
    assert located(table, Box(b"idat", 92, 100, 200)).extents == {1: [Span(120, 5)]}
    with pytest.raises(CorruptImage, match="missing"):
        located(table, entries=(1,))


@pytest.mark.parametrize(("method", "data_file"), [(2, 0), (0, 1)])
def test_data_outside_this_file_is_rejected(method: int, data_file: int) -> None:
    row = struct.pack(">HHHHII", 1, method, data_file, 1, 20, 5)
    with pytest.raises(UnsupportedFormat, match="not in this file"):
        located(full_box(b"iloc", b"\x44\0", struct.pack(">H", 1), row, version=1))


def test_an_item_that_is_located_twice_is_rejected() -> None:
    row = struct.pack(">HHHHII", 1, 0, 0, 1, 20, 5)
    with pytest.raises(CorruptImage, match="twice"):
        located(full_box(b"iloc", b"\x44\0", struct.pack(">H", 2), row * 2, version=1))


def test_locations_of_too_many_parts_are_rejected() -> None:
    with pytest.raises((CorruptImage, UnsupportedFormat)):
        isobmff.strip(heic_file().replace(b"\x44\0\0\1\0\1", b"\0\0\xff\xff\0\1"))


def test_references_are_read_and_counted() -> None:
    items = Items()
    read_references(*opened(full_box(b"iref", box(b"cdsc", struct.pack(">HHHH", 3, 2, 1, 2)))), items)
    assert [(link.source, link.targets, link.width) for link in items.references] == [(3, (1, 2), 2)]
    many = full_box(b"iref", box(b"dimg", struct.pack(">HH4500H", 1, 4_500, *range(4_500))))
    with pytest.raises(CorruptImage, match="references"):
        read_references(*opened(many), Items())


@pytest.mark.parametrize(("flags", "row"), [(0, b"\x01\x83"), (1, b"\x01\x80\x03")])
def test_an_association_is_read_in_both_widths(flags: int, row: bytes) -> None:
    items = Items()
    ipma = full_box(b"ipma", struct.pack(">IH", 1, 5), row, flags=flags)
    read_properties(*opened(box(b"iprp", box(b"ipco", ispe(1, 1)), ipma)), items)
    (link,) = items.associations
    assert link == Association(5, 3, essential=True, at=link.at)
    assert [each.kind for each in items.properties] == [b"ispe"]


def test_primary_properties_ignores_other_items_and_missing_properties() -> None:
    items = Items(primary=1, properties=[Box(b"ispe", 0, 8, 20)])
    items.associations = [Association(item, index, essential=False, at=0) for item, index in ((2, 1), (1, 9), (1, 0))]
    assert list(items.primary_properties()) == []
    items.associations.append(Association(1, 1, essential=False, at=0))
    assert list(items.primary_properties()) == items.properties


@dataclass(frozen=True)
class FileWithLeftovers(HeifFile):
    """A file with bytes in one of its tables, `table`, that belong to no field."""

    table: str = ""

    def _entry(self, number: int, item: HeifItem) -> bytes:
        return super()._entry(number, item) + (box(b"uuid", SECRET) if self.table == "iinf" else b"")

    def _associations(self) -> bytes:
        return box(b"ipma", super()._associations()[8:], SECRET if self.table == "ipma" else b"")

    def _locations(self, start: int) -> bytes:
        found = super()._locations(start)
        if self.table == "location of no item":
            row = struct.pack(">HHHH", 99, 0, 0, 2) + SECRET
            return found[:2] + struct.pack(">H", len(self.items) + 1) + found[4:] + row
        return found + (SECRET if self.table == "iloc" else b"")


@pytest.mark.parametrize("table", ["iinf", "ipma", "iloc", "location of no item"])
def test_bytes_of_a_table_that_belong_to_no_item_are_zeroed(table: str) -> None:
    coded, properties = av1_picture()
    picture = HeifItem(b"av01", coded, b"\0", (1, 2, 3, 4))
    data = FileWithLeftovers((picture,), properties, brand=b"avif", essential=3, table=table).build()
    assert Kind.UNKNOWN in kinds(data)
    assert pixels(assert_clean(data, SECRET)) == pixels(data)
