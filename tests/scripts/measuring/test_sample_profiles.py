"""The sample ICC profiles: Little CMS reads them, and they have the colours that their names say."""

import io

import pytest
from PIL import Image, ImageCms

from chalicelib.imaging.metadata.icc import clean_profile
from scripts.measuring import sample_profiles

WHITE_INK, BLACK_INK = (0, 0, 0, 0), (0, 0, 0, 255)


def in_srgb(mode: str, colour: tuple[int, ...] | int, profile: bytes) -> tuple[int, ...]:
    """Convert one colour from a profile to sRGB with Little CMS."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(Image.new(mode, (1, 1), colour), source, srgb, outputMode="RGB")
    assert isinstance(image, Image.Image)
    pixel = image.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize(
    ("profile", "space"),
    [
        (sample_profiles.display_p3(), "RGB "),
        (sample_profiles.swapped_primaries(), "RGB "),
        (sample_profiles.grey(2.2), "GRAY"),
        (sample_profiles.cmyk(), "CMYK"),
    ],
)
def test_little_cms_reads_the_profile(profile: bytes, space: str) -> None:
    assert ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space == space
    assert int.from_bytes(profile[:4]) == len(profile)


def test_padding_makes_a_profile_larger_and_is_private() -> None:
    large = sample_profiles.display_p3(padding=5000)
    assert len(large) == len(sample_profiles.display_p3()) + 5000 + 12
    assert b"padd" not in clean_profile(large)
    assert in_srgb("RGB", (200, 80, 80), large) == in_srgb("RGB", (200, 80, 80), sample_profiles.display_p3())


def test_display_p3_has_more_saturated_colours_than_srgb() -> None:
    red, green, blue = in_srgb("RGB", (200, 80, 80), sample_profiles.display_p3())
    assert red > 200
    assert max(green, blue) < 80


def test_the_red_and_blue_primaries_are_swapped() -> None:
    red, _, blue = in_srgb("RGB", (255, 0, 0), sample_profiles.swapped_primaries())
    assert (red < 10, blue > 245) == (True, True)


def test_a_grey_profile_has_its_gamma() -> None:
    assert in_srgb("L", 128, sample_profiles.grey(1.0))[0] > 180
    assert in_srgb("L", 128, sample_profiles.grey(4.0))[0] < 80


@pytest.mark.parametrize("grid", [2, 3, 9])
def test_a_cmyk_profile_has_white_paper_and_black_ink_on_every_grid(grid: int) -> None:
    profile = sample_profiles.cmyk(grid)
    assert min(in_srgb("CMYK", WHITE_INK, profile)) > 240
    assert max(in_srgb("CMYK", BLACK_INK, profile)) < 15
    assert profile.count(b"mft1") == 1
    assert len(profile) - len(sample_profiles.cmyk(2)) == pytest.approx(3 * (grid**4 - 2**4), abs=4)
