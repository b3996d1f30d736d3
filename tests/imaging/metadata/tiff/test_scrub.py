"""TIFF: the file is written afresh; pages, pixels and orientation stay, every other byte is gone."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, TiffImagePlugin

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import tiff
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.jpeg.streams import clean_jpeg
from scripts.measuring.samples import srgb_profile

GRADIENT = Image.linear_gradient("L").resize((61, 47))
RGB = Image.merge("RGB", (GRADIENT, GRADIENT.rotate(180), GRADIENT.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
MODES = {
    "1": GRADIENT.convert("1"),
    "L": GRADIENT,
    "P": RGB.quantize(32),
    "RGB": RGB,
    "RGBA": RGB.convert("RGBA"),
    "CMYK": RGB.convert("CMYK"),
    "I;16": GRADIENT.convert("I").convert("I;16"),
    "F": GRADIENT.convert("F"),
}
COMPRESSIONS = ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"]


def tags(**more: object) -> TiffImagePlugin.ImageFileDirectory_v2:
    found = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in (269, 270, 271, 272, 285, 305, 315, 316, 33432):
        found[tag] = "SECRET text"
    found[306] = "2020:01:01 00:00:00"
    found[700] = b"<x:xmpmeta>SECRET</x:xmpmeta>"
    found[33723] = b"\x1c\x02SECRET"
    found[34377] = b"8BIMSECRET"
    found[65000] = "SECRET private"
    for name, value in more.items():
        found[int(name[1:])] = value
    return found


def tiff_file(image: Image.Image = RGB, **options: object) -> bytes:
    buffer = io.BytesIO()
    chosen = {"tiffinfo": tags(), **options}
    image.save(buffer, "TIFF", **{name: value for name, value in chosen.items() if value is not None})
    return buffer.getvalue()


def pixels(data: bytes) -> list[tuple[tuple[int, int], str, bytes]]:
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            shown = ImageOps.exif_transpose(image)
            frames.append((shown.size, shown.mode, shown.tobytes()))
    return frames


def assert_clean(data: bytes) -> bytes:
    stripped = tiff.strip(data)
    assert [finding for finding in tiff.read(stripped.data).findings if not finding.allowed] == []
    assert b"SECRET" not in stripped.data
    assert stripped.size == tiff.read(stripped.data).size
    return stripped.data


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_and_compression_keeps_its_pixels(mode: str, compression: str, big: bool) -> None:
    data = tiff_file(MODES[mode], compression=compression, big_tiff=big)
    assert pixels(assert_clean(data)) == pixels(data)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_pages_keep_their_pixels(compression: str) -> None:
    data = tiff_file(MODES["1"], compression=compression)
    assert pixels(assert_clean(data)) == pixels(data)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_strips_keep_their_pixels_and_are_called_the_full_picture(mode: str) -> None:
    data = tiff_file(MODES[mode], compression="jpeg")
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    with Image.open(io.BytesIO(clean)) as image:
        assert image.tag_v2[254] == 0  # type: ignore[attr-defined]  # a TIFF image has its tags


def test_each_kind_is_found() -> None:
    camera = tags(t34853={1: "N"}, t34665={0xA431: "SECRET serial"})
    kinds = {finding.kind for finding in tiff.read(tiff_file(tiffinfo=camera)).findings}
    assert {Kind.EXIF, Kind.GPS, Kind.SERIAL} <= kinds
    kinds = {finding.kind for finding in tiff.read(tiff_file()).findings}
    assert {Kind.TEXT, Kind.XMP, Kind.IPTC, Kind.PHOTOSHOP, Kind.TIMESTAMP} <= kinds
    assert "SECRET" not in repr(tiff.read(tiff_file()).findings)


def test_directories_that_go_are_counted_whole_and_once() -> None:
    serial = "SECRET serial number"
    found = tiff.read(tiff_file(tiffinfo=tags(t34665={0xA431: serial}, t34853={2: (52.0, 31.0, 12.0)}))).findings
    sizes = {finding.kind: finding.size for finding in found if not finding.allowed}
    assert sizes[Kind.EXIF] == 2 + 12 + 4 + len(serial) + 1
    assert sizes[Kind.GPS] == 2 + 12 + 4 + 3 * 8
    assert sizes.get(Kind.PADDING, 0) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_stands_the_same_way_up(orientation: int) -> None:
    data = tiff_file(tiffinfo=tags(t274=orientation))
    assert pixels(assert_clean(data)) == pixels(data)


def test_orientation_that_only_xmp_holds_is_carried_over() -> None:
    data = tiff_file(tiffinfo=tags(t700=b'<x:xmpmeta tiff:Orientation="6">SECRET</x:xmpmeta>'))
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    with Image.open(io.BytesIO(clean)) as image:
        assert image.tag_v2[274] == 6  # type: ignore[attr-defined]  # a TIFF image has its tags


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_all_pages_stay(compression: str) -> None:
    data = tiff_file(save_all=True, append_images=[GRADIENT, RGB.resize((30, 20))], compression=compression)
    assert pixels(assert_clean(data)) == pixels(data)
    assert len(pixels(data)) == 3


def test_smaller_version_behind_the_first_page_goes() -> None:
    two = tiff_file(save_all=True, append_images=[RGB.resize((9, 7))], tiffinfo=tags(t254=0))
    at = two.rindex(struct.pack("<HHII", 254, 4, 1, 0))
    data = two[:at] + struct.pack("<HHII", 254, 4, 1, 1) + two[at + 12 :]
    assert pixels(assert_clean(data)) == pixels(data)[:1]
    assert Kind.THUMBNAIL in {finding.kind for finding in tiff.strip(data).removed}


def test_standard_profile_stays_and_private_text_in_one_goes() -> None:
    profile = srgb_profile()
    assert profile in assert_clean(tiff_file(icc_profile=profile))
    assert_clean(tiff_file(icc_profile=profile + b"SECRET"))


def test_orphaned_bytes_do_not_come_along() -> None:
    data = tiff_file() + b"SECRET" * 50
    assert Kind.PADDING in {finding.kind for finding in tiff.read(data).findings}
    assert pixels(assert_clean(data)) == pixels(data)


def test_comment_inside_a_jpeg_strip_goes() -> None:
    comment = b"\xff\xfe\x00\x08SECRET"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x01\xff\x00\xff\xd0\x02"
    assert clean_jpeg(b"\xff\xd8" + comment + scan + b"\xff\xd9SECRET") == b"\xff\xd8" + scan + b"\xff\xd9"


def test_text_behind_a_table_of_a_jpeg_strip_is_refused() -> None:
    table = bytes(65) + b"SECRET"
    with pytest.raises(CorruptImage, match="length"):
        clean_jpeg(b"\xff\xd8\xff\xdb" + struct.pack(">H", len(table) + 2) + table + b"\xff\xd9")


def page(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


GREY = ((256, 3, 1, 2), (257, 3, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1))
HEAD = b"II*\0\x08\0\0\0"
STRIP = ((273, 4, 1, 0), (279, 4, 1, 4))


@pytest.mark.parametrize(
    "data",
    [
        HEAD + page(*GREY, *STRIP, (50706, 1, 4, 1)),
        HEAD + page(*GREY[:4], (262, 3, 1, 32803), *STRIP),
        HEAD + page(*GREY[:3], (259, 3, 1, 34713), *STRIP),
        HEAD + page(*GREY, *STRIP, (330, 4, 1, 110)) + page((256, 3, 1, 99), (257, 3, 1, 99)),
        b"II*\0\x10\0\0\0CR\2\0\0\0\0\0" + page(*GREY, *STRIP),
        b"II*\0\x10\0\0\0IIIICwaR" + page(*GREY, *STRIP),
    ],
    ids=["DNG", "colour filter array", "vendor's compression", "larger picture in a sub-directory", "CR2", "IIQ"],
)
def test_raw_photo_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        tiff.strip(data)


@pytest.mark.parametrize(
    "data",
    [
        b"II*\0",
        HEAD,
        b"II*\0\0\0\0\0",
        HEAD + page(*GREY, *STRIP, following=8),
        HEAD + page(*GREY, (273, 4, 1, 9999), (279, 4, 1, 4)),
        HEAD + page(*GREY[:3], (259, 3, 1, 5), (273, 4, 1, 8)),
        HEAD + page(*GREY, (273, 4, 2**31, 0)),
        HEAD + b"\xff\xff" + bytes(100),
        b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60),
    ],
)
def test_hostile_file_is_rejected(data: bytes) -> None:
    with pytest.raises(CorruptImage):
        tiff.strip(data if len(data) > 60 else data + bytes(8) * (data[:4] == b"II+\0"))


def test_lying_size_of_an_uncompressed_strip_is_measured_by_the_picture() -> None:
    data = tiff_file(GRADIENT, compression="raw", tiffinfo=None)
    with Image.open(io.BytesIO(data)) as image:
        size = image.tag_v2[279][0]  # type: ignore[attr-defined]  # a TIFF image has its tags
    lying = data.replace(struct.pack("<HHII", 279, 4, 1, size), struct.pack("<HHII", 279, 4, 1, 1))
    assert lying != data
    assert pixels(assert_clean(lying)) == pixels(data)


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
def test_mutated_file_is_cleaned_or_rejected(
    seed: bytes, changes: list[tuple[int, bytes]], near_end: bool, cut: int | None
) -> None:
    mutant = bytearray(seed)
    for at, new in changes:
        place = (len(seed) - 1 - at % 600) if near_end else at % len(seed)
        mutant[place : place + len(new)] = new
    data = bytes(mutant[: cut % len(seed) if cut is not None else None])
    try:
        stripped = tiff.strip(data)
    except (CorruptImage, UnsupportedFormat):
        return
    assert [finding for finding in tiff.read(stripped.data).findings if not finding.allowed] == []
