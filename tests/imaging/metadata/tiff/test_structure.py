"""No page loses a field or a chunk that a decoder uses for its picture: such a file is rejected."""

import struct

import pytest

from chalicelib.errors import CorruptImage, ImageRejected, UnsupportedFormat
from chalicelib.imaging.metadata import tiff
from scripts.measuring.samples import encode
from tests.imaging.metadata.exif.builders import directory
from tests.imaging.metadata.tiff.builders import (
    GREY,
    HEADER,
    LONG,
    MODES,
    RGB,
    SHORT,
    STRIP,
    jpeg_page,
    jpeg_stream,
    one_page,
    pixels,
    strip_clean,
    tiled_page,
)

_ASCII, _SSHORT, _UNDEFINED = 2, 8, 7
_TILE_TAGS = {273: 324, 279: 325}


def _retagged(data: bytes, tags: dict[int, int]) -> bytes:
    """Give fields of a little-endian TIFF other tags."""
    for old, new in tags.items():
        at = data.index(struct.pack("<H", old), 8)
        data = data[:at] + struct.pack("<H", new) + data[at + 2 :]
    return data


def test_tiles_under_the_tags_of_strips_stay_and_get_their_own_tags() -> None:
    data = tiled_page(5, strip_tags=True)
    clean = strip_clean(data)
    assert pixels(clean) == pixels(data) == pixels(tiled_page(5, strip_tags=False))
    assert struct.pack("<HHI", 324, LONG, 4) in clean
    assert strip_clean(clean) == clean


def test_strips_under_the_tags_of_tiles_stay_and_get_their_own_tags() -> None:
    data = encode(RGB, "TIFF", compression="tiff_lzw", tiffinfo={278: 8})
    assert pixels(strip_clean(_retagged(data, _TILE_TAGS))) == pixels(data)


@pytest.mark.parametrize("data", [tiled_page(1, strip_tags=True), _retagged(encode(RGB, "TIFF"), _TILE_TAGS)])
def test_uncompressed_chunks_under_other_tags_are_rejected(data: bytes) -> None:
    """Pillow takes them for what the tags say, libtiff by the size of a tile."""
    with pytest.raises(UnsupportedFormat) as raised:
        tiff.strip(data)
    assert raised.value.code == "tiff_tiles"


def test_strips_and_tiles_in_one_page_are_rejected() -> None:
    data = tiled_page(5, strip_tags=False)
    end = data.index(bytes(4), 10 + 12 * 10)
    both = data[:8] + struct.pack("<H", 11) + struct.pack("<HHII", 273, LONG, 1, 512) + data[10:end] + data[end + 12 :]
    with pytest.raises(UnsupportedFormat):
        tiff.strip(both)


@pytest.mark.parametrize("missing", [322, 323])
def test_tiles_without_a_width_or_a_height_are_rejected(missing: int) -> None:
    with pytest.raises(CorruptImage) as raised:
        tiff.strip(_retagged(tiled_page(5, strip_tags=False), {missing: 65000}))
    assert raised.value.code == "tiff_field"


@pytest.mark.parametrize("tag", [258, 259, 262, 277, 278, 284, 317, 322, 323, 338, 339, 347, 530])
@pytest.mark.parametrize("kind", [_ASCII, 99])
def test_a_field_of_the_picture_that_would_be_lost_rejects_the_file(tag: int, kind: int) -> None:
    fields = [field for field in GREY if field[0] != tag]
    with pytest.raises(ImageRejected):
        tiff.strip(one_page(*fields, *STRIP, (tag, kind, 4, 0x31313131)))


def test_a_signed_number_is_not_lost_in_silence() -> None:
    fields = [field for field in GREY if field[0] != 256]
    with pytest.raises(CorruptImage) as raised:
        tiff.strip(one_page((256, _SSHORT, 1, 2), *fields, *STRIP))
    assert raised.value.code == "tiff_field"


def test_a_palette_of_another_type_rejects_a_palette_page_only() -> None:
    palette = (320, LONG, 768, 512)
    grey = one_page(*GREY, *STRIP, palette, data=bytes(4000))
    assert strip_clean(grey)
    with pytest.raises(CorruptImage):
        tiff.strip(grey.replace(struct.pack("<HHII", 262, SHORT, 1, 1), struct.pack("<HHII", 262, SHORT, 1, 3)))


def test_an_unreadable_field_before_a_readable_one_rejects_the_file() -> None:
    with pytest.raises(CorruptImage):
        tiff.strip(HEADER + directory((256, _ASCII, 2, 7), *GREY, *STRIP))


@pytest.mark.parametrize("tag", [32997, 32998])
@pytest.mark.parametrize(("depth", "fits"), [(1, True), (2, False)])
def test_a_volume_of_slices_is_rejected(tag: int, depth: int, *, fits: bool) -> None:
    data = one_page(*GREY, *STRIP, (tag, SHORT, 1, depth))
    if fits:
        assert strip_clean(data)
        return
    with pytest.raises(UnsupportedFormat) as raised:
        tiff.strip(data)
    assert raised.value.code == "tiff_depth"


@pytest.mark.parametrize("size", [0, 5])
def test_an_old_style_stream_without_a_size_rejects_the_file(size: int) -> None:
    stream = jpeg_stream()
    page = jpeg_page(stream, (513, LONG, 1, 256), (514, LONG, 1, size and len(stream)), compression=6)
    if size:
        assert tiff.strip(page)
        return
    with pytest.raises(CorruptImage):
        tiff.strip(page)


def test_tables_of_jpeg_strips_with_another_type_reject_the_file() -> None:
    with pytest.raises(CorruptImage):
        tiff.strip(jpeg_page(jpeg_stream(), (347, SHORT, 4, 256)))


@pytest.mark.parametrize("mode", MODES)
def test_pages_of_every_mode_keep_every_pixel(mode: str) -> None:
    data = encode(MODES[mode], "TIFF", save_all=True, append_images=[MODES[mode].rotate(180)])
    assert pixels(strip_clean(data)) == pixels(data)
