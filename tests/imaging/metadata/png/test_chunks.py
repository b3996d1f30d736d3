"""PNG chunks: every byte belongs to one chunk, and the greatest payload depends on the colour type."""

import struct

import pytest
from hypothesis import given

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import ALLOWED, PIXELS, SIGNATURE, TRAILER, max_payload, read_size, walk
from scripts.measuring import samples
from scripts.measuring.samples import SECRET, chunk
from tests.imaging.metadata.assert_clean import CHANGES, CUTS

IHDR = chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0))
IDAT, IEND = chunk(b"IDAT", b"pixels"), chunk(b"IEND", b"")
SMALL = SIGNATURE + IHDR + IDAT + IEND


def test_a_chunk_goes_from_its_length_to_its_checksum() -> None:
    parts = [(part.type, part.start, part.payload(SMALL), part.end) for part in walk(SMALL)]
    assert parts == [
        (b"IHDR", 8, IHDR[8:-4], 33),
        (b"IDAT", 33, b"pixels", 51),
        (b"IEND", 51, b"", 63),
    ]


def test_the_size_of_a_chunk_includes_length_type_and_checksum() -> None:
    assert [part.size for part in walk(SMALL)] == [len(IHDR), len(IDAT), len(IEND)]


def test_bytes_after_the_end_chunk_are_the_trailer() -> None:
    *_, last = walk(SMALL + SECRET)
    assert (last.type, last.payload(SMALL + SECRET), last.size) == (TRAILER, SECRET, len(SECRET))


@pytest.mark.parametrize("missing", [12, 11, 4, 3, 1])
def test_a_file_without_a_whole_end_chunk_is_cut_short(missing: int) -> None:
    with pytest.raises(CorruptImage) as raised:
        list(walk(SMALL[:-missing]))
    assert raised.value.code == "truncated_image"


@given(changes=CHANGES, cut=CUTS)
def test_the_chunks_of_a_damaged_file_cover_it_or_it_is_rejected(changes: list[tuple[int, int]], cut: int) -> None:
    damaged = samples.mutate(SMALL, changes, cut)
    try:
        parts = list(walk(damaged))
    except CorruptImage:
        return
    assert [part.start for part in parts] == [8, *(part.end for part in parts[:-1])]
    assert parts[-1].end >= len(damaged)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SMALL[:20], "truncated_image"),
        (SMALL[:45], "truncated_image"),
        (SIGNATURE + IHDR, "truncated_image"),
        (SIGNATURE + IHDR + IEND, "png_empty"),
        (SIGNATURE + IDAT + IEND, "png_header"),
        (SIGNATURE + IHDR + IHDR + IDAT, "png_header"),
        (SIGNATURE + IHDR + chunk(b"t\0Xt", b"") + IDAT, "png_chunk_type"),
        (SIGNATURE + IHDR + chunk("tÄX".encode(), b"") + IDAT, "png_chunk_type"),
    ],
)
def test_a_file_without_whole_chunks_in_place_is_rejected(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        list(walk(data))
    assert raised.value.code == code


def header(depth: int, color_type: int) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, depth, color_type, 0, 0, 0))


@pytest.mark.parametrize(
    ("chunk_type", "depth", "color_type", "most"),
    [
        (b"gAMA", 8, 2, 4),
        (b"IEND", 8, 2, 0),
        (b"PLTE", 8, 3, 768),
        (b"PLTE", 2, 3, 12),
        (b"PLTE", 1, 3, 6),
        (b"tRNS", 16, 0, 2),
        (b"tRNS", 8, 2, 6),
        (b"tRNS", 8, 3, 256),
        (b"tRNS", 8, 6, 0),
        (b"bKGD", 8, 3, 1),
        (b"sBIT", 8, 6, 4),
        (b"sBIT", 8, 9, 0),
    ],
)
def test_the_greatest_payload_depends_on_depth_and_colour_type(
    chunk_type: bytes, depth: int, color_type: int, most: int
) -> None:
    assert max_payload(chunk_type, header(depth, color_type)) == most


def test_every_allowed_chunk_but_those_of_pixels_has_a_greatest_payload() -> None:
    assert all(max_payload(kind, header(8, 2)) >= 0 for kind in ALLOWED - PIXELS)


def test_the_size_is_read_from_the_header() -> None:
    assert read_size(SMALL) == (3, 2)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (SMALL[:32], "png_header"),
        (SMALL[:8] + b"\0\0\0\x0c" + SMALL[12:], "png_header"),
        (SMALL[:16] + bytes(4) + SMALL[20:], "png_size"),
        (SMALL[:20] + bytes(4) + SMALL[24:], "png_size"),
    ],
)
def test_a_header_without_a_size_is_rejected(data: bytes, code: str) -> None:
    with pytest.raises(CorruptImage) as raised:
        read_size(data)
    assert raised.value.code == code
