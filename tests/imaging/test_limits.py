"""The limits are checked before any pixel is decoded."""

import io
import os
import struct
from fractions import Fraction

import pytest
from PIL import Image

from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.imaging.codec import decode, probe
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.limits import (
    MAX_SCANS,
    MAX_SIDE,
    OUTPUT_SHARE,
    WEBP_ALPHA_SHARE,
    check_before_open,
    check_input,
    check_output,
)
from chalicelib.imaging.views import whole_view
from tests.imaging.colour.made import tiff
from tests.pictures import (
    bomb_bmp,
    bomb_gif,
    bomb_png,
    chunk,
    encoded,
    one_component_first,
    photo,
    picture,
    repeated_scan,
)

_LIMIT = 10_000


@pytest.mark.parametrize(("bits", "limit"), [(8, 320), (16, 534)])
def test_a_tiff_with_colours_of_16_bits_may_have_fewer_pixels(bits: int, limit: int) -> None:
    """Its 256 pixels are 4/5 of 320 pixels, and 12/25 of 534."""
    opened = Image.open(io.BytesIO(tiff((bits,) * 3, 2, bytes(256 * 3 * bits // 8))))
    check_input(opened, b"", ImageFormat.TIFF, limit, Fraction(1))
    with pytest.raises(ImageTooLarge):
        check_input(opened, b"", ImageFormat.TIFF, limit - 1, Fraction(1))


@pytest.mark.parametrize("data", [bomb_png(30_000, 30_000), bomb_gif(65_535, 65_535), bomb_bmp(40_000, 40_000)])
def test_a_decompression_bomb_is_rejected_by_its_header(data: bytes) -> None:
    with pytest.raises(ImageTooLarge) as caught:
        decode(data, 50_000_000, whole_view)
    assert caught.value.code == "too_many_pixels"
    assert (caught.value.actual or 0) > (caught.value.limit or 0) > 0


#: Extensions before the image of a GIF: a comment, the disposal method "to background", and a stray byte.
DISPOSED = b"!\xfe\x03abc\0" + b"!\xf9\x04\x08\0\0\0\0" + b"\0"
#: A small image. After an empty extension, Pillow takes its first byte for the length of a sub-block and skips it.
DECOY = (b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\x02\x02\x44\x01\0").ljust(45, b"\0") + b"\0"


@pytest.mark.parametrize("screen", [(20_000, 20_000), (16, 16)])
def test_a_gif_with_a_huge_area_to_dispose_is_rejected_before_open(screen: tuple[int, int]) -> None:
    """Pillow's open() fills the area of the first image if it has a disposal method."""
    with pytest.raises(ImageTooLarge) as caught:
        check_before_open(bomb_gif(20_000, 20_000, screen, DISPOSED), ImageFormat.GIF, 50_000_000)
    assert (caught.value.code, caught.value.actual) == ("too_many_pixels", 20_000 * 20_000)


@pytest.mark.parametrize("empty", [b"!\x01\0", b"!\xf9\0", b"!\x42\0", b"!\xff\x0bNETSCAPE2.0\0"])
def test_a_gif_with_an_empty_extension_is_rejected_before_open(empty: bytes) -> None:
    """Pillow skips the decoy and finds the huge image after it."""
    with pytest.raises(CorruptImage) as caught:
        check_before_open(bomb_gif(20_000, 20_000, (16, 16), empty + DECOY + DISPOSED), ImageFormat.GIF, 50_000_000)
    assert caught.value.code == "corrupt_image"


def test_probing_a_gif_checks_it_before_open() -> None:
    """Pillow's open() accepts this file, and fills the area of the image."""
    with pytest.raises(CorruptImage):
        probe(bomb_gif(80, 80, (16, 16), b"!\x42\0" + DECOY + DISPOSED), _LIMIT)


def test_a_gif_image_may_be_larger_than_its_screen() -> None:
    data = photo(30, 20, "GIF")
    data = data[:6] + bytes((16, 0, 16, 0)) + data[10:]
    assert decode(data, 50_000_000, whole_view).size == Size(30, 20)


@pytest.mark.parametrize(
    "data",
    [
        photo(100, 100),
        photo(100, 80, mode="CMYK"),
        photo(100, 65, progressive=True, subsampling=0),
        photo(8, 677, mode="CMYK", progressive=True, subsampling=0),
        one_component_first(photo(100, 65, subsampling=0)),
        photo(80, 100, "PNG"),
        photo(80, 100, "BMP"),
        photo(80, 100, "GIF"),
        photo(80, 100, "TIFF"),
        photo(50, 100, "PNG", "RGBA"),
        photo(50, 100, "PNG", "LA"),
        encoded(picture(50, 100, "P").convert("PA"), "TIFF"),
        photo(50, 100, "PNG", "P", transparency=0),
        photo(100, 80, "TIFF", "CMYK"),
        photo(40, 80, "WEBP"),
        photo(40, 80, "WEBP", "RGBA"),
        photo(50, 100, "AVIF"),
    ],
    ids=[
        "JPEG",
        "CMYK",
        "progressive",
        "progressive CMYK",
        "one scan for each component",
        "PNG",
        "BMP",
        "GIF",
        "TIFF",
        "RGBA",
        "LA",
        "PA",
        "P with transparency",
        "CMYK TIFF",
        "WebP",
        "WebP with alpha",
        "AVIF",
    ],
)
def test_a_photo_may_have_its_share_of_the_limit_and_no_pixel_more(data: bytes) -> None:
    assert probe(data, _LIMIT) in ImageFormat
    with pytest.raises(ImageTooLarge) as caught:
        probe(data, _LIMIT - 2)
    assert caught.value.code == "too_many_pixels"


def test_a_heic_may_have_the_whole_limit_and_no_pixel_more() -> None:
    """Nothing here can write HEIC. The check reads only the size, the mode and the info of an opened file."""
    check_input(picture(100, 100), b"", ImageFormat.HEIC, _LIMIT, Fraction(1))
    with pytest.raises(ImageTooLarge):
        check_input(picture(100, 100), b"", ImageFormat.HEIC, _LIMIT - 1, Fraction(1))


@pytest.mark.parametrize("output", OUTPUT_SHARE)
def test_an_output_may_have_its_share_of_the_limit_and_no_pixel_more(output: ImageFormat) -> None:
    most = int(_LIMIT * OUTPUT_SHARE[output])
    check_output(Size(most, 1), output, "RGB", _LIMIT)
    with pytest.raises(ImageTooLarge) as caught:
        check_output(Size(most + 1, 1), output, "RGB", _LIMIT)
    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("output_too_large", most, most + 1)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_webp_output_with_alpha_may_have_fewer_pixels(mode: str) -> None:
    most = int(_LIMIT * WEBP_ALPHA_SHARE)
    check_output(Size(most, 1), ImageFormat.WEBP, mode, _LIMIT)
    with pytest.raises(ImageTooLarge):
        check_output(Size(most + 1, 1), ImageFormat.WEBP, mode, _LIMIT)


def test_a_jpeg_with_too_many_scans_is_rejected() -> None:
    progressive = photo(80, 60, progressive=True)
    with pytest.raises(CorruptImage) as caught:
        probe(repeated_scan(progressive, MAX_SCANS), _LIMIT)
    assert caught.value.code == "too_many_scans"


def test_a_jpeg_may_have_as_many_scans_as_the_limit() -> None:
    progressive = photo(80, 60, progressive=True)
    more = MAX_SCANS - progressive.count(b"\xff\xda")
    assert probe(repeated_scan(progressive, more), _LIMIT) is ImageFormat.JPEG
    with pytest.raises(CorruptImage):
        probe(repeated_scan(progressive, more + 1), _LIMIT)


@pytest.mark.parametrize("marker", [b"\xff\x01", b"\xff\xd0"], ids=["TEM", "RST0"])
def test_a_marker_without_a_length_hides_no_scan(marker: bytes) -> None:
    """If the two bytes after it counted as a length, a search would skip the scans."""
    progressive = photo(80, 60, progressive=True)
    at = progressive.rindex(b"\xff\xda")
    with pytest.raises(CorruptImage) as caught:
        probe(repeated_scan(progressive[:at] + marker + progressive[at:], MAX_SCANS), _LIMIT)
    assert caught.value.code == "too_many_scans"


@pytest.mark.parametrize("transpose", [False, True])
def test_an_output_with_a_side_that_is_too_long_is_rejected(transpose: bool) -> None:
    longest, longer = Size(10, MAX_SIDE), Size(10, MAX_SIDE + 1)
    check_output(longest.transposed if transpose else longest, ImageFormat.WEBP, "RGB", 50_000_000)
    with pytest.raises(ImageTooLarge) as caught:
        check_output(longer.transposed if transpose else longer, ImageFormat.WEBP, "RGB", 50_000_000)
    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("output_too_large", MAX_SIDE, MAX_SIDE + 1)


def test_millions_of_fill_bytes_are_scanned_in_linear_time() -> None:
    """If the search started again at each fill byte, four million would take hours."""
    data = photo(20, 10)
    at = data.index(b"\xff\xda") + 14
    flooded = data[:at] + b"\xff" * 4_000_000 + b"\0" * 4 + data[at:]
    assert probe(flooded, 50_000_000) is ImageFormat.JPEG


def test_scan_markers_behind_the_end_of_a_jpeg_do_not_count() -> None:
    """The video at the end of a motion photo contains these two bytes by chance."""
    for trailer in (b"\xff\xda" * (MAX_SCANS + 1), b"\0\x02" + b"\xff\xda\0\x02" * (MAX_SCANS + 1)):
        assert probe(photo() + trailer + os.urandom(64), _LIMIT) is ImageFormat.JPEG


def test_scan_markers_in_another_format_do_not_count() -> None:
    text = chunk(b"tEXt", b"Comment\0" + b"\xff\xda\0\x02" * (MAX_SCANS + 1))
    png = photo(pillow_name="PNG")
    assert probe(png[:33] + text + png[33:], _LIMIT) is ImageFormat.PNG


def test_scan_markers_inside_a_comment_do_not_count() -> None:
    comment = b"\xff\xda" * (MAX_SCANS + 1)
    assert probe(photo(comment=comment), _LIMIT) is ImageFormat.JPEG
