"""A logo has its size, its opacity and its place, on the photo and not on the bars."""

import pytest
from PIL import Image, ImageChops

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Gravity, Size
from chalicelib.imaging.logo import Logo, draw_logo, read_logo, write_logo
from chalicelib.imaging.overlays import Brought, put_on
from chalicelib.imaging.recipe import parse
from tests.pictures import encoded, near, pixel

RED = (230, 10, 10)


def logo(width: int = 60, height: int = 30, pillow_name: str = "PNG") -> bytes:
    """Make a red logo with a transparent left half, if the format has transparency."""
    return encoded(_picture(width, height).convert("RGB" if pillow_name == "JPEG" else "RGBA"), pillow_name)


def _picture(width: int = 60, height: int = 30) -> Image.Image:
    image = Image.new("RGBA", (width, height), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return image


def stamp(image: Image.Image, logo: Logo, picture: Image.Image) -> Image.Image:
    """Put the logo on the whole of an image."""
    return put_on(image, [draw_logo(logo, picture, (0, 0, *image.size))])


def _box(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_logo_is_put_on_every_mode_and_its_transparent_part_shows_the_photo(mode: str) -> None:
    image = Image.new("RGB", (300, 200), "white").convert(mode)
    before = image.tobytes()
    stamped = stamp(image, Logo("a.png", 20, gravity=Gravity.CENTER), _picture())
    assert (stamped.mode, stamped.size, image.tobytes()) == (mode, image.size, before)
    expected = RED if mode.startswith("RGB") else (76,) * 3
    assert near(pixel(stamped.convert("RGB"), 165, 100), expected, 2)
    assert pixel(stamped.convert("RGB"), 135, 100) == (255, 255, 255)
    assert _box(image, stamped)[2] - _box(image, stamped)[0] in (30, 31)


def test_below_a_logo_a_transparent_picture_is_opaque() -> None:
    stamped = stamp(Image.new("RGBA", (100, 100)), Logo("a", 50, gravity=Gravity.CENTER), _picture())
    assert (pixel(stamped, 60, 50), pixel(stamped, 40, 50)[3]) == ((*RED, 255), 0)


@pytest.mark.parametrize(("scale", "width"), [(5, 15), (10, 30), (20, 60), (100, 60)])
def test_the_scale_is_a_share_of_the_width_and_a_logo_is_never_enlarged(scale: int, width: int) -> None:
    image, picture = Image.new("RGB", (300, 200)), Image.new("RGB", (60, 30), RED)
    left, top, right, bottom = _box(image, stamp(image, Logo("a", scale), picture))
    assert (right - left, bottom - top) == (width, (width + 1) // 2)


def test_a_logo_is_never_larger_than_the_photo() -> None:
    image, picture = Image.new("RGB", (300, 20)), Image.new("RGB", (30, 300), RED)
    left, top, right, bottom = _box(image, stamp(image, Logo("a", 100), picture))
    assert (right - left, bottom - top) == (2, 20)


@pytest.mark.parametrize(("opacity", "expected"), [(100, RED), (50, (115, 5, 5)), (1, (2, 0, 0))])
def test_the_opacity_mixes_logo_and_photo(opacity: int, expected: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (100, 100))
    stamped = stamp(image, Logo("a", 50, opacity, Gravity.CENTER), _picture())
    assert near(pixel(stamped, 60, 50), expected, 2)


@pytest.mark.parametrize("gravity", Gravity)
def test_the_gravity_is_its_place_on_the_photo_and_not_on_the_bars(gravity: Gravity) -> None:
    options = {"width": 400, "height": 400, "fit": "pad", "grayscale": False}
    photo = Decoded(Image.new("RGB", (400, 100), "white"), ImageFormat.PNG, Size(400, 100))
    brought = Brought(logo=Image.new("RGB", (60, 30), RED))
    named = {"logo": "a.png", "logo_gravity": gravity.value, "logo_scale": 10}
    plain, stamped = (parse(options | each).apply(photo, 10**6, brought) for each in ({}, named))
    left, top, right, bottom = _box(plain, stamped)
    point = gravity.point
    assert abs(left - point.x * (400 - (right - left))) <= 8
    assert abs(top - 150 - point.y * (100 - (bottom - top))) <= 8
    assert (top >= 150, bottom <= 250) == (True, True)


def test_a_watermark_is_written_over_the_logo() -> None:
    photo = Decoded(Image.new("RGB", (300, 200)), ImageFormat.PNG, Size(300, 200))
    brought = Brought(logo=Image.new("RGB", (300, 200), RED))
    recipe = parse({"logo": "a", "logo_scale": 100, "watermark": "Darkroom", "watermark_size": 20, "grayscale": False})
    colours = {each for _, each in recipe.apply(photo, 10**6, brought).getcolors(10**6) or []}
    assert any(min(each) > 200 for each in colours if isinstance(each, tuple))


@pytest.mark.parametrize("options", [{}, {"logo": ""}, {"logo_scale": 5, "logo_opacity": 3, "logo_gravity": "north"}])
def test_without_a_name_there_is_no_logo(options: dict[str, object]) -> None:
    assert read_logo(options) is None
    assert parse(options) == parse({})


def test_a_logo_is_written_as_it_is_read() -> None:
    read = Logo("acme_1.png", 7, 30, Gravity.NORTH)
    assert read_logo(write_logo(read)) == read
    assert read_logo({"logo": "a"}) == Logo("a", 20, 100, Gravity.SOUTH_WEST)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"logo": "../a.png"}, "bad_option"),
        ({"logo": "a/b.png"}, "bad_option"),
        ({"logo": ".png"}, "bad_option"),
        ({"logo": "a" * 101}, "bad_option"),
        ({"logo_scale": 0}, "out_of_range"),
        ({"logo_scale": 101}, "out_of_range"),
        ({"logo_opacity": "x"}, "bad_option"),
        ({"logo_gravity": "auto"}, "bad_option"),
    ],
)
def test_a_bad_option_is_refused_with_its_name(options: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(options)
    assert (caught.value.code, next(iter(options)) in caught.value.detail) == (code, True)
