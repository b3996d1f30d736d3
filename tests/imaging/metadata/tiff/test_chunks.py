"""TIFF image data: the strips and tiles that a decoder reads are found, and no others."""

import struct

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import Entry, open_tiff
from chalicelib.imaging.metadata.spans import Span
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.chunks import chunk_limit, locate_chunks, locate_old_jpeg
from tests.imaging.metadata.tiff.builders import (
    GRADIENT,
    GREY,
    HEADER,
    LONG,
    SHORT,
    field_values,
    one_page,
    pixels,
    strip_clean,
    tiff_file,
)

LZW = 5
SQUARE = {tags.WIDTH: 4, tags.HEIGHT: 4, tags.COMPRESSION: LZW}
TILED = {tags.WIDTH: 20, tags.HEIGHT: 16, tags.TILE_WIDTH: 16, tags.TILE_HEIGHT: 16}


def longs(tag: int, *values: int) -> tuple[int, bytes]:
    return tag, struct.pack(f"<{len(values)}I", *values)


def locate(
    page: dict[int, int], *lists: tuple[int, bytes], bits: tuple[int, ...] = (8,), size: int = 1000
) -> list[Span]:
    """Locate the chunks of a page whose lists of offsets and sizes are at the start of a file of `size` bytes."""
    data, kept = HEADER, {}
    for tag, values in lists:
        kept[tag] = Entry(tag, LONG, len(values) // 4, len(data), len(values), inline=False)
        data += values
    kept |= {tag: Entry(tag, SHORT, 1, 0, 2, inline=True) for tag in (tags.TILE_WIDTH, tags.TILE_HEIGHT) if tag in page}
    return list(locate_chunks(open_tiff(data.ljust(size, b"\0")), kept, page, bits))


def test_compressed_strips_have_their_declared_sizes() -> None:
    strips = longs(tags.STRIP_OFFSETS, 100, 200), longs(tags.STRIP_BYTE_COUNTS, 30, 40)
    assert locate(SQUARE | {tags.ROWS_PER_STRIP: 2}, *strips) == [(100, 30), (200, 40)]


def test_compressed_strips_that_no_decoder_reads_are_not_located() -> None:
    strips = longs(tags.STRIP_OFFSETS, 100, 200, 300), longs(tags.STRIP_BYTE_COUNTS, 30, 40, 50)
    assert locate(SQUARE | {tags.ROWS_PER_STRIP: 2}, *strips) == [(100, 30), (200, 40)]


def test_uncompressed_strips_that_only_some_decoders_read_are_rejected() -> None:
    fields = ((278, SHORT, 1, 2), (273, LONG, 2, 256), (279, LONG, 2, 264))
    data = one_page(*GREY, *fields, data=struct.pack("<4I", 272, 276, 4, 4) + b"\x10\x20\x30\x40HIDE")
    assert pixels(data) == [((2, 2), "L", b"HIDE")]
    with pytest.raises(CorruptImage, match="more strips"):
        strip_clean(data)


def test_each_plane_has_its_own_strips() -> None:
    strips = longs(tags.STRIP_OFFSETS, 100, 200, 300), longs(tags.STRIP_BYTE_COUNTS, 30, 40, 50)
    page = SQUARE | {tags.SAMPLES_PER_PIXEL: 3}
    assert len(locate(page | {tags.PLANAR_CONFIGURATION: 2}, *strips)) == 3
    assert len(locate(page | {tags.PLANAR_CONFIGURATION: 1}, *strips)) == 1


@pytest.mark.parametrize("page", [TILED | {tags.COMPRESSION: LZW}, SQUARE | {tags.ROWS_PER_STRIP: 2}])
def test_chunks_may_stand_under_the_tags_of_strips_and_of_tiles(page: dict[int, int]) -> None:
    as_tiles = longs(tags.TILE_OFFSETS, 100, 200), longs(tags.TILE_BYTE_COUNTS, 30, 40)
    as_strips = longs(tags.STRIP_OFFSETS, 100, 200), longs(tags.STRIP_BYTE_COUNTS, 30, 40)
    assert locate(page, *as_tiles) == locate(page, *as_strips) == [(100, 30), (200, 40)]


def test_a_compressed_chunk_without_a_size_is_rejected_but_not_a_tile_that_is_not_there() -> None:
    sizes = longs(tags.TILE_BYTE_COUNTS, 30, 0)
    page = TILED | {tags.COMPRESSION: LZW}
    assert locate(page, longs(tags.TILE_OFFSETS, 100, 0), sizes) == [(100, 30), (0, 0)]
    with pytest.raises(CorruptImage, match="sizes"):
        locate(page, longs(tags.TILE_OFFSETS, 100, 200), sizes)


def test_a_tile_of_uncompressed_pixels_is_always_full() -> None:
    tiles = longs(tags.TILE_OFFSETS, 100, 500), longs(tags.TILE_BYTE_COUNTS, 1, 1)
    assert locate(TILED, *tiles) == [(100, 256), (500, 256)]


def test_the_last_strip_of_uncompressed_pixels_has_the_remaining_rows() -> None:
    strips = longs(tags.STRIP_OFFSETS, 100, 200), longs(tags.STRIP_BYTE_COUNTS, 1, 1)
    page = {tags.WIDTH: 5, tags.HEIGHT: 3, tags.ROWS_PER_STRIP: 2, tags.SAMPLES_PER_PIXEL: 3}
    assert locate(page, *strips, bits=(8, 8, 8)) == [(100, 30), (200, 15)]


def test_rows_of_uncompressed_pixels_are_padded_to_bytes() -> None:
    assert locate({tags.WIDTH: 9, tags.HEIGHT: 3}, longs(tags.STRIP_OFFSETS, 100), bits=(1,)) == [(100, 6)]


def test_the_declared_size_counts_where_the_pixels_would_not_fit_into_the_file() -> None:
    strips = longs(tags.STRIP_OFFSETS, 990), longs(tags.STRIP_BYTE_COUNTS, 10)
    assert locate({tags.WIDTH: 20, tags.HEIGHT: 20}, *strips) == [(990, 10)]


def test_a_wrong_size_of_an_uncompressed_strip_is_corrected() -> None:
    data = tiff_file(GRADIENT, compression="raw", tiffinfo=None)
    (size,) = field_values(data, 279)
    wrong = data.replace(struct.pack("<HHII", 279, 4, 1, size), struct.pack("<HHII", 279, 4, 1, 1))
    assert wrong != data
    assert pixels(strip_clean(wrong)) == pixels(data)


def test_compressed_strips_without_sizes_are_rejected() -> None:
    with pytest.raises(CorruptImage, match="sizes"):
        locate(SQUARE, longs(tags.STRIP_OFFSETS, 100))


def test_a_strip_outside_the_file_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="outside"):
        locate(SQUARE, longs(tags.STRIP_OFFSETS, 990), longs(tags.STRIP_BYTE_COUNTS, 11))


