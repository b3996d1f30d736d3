"""Every mode and profile becomes the 8-bit grey or sRGB that a browser shows."""

import struct

import pytest
from PIL import Image

from chalicelib.imaging.codec import decode
from chalicelib.imaging.colour import Transforms, flatten_modes, to_srgb
from chalicelib.imaging.views import whole_view
from scripts.measuring import sample_profiles
from tests.pictures import chunk, corners, encoded, near, photo, picture, pixel

_LIMIT = 1_000_000


def _decoded(data: bytes) -> Image.Image:
    return decode(data, _LIMIT, whole_view).image


def _flat(colour: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (8, 8), colour)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_profile_with_red_and_blue_swapped_is_applied(name: str) -> None:
    data = encoded(_flat((255, 0, 0)), name, icc_profile=sample_profiles.swapped_primaries(), quality=95)
    assert near(pixel(_decoded(data), 4, 4), (0, 0, 255), 12)


def test_a_wide_gamut_colour_becomes_the_srgb_colour_that_looks_the_same() -> None:
    data = encoded(_flat((200, 80, 80)), "PNG", icc_profile=sample_profiles.display_p3())
    red, green, blue = pixel(_decoded(data))
    assert red > 206
    assert green < 78
    assert near((blue,), (77,), 8)


def test_an_rgb_profile_does_not_change_alpha() -> None:
    profile = sample_profiles.swapped_primaries()
    image = _decoded(encoded(_flat((255, 0, 0, 90), "RGBA"), "PNG", icc_profile=profile))
    assert image.mode == "RGBA"
    assert near(pixel(image), (0, 0, 255, 90), 1)


def test_a_grey_profile_brightens_a_linear_picture() -> None:
    image = _decoded(encoded(Image.new("L", (8, 8), 128), "PNG", icc_profile=sample_profiles.grey(1.0)))
    assert image.mode == "L"
    assert near(pixel(image), (188,), 1)


def test_a_grey_profile_does_not_change_alpha() -> None:
    image = to_srgb(Image.new("LA", (8, 8), (128, 40)), sample_profiles.grey(1.0))
    assert near(pixel(image), (188, 40), 1)


@pytest.mark.parametrize("profile", [b"not a profile", sample_profiles.display_p3()[:200], sample_profiles.grey(1.8)])
def test_a_broken_profile_or_one_for_another_mode_is_ignored(profile: bytes) -> None:
    image = _decoded(encoded(_flat((200, 80, 80)), "PNG", icc_profile=profile))
    assert pixel(image) == (200, 80, 80)


def test_a_profile_that_littlecms_cannot_use_is_ignored() -> None:
    damaged = sample_profiles.display_p3().replace(b"rTRC", b"xTRC")
    assert pixel(to_srgb(_flat((200, 80, 80)), damaged)) == (200, 80, 80)


def test_a_cmyk_photo_without_a_profile_keeps_its_colours() -> None:
    image = _decoded(photo(pillow_name="JPEG", mode="CMYK", quality=95))
    assert image.mode == "RGB"
    assert near(corners(image)[0], (220, 40, 40), 12)


def test_the_profile_of_a_cmyk_photo_is_applied() -> None:
    """Without the profile, full cyan would become (0, 255, 255)."""
    data = encoded(_flat((255, 0, 0, 0), "CMYK"), "JPEG", icc_profile=sample_profiles.cmyk(), quality=95)
    assert near(pixel(_decoded(data), 4, 4), (0, 188, 251), 12)


