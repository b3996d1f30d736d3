"""TIFF: the file is written again; pages, pixels and orientation stay, all other bytes are removed."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.colour.sources import find_space
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import tiff
from chalicelib.imaging.metadata.exif.minimal import write_adobe_directory
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring.samples import encode, segment, srgb_profile
from tests.imaging.metadata.tiff.builders import (
    GRADIENT,
    LONG,
    MODES,
    RGB,
    SHORT,
    adobe_rgb_page,
    field_values,
    jpeg_page,
    jpeg_stream,
    one_page,
    pixels,
    private_tags,
    strip_clean,
    tiff_file,
)
from tests.pictures import opened

COMPRESSIONS = ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"]
COMMENT = segment(0xFE, b"SECRET")
JPEG_TABLES, JPEG_STREAM, OLD_JPEG = 347, 513, 6


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_and_compression_keeps_its_pixels(mode: str, compression: str, big: bool) -> None:
    data = tiff_file(MODES[mode], compression=compression, big_tiff=big)
    assert pixels(strip_clean(data)) == pixels(data)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_pages_keep_their_pixels(compression: str) -> None:
    data = tiff_file(MODES["1"], compression=compression)
    assert pixels(strip_clean(data)) == pixels(data)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_pages_keep_their_pixels_and_are_marked_as_full_pictures(mode: str) -> None:
    data = tiff_file(MODES[mode], compression="jpeg")
    clean = strip_clean(data)
    assert pixels(clean) == pixels(data)
    assert field_values(clean, 254) == (0,)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_kept(orientation: int) -> None:
    data = tiff_file(tiffinfo=private_tags(t274=orientation))
    assert pixels(strip_clean(data)) == pixels(data)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_all_pages_are_kept(compression: str) -> None:
    data = tiff_file(save_all=True, append_images=[GRADIENT, RGB.resize((30, 20))], compression=compression)
    assert pixels(strip_clean(data)) == pixels(data)
    assert len(pixels(data)) == 3


def test_a_smaller_version_after_the_first_page_is_removed() -> None:
    two = tiff_file(save_all=True, append_images=[RGB.resize((9, 7))], tiffinfo=private_tags(t254=0))
    at = two.rindex(struct.pack("<HHII", 254, 4, 1, 0))
    data = two[:at] + struct.pack("<HHII", 254, 4, 1, 1) + two[at + 12 :]
    assert pixels(strip_clean(data)) == pixels(data)[:1]
    assert Kind.THUMBNAIL in {finding.kind for finding in tiff.strip(data).removed}


def test_a_first_page_that_is_marked_as_a_smaller_version_is_kept_as_the_full_picture() -> None:
    clean = strip_clean(tiff_file(tiffinfo=private_tags(t254=1)))
    assert pixels(clean) == pixels(tiff_file())
    assert field_values(clean, 254) == (0,)


def test_a_standard_profile_is_kept_and_private_text_in_a_profile_is_removed() -> None:
    profile = srgb_profile()
    assert profile in strip_clean(tiff_file(icc_profile=profile))
    assert profile in strip_clean(tiff_file(icc_profile=profile + b"SECRET"))


@pytest.mark.parametrize("profile", [None, srgb_profile()])
def test_adobe_rgb_that_only_exif_says_is_kept_alone(profile: bytes | None) -> None:
    data = adobe_rgb_page(icc_profile=profile)
    clean = strip_clean(data)
    found = {finding.summary for finding in tiff.read(clean).findings}
    assert ("Adobe RGB in EXIF" in found) == (profile is None)
    assert tiff.strip(clean).data == clean
    assert find_space(opened(clean), clean, ImageFormat.TIFF) == find_space(opened(data), data, ImageFormat.TIFF)
    assert find_space(opened(clean), clean, ImageFormat.TIFF)


def test_no_byte_of_a_kept_exif_directory_is_free() -> None:
    clean = strip_clean(adobe_rgb_page())
    start = clean.index(write_adobe_directory("<", clean.index(struct.pack("<HHHI", 2, 0xA001, SHORT, 1))))
    for at in range(start, start + 48):
        changed = clean[:at] + bytes([clean[at] ^ 1]) + clean[at + 1 :]
        assert Kind.EXIF in {finding.kind for finding in tiff.read(changed).removable}


def test_a_profile_that_cannot_be_read_is_removed() -> None:
    data = tiff_file(icc_profile=b"SECRET" * 40)
    assert Kind.ICC in {finding.kind for finding in tiff.strip(data).removed}
    assert pixels(strip_clean(data)) == pixels(data)


def test_each_page_keeps_its_own_profile_and_tables() -> None:
    data = tiff_file(
        compression="jpeg", icc_profile=srgb_profile() + b"SECRET", save_all=True, append_images=[GRADIENT, RGB]
    )
    clean = strip_clean(data)
    assert pixels(clean) == pixels(data)
    assert len({finding.where for finding in tiff.read(clean).findings if finding.kind is Kind.ICC}) >= 2


def test_bytes_that_no_page_uses_are_removed() -> None:
    data = tiff_file() + b"SECRET" * 50
    assert pixels(strip_clean(data)) == pixels(data)


def test_a_comment_in_a_jpeg_strip_is_removed() -> None:
    data = jpeg_page(jpeg_stream(COMMENT))
    clean = strip_clean(data)
    assert jpeg_stream() in clean
    assert pixels(clean) == pixels(data)
    assert {finding.kind for finding in tiff.strip(data).removed} == {Kind.UNKNOWN}


def test_bytes_after_the_end_of_a_jpeg_strip_are_removed() -> None:
    data = jpeg_page(jpeg_stream() + b"SECRET")
    clean = strip_clean(data)
    assert pixels(clean) == pixels(data)


def test_a_comment_in_jpeg_tables_is_removed() -> None:
    stream = jpeg_stream()
    frame = stream.index(b"\xff\xc0")
    tables = stream[:2] + COMMENT + stream[2:frame] + b"\xff\xd9"
    abbreviated = stream[:2] + stream[frame:]
    field = (JPEG_TABLES, 7, len(tables), 256 + len(abbreviated))
    data = jpeg_page(abbreviated, field, data=tables)
    clean = strip_clean(data)
    assert tables.replace(COMMENT, b"") in clean
    (finding,) = tiff.strip(data).removed
    assert (finding.kind, finding.size) == (Kind.UNKNOWN, len(COMMENT))


def test_text_behind_a_table_of_a_jpeg_strip_is_rejected() -> None:
    table = segment(0xDB, bytes(65) + b"SECRET")
    with pytest.raises(CorruptImage, match="length"):
        tiff.strip(jpeg_page(jpeg_stream(table)))


def test_an_old_style_jpeg_without_metadata_is_copied() -> None:
    stream = jpeg_stream()
    fields = ((JPEG_STREAM, LONG, 1, 256), (514, LONG, 1, len(stream)))
    assert stream in strip_clean(jpeg_page(stream, *fields, compression=OLD_JPEG))


def test_an_old_style_jpeg_with_metadata_is_rejected() -> None:
    stream = jpeg_stream(COMMENT)
    fields = ((JPEG_STREAM, LONG, 1, 256), (514, LONG, 1, len(stream)))
    with pytest.raises(UnsupportedFormat, match="old-style"):
        tiff.strip(jpeg_page(stream, *fields, compression=OLD_JPEG))


def test_a_webp_strip_is_copied_unless_it_has_chunks_of_its_own() -> None:
    simple = encode(RGB, "WEBP")
    assert simple in strip_clean(jpeg_page(simple, compression=50001))
    extended = encode(RGB, "WEBP", xmp=b"SECRET")
    with pytest.raises(UnsupportedFormat, match="WebP"):
        tiff.strip(jpeg_page(extended, compression=50001))


def test_jpeg_strips_that_overlap_too_often_are_rejected() -> None:
    stream = jpeg_stream()
    fields = {256: 61, 257: 47, 258: 8, 259: 7, 262: 6, 277: 3, 278: 12}
    lists = struct.pack("<4I", *[512] * 4) + struct.pack("<4I", *[len(stream)] * 4)
    places = ((273, LONG, 4, 256), (279, LONG, 4, 272))
    entries = [(tag, 3, 1, value) for tag, value in fields.items()]
    with pytest.raises(CorruptImage, match="overlap"):
        tiff.strip(one_page(*entries, *places, data=lists.ljust(256, b"\0") + stream))


SEEDS = (
    tiff_file(compression="jpeg"),
    tiff_file(compression="tiff_lzw", big_tiff=True),
    tiff_file(save_all=True, append_images=[GRADIENT]),
)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=4)), max_size=6),
    near_end=st.booleans(),
    cut=st.none() | st.integers(0, 2**16),
)
def test_a_damaged_file_is_cleaned_or_rejected(
    seed: bytes, changes: list[tuple[int, bytes]], near_end: bool, cut: int | None
) -> None:
    damaged = bytearray(seed)
    for at, new in changes:
        place = (len(seed) - 1 - at % 600) if near_end else at % len(seed)
        damaged[place : place + len(new)] = new
    data = bytes(damaged[: cut % len(seed) if cut is not None else None])
    try:
        stripped = tiff.strip(data)
    except (CorruptImage, UnsupportedFormat):
        return
    assert [finding for finding in tiff.read(stripped.data).findings if not finding.allowed] == []