def test_more_strips_than_a_file_of_its_size_may_have_are_rejected() -> None:
    count = chunk_limit(open_tiff(HEADER.ljust(300_000, b"\0"))) + 1
    with pytest.raises(CorruptImage, match="too many"):
        locate(SQUARE, longs(tags.STRIP_OFFSETS, *[0] * count), size=300_000)


def test_the_stream_and_the_tables_of_old_style_jpeg_are_located() -> None:
    lengths = bytes(range(16))
    entries = ((513, LONG, 1, 300), (514, LONG, 1, 50), (519, LONG, 1, 400), (520, LONG, 1, 256), (521, SHORT, 1, 256))
    reader = open_tiff(one_page(*entries, data=lengths.ljust(300)))
    kept = {entry.tag: entry for entry in reader.read_entries(8)}
    huffman = Span(256, 16 + sum(lengths))
    assert locate_old_jpeg(reader, kept) == {
        513: (Span(300, 50),),
        519: (Span(400, 64),),
        520: (huffman,),
        521: (huffman,),
    }


def test_an_old_style_jpeg_stream_outside_the_file_is_rejected() -> None:
    reader = open_tiff(one_page((513, LONG, 1, 250), (514, LONG, 1, 50)))
    with pytest.raises(CorruptImage, match="outside"):
        locate_old_jpeg(reader, {entry.tag: entry for entry in reader.read_entries(8)})
