"""Limits hold before anything is decoded."""

import os
import struct
from fractions import Fraction

import pytest

from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.imaging.codec import decode, probe
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.limits import MAX_SCANS, MAX_SIDE, OUTPUT_SHARE, WEBP_ALPHA_SHARE, check_output, check_unopened
from tests.pictures import bomb_bmp, bomb_gif, bomb_png, one_component_first, photo, repeated_scan

_LIMIT = 10_000


@pytest.mark.parametrize("data", [bomb_png(30_000, 30_000), bomb_gif(65_535, 65_535), bomb_bmp(40_000, 40_000)])
def test_a_bomb_is_refused_by_its_header(data: bytes) -> None:
    with pytest.raises(ImageTooLarge) as caught:
        decode(data, 50_000_000, lambda _size: Fraction(1))
    assert caught.value.code == "too_many_pixels"
    assert (caught.value.actual or 0) > (caught.value.limit or 0) > 0


#: Extensions before a GIF's image: a comment, its disposal "to the background", and a byte that is no block.
DISPOSED = b"!\xfe\x03abc\0" + b"!\xf9\x04\x08\0\0\0\0" + b"\0"


@pytest.mark.parametrize("screen", [(20_000, 20_000), (16, 16)])
def test_a_gif_whose_disposal_would_be_a_bomb_is_not_even_opened(screen: tuple[int, int]) -> None:
    """Pillow fills the area of a first image with a disposal at open()."""
    with pytest.raises(ImageTooLarge) as caught:
        check_unopened(bomb_gif(20_000, 20_000, screen, DISPOSED), ImageFormat.GIF, 50_000_000)
    assert (caught.value.code, caught.value.actual) == ("too_many_pixels", 20_000 * 20_000)


@pytest.mark.parametrize("empty", [b"!\x01\0", b"!\xf9\0", b"!\x42\0", b"!\xff\x0bNETSCAPE2.0\0"])
def test_nor_is_one_whose_first_image_decoders_do_not_agree_on(empty: bytes) -> None:
    """After an empty extension Pillow reads the decoy's first byte as the length of a block."""
    decoy = (b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + b"\x02\x02\x44\x01\0").ljust(45, b"\0") + b"\0"
    with pytest.raises(CorruptImage):
        check_unopened(bomb_gif(20_000, 20_000, (16, 16), empty + decoy + DISPOSED), ImageFormat.GIF, 50_000_000)


def test_a_gif_s_image_may_reach_beyond_its_screen() -> None:
    data = photo(30, 20, "GIF")
    data = data[:6] + bytes((16, 0, 16, 0)) + data[10:]
    assert decode(data, 50_000_000, lambda _size: Fraction(1)).size == Size(30, 20)


@pytest.mark.parametrize(
    "data",
    [
        photo(100, 100),
        photo(100, 80, mode="CMYK"),
        photo(100, 65, progressive=True),
        photo(80, 65, mode="CMYK", progressive=True),
        one_component_first(photo(100, 65)),
        photo(80, 100, "PNG"),
        photo(50, 100, "PNG", "RGBA"),
        photo(50, 100, "PNG", "P", transparency=0),
        photo(100, 80, "TIFF", "CMYK"),
        photo(40, 80, "WEBP"),
        photo(50, 100, "AVIF"),
    ],
    ids=[
        "JPEG",
        "CMYK",
        "progressive",
        "progressive CMYK",
        "a scan a component",
        "PNG",
        "alpha",
        "P",
        "TIFF",
        "WebP",
        "AVIF",
    ],
)
def test_a_photo_of_exactly_its_share_passes_and_one_of_a_pixel_more_does_not(data: bytes) -> None:
    assert probe(data, _LIMIT) in ImageFormat
    with pytest.raises(ImageTooLarge) as caught:
        probe(data, _LIMIT - 2)
    assert caught.value.code == "too_many_pixels"


@pytest.mark.parametrize("output", OUTPUT_SHARE)
def test_an_output_over_its_share_of_the_limit_is_refused(output: ImageFormat) -> None:
    most = int(_LIMIT * OUTPUT_SHARE[output])
    check_output(Size(most, 1), output, "RGB", _LIMIT)
    with pytest.raises(ImageTooLarge) as caught:
        check_output(Size(most + 1, 1), output, "RGB", _LIMIT)
    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("output_too_large", most, most + 1)


def test_webp_with_alpha_may_have_fewer_pixels() -> None:
    most = int(_LIMIT * WEBP_ALPHA_SHARE)
    check_output(Size(most, 1), ImageFormat.WEBP, "RGBA", _LIMIT)
    with pytest.raises(ImageTooLarge):
        check_output(Size(most + 1, 1), ImageFormat.WEBP, "RGBA", _LIMIT)


def test_a_progressive_jpeg_of_endless_scans_is_refused() -> None:
    progressive = photo(80, 60, progressive=True)
    with pytest.raises(CorruptImage) as caught:
        probe(repeated_scan(progressive, MAX_SCANS), _LIMIT)
    assert caught.value.code == "too_many_scans"


def test_a_side_that_no_format_can_hold_is_refused() -> None:
    with pytest.raises(ImageTooLarge) as caught:
        check_output(Size(10, MAX_SIDE + 1), ImageFormat.WEBP, "RGB", 50_000_000)
    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("output_too_large", MAX_SIDE, MAX_SIDE + 1)


def test_a_flood_of_fill_bytes_is_passed_over_once() -> None:
    """Four million of them took hours when each began a search of its own."""
    data = photo(20, 10)
    at = data.index(b"\xff\xda") + 14
    flooded = data[:at] + b"\xff" * 4_000_000 + b"\0" * 4 + data[at:]
    assert probe(flooded, 50_000_000) is ImageFormat.JPEG


def test_scans_in_what_trails_a_photo_are_not_its_own() -> None:
    """A phone's motion photo trails megabytes of video, in which the marker's two bytes stand by chance."""
    assert probe(photo() + b"\xff\xda" * (MAX_SCANS + 1) + os.urandom(64), _LIMIT) is ImageFormat.JPEG


def test_scans_in_a_header_segment_are_not_the_photos_own() -> None:
    comment = b"\xff\xda" * (MAX_SCANS + 1)
    assert probe(photo(comment=comment), _LIMIT) is ImageFormat.JPEG