def _grey_black_press() -> bytes:
    """Make a CMYK profile for relative colorimetry in which the black ink is a grey of L* = 20."""
    profile = sample_profiles.cmyk().replace(b"prtrCMYK", b"scnrCMYK").replace(b"A2B0", b"A2B1")
    lightness = bytes(51 + value * 204 // 255 for value in range(256))
    # The profile ends with the output curves of L*, a* and b*, 256 bytes each.
    return profile[:-768] + lightness + profile[-512:]


def test_black_point_compensation_turns_a_profile_s_black_into_black() -> None:
    """Without the compensation, the black ink would be (48, 48, 48), and photos would look washed out."""
    black = to_srgb(_flat((0, 0, 0, 255), "CMYK"), _grey_black_press())
    assert near(pixel(black), (0, 0, 0), 1)


def test_the_relative_colorimetric_intent_of_a_profile_is_used() -> None:
    """This profile has no table for another intent, and would be ignored: half black would be (127, 127, 127)."""
    grey = to_srgb(_flat((0, 0, 0, 128), "CMYK"), _grey_black_press())
    assert near(pixel(grey), (138, 138, 138), 2)


def test_white_stays_white_on_tinted_paper() -> None:
    """The absolute colorimetric intent would show the paper's tint, as a browser does not."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))
    yellowish = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in (0.85, 0.9, 0.5)))
    profile = sample_profiles.display_p3().replace(white, yellowish)
    assert profile != sample_profiles.display_p3()
    assert near(pixel(to_srgb(_flat((255, 255, 255)), profile)), (255, 255, 255), 1)


def test_an_rgb_photo_is_converted_in_place() -> None:
    """Memory has no space for a second image of 50 megapixels."""
    photo_in_p3 = _flat((200, 80, 80))
    assert to_srgb(photo_in_p3, sample_profiles.display_p3()) is photo_in_p3
    assert pixel(photo_in_p3) != (200, 80, 80)


def test_a_palette_image_becomes_rgb() -> None:
    image = _decoded(photo(pillow_name="PNG", mode="P"))
    assert image.mode == "RGB"
    assert near(corners(image)[3], (230, 220, 40), 12)


def test_a_transparent_palette_entry_stays_transparent() -> None:
    image = Image.new("P", (8, 8), 1)
    image.putpalette([10, 20, 30, 200, 0, 0])
    decoded = _decoded(encoded(image, "PNG", transparency=1))
    assert decoded.mode == "RGBA"
    assert pixel(decoded)[3] == 0


@pytest.mark.parametrize(("mode", "level"), [("L", 70), ("1", 1)])
def test_a_transparent_level_of_a_grey_png_becomes_grey_with_alpha(mode: str, level: int) -> None:
    decoded = _decoded(encoded(Image.new(mode, (8, 8), level), "PNG", transparency=level))
    assert decoded.mode == "LA"
    assert pixel(decoded)[1] == 0


def test_a_transparent_colour_of_an_rgb_png_stays_transparent() -> None:
    decoded = _decoded(encoded(_flat((1, 2, 3)), "PNG", transparency=(1, 2, 3)))
    assert pixel(decoded) == (1, 2, 3, 0)


@pytest.mark.parametrize(("level", "shown"), [(0, 0), (256, 0), (257, 1), (32_896, 128), (65_535, 255)])
def test_16_bit_samples_are_scaled_to_8_bits(level: int, shown: int) -> None:
    assert pixel(_decoded(encoded(Image.new("I;16", (8, 8), level), "PNG"))) == (shown,)
    assert pixel(_decoded(encoded(Image.new("I;16", (8, 8), level), "TIFF"))) == (shown,)


def test_only_one_level_of_a_16_bit_png_is_transparent() -> None:
    image = Image.new("I;16", (8, 8), 0x1234)
    image.putpixel((0, 0), 0x1235)
    data = encoded(image, "PNG")
    transparent = data[:33] + chunk(b"tRNS", b"\x12\x34") + data[33:]
    decoded = _decoded(transparent)
    assert (pixel(decoded, 0, 0)[1], pixel(decoded, 1, 1)[1]) == (255, 0)


@pytest.mark.parametrize(
    ("samples", "shown"),
    [
        ((0.0, 0.5), (0, 128)),
        ((10.0, 20.0), (0, 255)),
        ((-1.0, 1.0), (0, 255)),
        ((-1.0, 0.0), (0, 255)),
        ((5.0, 5.0), (0, 0)),
    ],
)
def test_float_samples_from_0_to_1_are_scaled_and_others_are_stretched(
    samples: tuple[float, float], shown: tuple[int, int]
) -> None:
    image = Image.new("F", (8, 8), samples[0])
    image.putpixel((1, 0), samples[1])
    decoded = _decoded(encoded(image, "TIFF"))
    assert near((*pixel(decoded, 0), *pixel(decoded, 1)), shown, 1)


def test_a_lab_image_becomes_rgb() -> None:
    image = _decoded(photo(pillow_name="TIFF", mode="LAB"))
    assert image.mode == "RGB"
    assert near(corners(image)[0], (220, 40, 40), 8)


def test_grey_with_alpha_keeps_its_mode() -> None:
    image = _decoded(photo(pillow_name="PNG", mode="LA"))
    assert image.mode == "LA"
    assert pixel(image, 0, 0)[1] < 10


def test_a_1_bit_image_becomes_grey_with_black_and_white_only() -> None:
    image = _decoded(photo(pillow_name="PNG", mode="1"))
    assert image.mode == "L"
    assert set(image.get_flattened_data()) <= {0, 255}


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "LAB", "YCbCr", "HSV", "I", "F"]
)
def test_every_mode_becomes_a_mode_that_can_be_resampled_and_then_srgb(mode: str) -> None:
    flat, _ = flatten_modes(Image.new(mode, (4, 4)))
    assert flat.mode in {"L", "LA", "RGB", "RGBA", "CMYK", "LAB"}
    assert to_srgb(flat, None).mode in {"L", "LA", "RGB", "RGBA"}


def test_flattening_an_rgb_photo_does_not_change_its_samples() -> None:
    assert flatten_modes(picture())[0].tobytes() == picture().tobytes()


def test_a_transform_is_made_once_for_the_images_of_one_photo() -> None:
    profile = sample_profiles.display_p3()
    transforms: Transforms = {}
    first = to_srgb(_flat((200, 80, 80)), profile, transforms)
    made = dict(transforms)
    assert pixel(to_srgb(_flat((200, 80, 80)), profile, transforms)) == pixel(first)
    assert list(made) == [("RGB", "RGB")]
    assert transforms["RGB", "RGB"] is made["RGB", "RGB"]
