"""A recipe gets what it names of what people brought: a font, a logo, both or nothing."""

from chalicelib.backends import Backends
from chalicelib.flows.brought import read_brought
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.overlays import NOTHING
from tests import stage
from tests.imaging.made_fonts import font_with
from tests.imaging.test_logo import logo


def test_a_recipe_gets_its_font_and_its_logo(backends: Backends) -> None:
    font = font_with("暗室")
    stage.put(backends.settings.images_bucket, "fonts/a", font)
    stage.put(backends.settings.images_bucket, "logos/a", logo())
    brought = read_brought(backends, recipes.parse({"watermark": "暗", "font": "a", "logo": "a"}))
    assert brought.font == font
    assert brought.logo is not None
    assert brought.logo.size == (60, 30)


def test_a_recipe_that_names_nothing_gets_nothing(backends: Backends) -> None:
    assert read_brought(backends, recipes.parse({"watermark": "x"})) == NOTHING
