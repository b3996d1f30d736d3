"""A file that is cut short is told from a damaged one, by the structure of its format."""

import pytest

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.cut_short import cut_short, is_cut_short
from chalicelib.imaging.formats import ImageFormat, sniff
from scripts.measuring.heif_files import HeifItem, avif_file, box
from scripts.measuring.samples import gif, jpeg, png, webp
from tests.imaging.kinds_of_photos import KINDS
from tests.pictures import photo

#: The bytes that a file does not need: the trailer of a GIF, and the last ones that Pillow writes to a TIFF of pages.
_OPTIONAL_END = {ImageFormat.GIF: 1, ImageFormat.TIFF: 4}


@pytest.mark.parametrize("name", KINDS)
def test_a_photo_is_whole_and_cut_short_at_every_byte(name: str) -> None:
    data = KINDS[name]()
    image_format = sniff(data)
    assert not is_cut_short(data, image_format)
    end = len(data) - _OPTIONAL_END.get(image_format, 0)
    for size in (*range(0, end, max(1, len(data) // 500)), end - 1):
        try:
            assert is_cut_short(data[:size], sniff(data[:size]))
        except UnsupportedFormat:
            assert size < 64


@pytest.mark.parametrize("name", KINDS)
def test_damage_in_the_middle_is_no_cut(name: str) -> None:
    data = KINDS[name]()
    at = len(data) * 7 // 8
    damaged = data[:at] + b"\x55" + data[at + 1 :]
    assert not is_cut_short(damaged, sniff(data)) or damaged == data


@pytest.mark.parametrize("data", [jpeg(trailer=b"x" * 40), png(trailer=b"x" * 40), gif(trailer=b"x" * 40)])
def test_bytes_after_the_end_are_no_cut(data: bytes) -> None:
    assert not is_cut_short(data, sniff(data))


def test_bytes_after_the_end_of_webp_and_avif_are_no_cut() -> None:
    assert not is_cut_short(webp(trailer=b"x" * 40), ImageFormat.WEBP)
    for tail in (b"x", b"\xff" * 40, box(b"uuid", b"x" * 40)[:-9]):
        assert not is_cut_short(avif_file(after=tail).build(), ImageFormat.AVIF)


def test_an_avif_whose_data_is_in_its_meta_box_is_whole() -> None:
    plain = avif_file()
    inside = HeifItem(plain.items[0].kind, plain.items[0].data, b"\0", (1, 2, 3, 4), in_idat=True)
    data = avif_file(items=(inside,)).build()
    assert not is_cut_short(data[: data.index(b"mdat") - 4], ImageFormat.AVIF)


@pytest.mark.parametrize("size", [0, 1 << 40])
def test_the_last_box_may_have_no_size_or_a_large_one(size: int) -> None:
    data = avif_file().build()
    at = data.index(b"mdat") - 4
    end = b"mdat" + (size.to_bytes(8, "big") if size else b"")
    changed = data[:at] + (b"\0\0\0\1" if size else bytes(4)) + end + data[at + 8 :]
    assert is_cut_short(changed, ImageFormat.AVIF) == bool(size)


def test_a_gif_whose_extension_is_damaged_is_not_cut() -> None:
    assert not is_cut_short(gif(b"\x21\xf9\0"), ImageFormat.GIF)


def test_a_bmp_whose_header_is_damaged_is_not_cut() -> None:
    data = photo(pillow_name="BMP")
    assert not is_cut_short(data[:14] + b"\x10" + data[15:], ImageFormat.BMP)


def test_the_error_names_the_format() -> None:
    error = cut_short(ImageFormat.WEBP)
    assert (error.code, "WEBP" in error.detail) == ("truncated_image", True)
