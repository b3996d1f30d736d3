"""The TIFF writer: image data is copied once and keeps its pixels; directories and offsets are valid."""

import struct

import pytest

from chalicelib.imaging.metadata.exif.directories import DirectoryLimits, TiffReader, open_tiff, walk_chain
from chalicelib.imaging.metadata.spans import Span
from chalicelib.imaging.metadata.tiff.pages import Page, read_pages
from chalicelib.imaging.metadata.tiff.writer import write_tiff
from tests.imaging.metadata.tiff.builders import GRADIENT, LONG, RGB, SHORT, one_page, pixels, tiff_file

LZW = 5
STRIP_OFFSETS, STRIP_SIZES, TILE_OFFSETS, TILE_SIZES = 273, 279, 324, 325


def rewrite(data: bytes, **replaced: bytes) -> bytes:
    reader = open_tiff(data)
    pages = read_pages(reader)
    return write_tiff(reader, pages, {pages[0].chunks[int(name[1:])]: new for name, new in replaced.items()})


def first_page(data: bytes) -> tuple[TiffReader, Page]:
    reader = open_tiff(data)
    return reader, read_pages(reader)[0]


def strips(*spans: tuple[int, int]) -> bytes:
    """Build a compressed page of one row for each strip; byte n of the file is n % 251 from offset 256 on."""
    count = len(spans)
    fields = {256: 4, 257: count, 258: 8, 259: LZW, 262: 1, 278: 1}
    places = ((STRIP_OFFSETS, LONG, count, 512), (STRIP_SIZES, LONG, count, 512 + 4 * count))
    pattern = bytes(number % 251 for number in range(256, 512))
    lists = struct.pack(f"<{2 * count}I", *(at for at, _ in spans), *(size for _, size in spans))
    return one_page(*((tag, SHORT, 1, value) for tag, value in fields.items()), *places, data=pattern + lists)


def contents(data: bytes) -> list[bytes]:
    """Return the bytes of each strip of the first page."""
    reader, page = first_page(data)
    return [reader.data[span.at : span.end] for span in page.chunks]


@pytest.mark.parametrize("big", [False, True])
def test_all_pages_are_written_in_their_order(big: bool) -> None:
    data = tiff_file(save_all=True, append_images=[GRADIENT, RGB.resize((30, 20))], big_tiff=big)
    new = rewrite(data)
    assert new[:4] == data[:4]
    assert pixels(new) == pixels(data)


def test_directories_and_values_start_at_even_offsets() -> None:
    data = tiff_file(GRADIENT.resize((5, 3)), save_all=True, append_images=[GRADIENT.resize((8, 2))])
    reader = open_tiff(rewrite(data))
    directories = list(walk_chain(reader, DirectoryLimits(len(reader.data))))
    offsets = [entry.at for each in directories for entry in each.entries if not entry.inline]
    assert not [at for at in (*offsets, *(each.at for each in directories)) if at % 2]
    assert directories[-1].next_at == 0


def test_fields_are_sorted_by_tag() -> None:
    reader, page = first_page(rewrite(tiff_file()))
    found = [entry.tag for entry in page.directory.entries]
    assert found == sorted(found)
    assert len(reader.data) == page.directory.at + page.directory.size + sum(
        entry.size + entry.size % 2 for entry in page.directory.entries if not entry.inline
    )


def test_strips_that_touch_or_overlap_are_copied_once() -> None:
    spans = (300, 40), (340, 20), (320, 30)
    data = strips(*spans)
    new = rewrite(data)
    assert contents(new) == [data[at : at + size] for at, size in spans]
    _, page = first_page(new)
    assert {span.at for span in page.chunks} == {8, 48, 28}


def test_strips_keep_their_order_in_the_page() -> None:
    spans = (400, 10), (300, 7), (350, 9)
    data = strips(*spans)
    assert contents(rewrite(data)) == [data[at : at + size] for at, size in spans]


def test_a_replaced_strip_has_its_new_bytes_and_size() -> None:
    spans = (300, 7), (400, 10)
    data = strips(*spans)
    assert contents(rewrite(data, n0=b"new bytes")) == [b"new bytes", data[400:410]]


def test_a_sparse_tile_stays_at_offset_zero() -> None:
    fields = {256: 16, 257: 32, 258: 8, 259: LZW, 262: 1, 322: 16, 323: 16}
    lists = struct.pack("<4I", 0, 300, 0, 7)
    places = ((TILE_OFFSETS, LONG, 2, 256), (TILE_SIZES, LONG, 2, 264))
    entries = ((tag, SHORT, 1, value) for tag, value in fields.items())
    _, page = first_page(rewrite(one_page(*entries, *places, data=lists.ljust(80, b"\1"))))
    assert page.tiled
    assert list(page.chunks) == [Span(0, 0), Span(8, 7)]


def test_big_endian_files_keep_their_byte_order() -> None:
    shorts = {256: 2, 257: 1, 258: 8, 259: 1, 262: 1}
    fields = b"".join(struct.pack(">HHIHH", tag, SHORT, 1, value, 0) for tag, value in shorts.items())
    strip = struct.pack(">HHII", STRIP_OFFSETS, LONG, 1, 8) + struct.pack(">HHII", STRIP_SIZES, LONG, 1, 2)
    data = b"MM\0*" + struct.pack(">I2sH", 10, b"\x11\x22", 7) + fields + strip + bytes(4)
    new = rewrite(data)
    assert new[:4] == b"MM\0*"
    assert contents(new) == [b"\x11\x22"]
    assert pixels(new) == pixels(data)
