"""Read the fonts that people put under fonts/ in the images bucket, for watermarks in other scripts."""

from chalicelib.backends import Backends
from chalicelib.errors import ImageNotFound, ImageTooLarge, InvalidRequest, ObjectArchived
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
    bucket = backends.settings.images_bucket
    try:
        data = backends.storage.get(bucket, FONTS + mark.font, MAX_FONT_BYTES).data
    except ImageNotFound as error:
        raise InvalidRequest(f"There is no font {mark.font!r} below fonts/.", code="bad_option") from error
    except ImageTooLarge as error:
        detail = f"The font {mark.font!r} has {error.actual} bytes; {error.limit} are allowed."
        raise InvalidRequest(detail, code="out_of_range", limit=error.limit, actual=error.actual) from error
    except ObjectArchived as error:
        raise InvalidRequest(f"The font {mark.font!r} is archived. Restore it.", code="bad_option") from error
    check_text(mark.text, data)
    return data
