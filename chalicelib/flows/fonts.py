"""Read the fonts that people put under fonts/ in the images bucket, for watermarks in other scripts."""

from chalicelib.backends import Backends
from chalicelib.flows.brought_objects import read_object
from chalicelib.imaging.recipe import Recipe
from chalicelib.imaging.typefaces import check_text
from chalicelib.keys import FONTS

#: Bytes of a font. Noto Sans SC, one of the largest, has 8.5 million in one weight.
MAX_FONT_BYTES = 10_000_000


def read_font(backends: Backends, recipe: Recipe) -> bytes | None:
    """Return the font that a recipe's watermark names, or None if the built-in font draws.

    Raises InvalidRequest if there is no such font, or if it cannot draw the text.
    """
    mark = recipe.watermark
    if mark is None or not mark.font:
        return None
    data = read_object(backends, "font", FONTS, mark.font, MAX_FONT_BYTES)
    check_text(mark.text, data)
    return data
