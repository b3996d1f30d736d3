"""The size, the opacity and the colour of a watermark, and its place on the photo."""

from typing import Any

import pytest
from PIL import Image, ImageChops

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Gravity, Size
from chalicelib.imaging.recipe import parse
from chalicelib.imaging.watermark import MAX_SIZE, Watermark
from tests.imaging.marks import watermark

GREY = (120, 120, 120)


def _marked(color: str = "#ffffff", mode: str = "RGB", **looks: Any) -> Image.Image:
    background = Image.new("RGB", (400, 300), GREY).convert(mode)
    return watermark(background, Watermark("Darkroom", Gravity.CENTER, color=color, **looks))


def _box(image: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, GREY)).getbbox()
    assert box is not None
    return box


def test_the_size_is_a_share_of_the_shorter_side() -> None:
    heights = [box[3] - box[1] for box in (_box(_marked(size=size)) for size in (5, 10, 20))]
    assert heights[0] * 1.7 < heights[1]
    assert heights[1] * 1.7 < heights[2]


def test_the_opacity_is_that_of_letters_and_outline() -> None:
    differences = [
        sum(ImageChops.difference(_marked(opacity=opacity), Image.new("RGB", (400, 300), GREY)).convert("L").tobytes())
        for opacity in (25, 50, 100)
    ]
    assert differences[0] < 0.35 * differences[2] < 0.65 * differences[2]
    assert 0.4 < differences[1] / differences[2] < 0.6


@pytest.mark.parametrize(
    ("color", "outlined"), [("#ffffff", 0), ("#ff8800", 0), ("#000000", 255), ("#102080", 255), ("#808080", 0)]
)
def test_a_bright_colour_has_a_dark_outline_and_a_dark_one_a_bright_outline(color: str, outlined: int) -> None:
    colours = {colour for _, colour in _marked(color, size=20).getcolors(400 * 300) or []}
    wanted = tuple(bytes.fromhex(color[1:]))
    assert any(max(abs(a - b) for a, b in zip(each, wanted, strict=True)) < 25 for each in _tuples(colours))
    greys = [sum(each) / 3 for each in _tuples(colours)]
    assert (min(greys) < 60) if outlined == 0 else (max(greys) > 180)


def _tuples(colours: object) -> list[tuple[int, ...]]:
    assert isinstance(colours, set)
    return [tuple(each) for each in colours]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_every_mode_takes_a_colour(mode: str) -> None:
    assert _marked("#ff0000", mode).mode == mode


@pytest.mark.parametrize("gravity", Gravity)
@pytest.mark.parametrize(("size", "photo"), [((400, 100), (0, 150, 400, 250)), ((100, 400), (150, 0, 250, 400))])
def test_the_watermark_is_on_the_photo_and_not_on_the_bars(
    gravity: Gravity, size: tuple[int, int], photo: tuple[int, int, int, int]
) -> None:
    options = {"width": 400, "height": 400, "fit": "pad", "grayscale": False}
    decoded = Decoded(Image.new("RGB", size, GREY), ImageFormat.PNG, Size(*size))
    text = {"watermark": "Quite a long text", "watermark_gravity": gravity.value, "watermark_size": 20}
    plain, marked = (parse(options | more).apply(decoded, 10**6) for more in ({}, text))
    left, top, right, bottom = ImageChops.difference(plain, marked).getbbox() or (0, 0, 0, 0)
    assert photo[0] <= left < right <= photo[2]
    assert photo[1] <= top < bottom <= photo[3]


@pytest.mark.parametrize("size", [(3, 200), (200, 3), (1, 1), (17, 300)])
def test_a_photo_of_few_pixels_between_bars_is_marked_in_its_own_part(size: tuple[int, int]) -> None:
    image, (width, height) = Image.new("RGB", (320, 320), "white"), size
    region = ((320 - width) // 2, (320 - height) // 2, (320 + width) // 2, (320 + height) // 2)
    box = ImageChops.difference(image, watermark(image, Watermark("A rather long line"), region=region)).getbbox()
    assert box is None or (box[0] >= region[0] and box[1] >= region[1])
    assert box is None or (box[2] <= region[2] and box[3] <= region[3])


def test_a_recipe_spells_only_looks_that_differ_from_the_default() -> None:
    plain = parse({"watermark": "x", "watermark_size": 4, "watermark_opacity": 100, "watermark_color": "FFFFFF"})
    assert plain == parse({"watermark": "x"})
    assert plain.options().keys() & {"watermark_size", "watermark_opacity", "watermark_color"} == set()
    looks = {"watermark_size": 7, "watermark_opacity": 30, "watermark_color": "#a0b0c0"}
    changed = parse({"watermark": "x"} | looks)
    assert changed.options().items() >= looks.items()
    assert parse(changed.options()) == changed


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"watermark_size": 0}, "out_of_range"),
        ({"watermark_size": MAX_SIZE + 1}, "out_of_range"),
        ({"watermark_opacity": 101}, "out_of_range"),
        ({"watermark_opacity": "half"}, "bad_option"),
        ({"watermark_color": "red"}, "bad_option"),
        ({"watermark_color": "#fff"}, "bad_option"),
        ({"watermark_color": "#ffffff\n"}, "bad_option"),
    ],
)
@pytest.mark.parametrize("text", [{}, {"watermark": "x"}])
def test_a_look_out_of_range_is_refused_also_without_a_text(
    options: dict[str, object], code: str, text: dict[str, object]
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse(options | text)
    assert caught.value.code == code
    assert next(iter(options)) in caught.value.detail
