"""Letters and logo are drawn once for all frames, and look as if each frame had been drawn by itself."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest
from chalicelib.flows import animations, variants
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.animation import Timeline, read_frames, read_timeline
from chalicelib.imaging.animation.write import write_animation
from chalicelib.imaging.codec import Decoded, decode
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.lettering import Line
from chalicelib.imaging.logo import draw_logo
from chalicelib.imaging.overlays import Brought
from chalicelib.imaging.views import whole_view
from scripts.measuring import samples
from tests.pictures import picture

BROUGHT = Brought(logo=picture(30, 20).convert("RGBA"))
MARKS = {"watermark": "Darkroom", "watermark_size": 20, "logo": "a.png", "logo_scale": 50, "logo_opacity": 70}


def planned(backends: Backends, source: str, recipe: recipes.Recipe) -> tuple[bytes, Timeline, Decoded]:
    data, limits = samples.animation(source), backends.settings.limits
    decoded = decode(data, limits.input_pixels, whole_view)
    timeline = animations.plan(data, decoded.format, read_contents(data, decoded.format), recipe, limits)
    assert timeline is not None
    return data, timeline, decoded


@pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize("name", ["gif", "webp", "avif"])
@pytest.mark.parametrize(
    "box",
    [
        {"grayscale": False},
        {"width": 60, "height": 90, "fit": "pad", "background": "#204060", "grayscale": True},
        {"width": 20, "height": 16, "fit": "cover", "gravity": "auto", "rotate": 90, "flip": "horizontal"},
    ],
)
def test_all_frames_are_those_that_are_drawn_one_by_one(
    backends: Backends, source: str, name: str, box: dict[str, Any]
) -> None:
    recipe, limits = recipes.parse({"format": name} | MARKS | box), backends.settings.limits
    data, timeline, first = planned(backends, source, recipe)

    def one_by_one() -> Iterator[Image.Image]:
        for image in read_frames(data, first.format, timeline, limits.input_pixels):
            yield recipe.apply(replace(first, image=image, crop=None, extent=None), limits.output_pixels, BROUGHT)

    made = animations.render(data, timeline, first, recipe, limits, BROUGHT)

    assert made.data == write_animation(one_by_one, timeline, recipe.encoding.format, recipe.encoding.quality)
    assert made.size == read_timeline(made.data, recipe.encoding.format).size


def drawings(data: bytes, backends: Backends, options: dict[str, Any]) -> tuple[int, int]:
    """Return how often letters are drawn, and how often a logo is scaled. It does not depend on the clock."""
    drawn = {Line.mask.__code__: 0, draw_logo.__code__: 0}

    def count(frame: Any, event: str, _what: object) -> None:
        if event == "call" and frame.f_code in drawn:
            drawn[frame.f_code] += 1

    recipe = recipes.parse(options)
    sys.setprofile(count)
    try:
        variants.render_variants(data, recipe, backends.settings, BROUGHT)
    finally:
        sys.setprofile(None)
    return drawn[Line.mask.__code__], drawn[draw_logo.__code__]


@pytest.mark.parametrize("name", ["gif", "webp", "avif"])
def test_letters_and_logo_are_drawn_once_for_all_frames(backends: Backends, name: str) -> None:
    # The outline and the letters are two drawings.
    assert drawings(samples.animation("GIF"), backends, {"format": name} | MARKS) == (2, 1)


def test_each_size_of_a_still_has_its_own_drawing(backends: Backends) -> None:
    options = MARKS | {"format": "gif", "renditions": "s:10,m:20"}
    assert drawings(samples.animation("GIF"), backends, options) == (6, 3)


def test_a_damaged_font_is_refused(backends: Backends) -> None:
    recipe = recipes.parse({"format": "webp", "watermark": "x", "font": "a.ttf"})
    data, timeline, first = planned(backends, "GIF", recipe)
    with pytest.raises(InvalidRequest):
        animations.render(data, timeline, first, recipe, backends.settings.limits, Brought(font=b"no font"))
