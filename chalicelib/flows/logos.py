"""Read the logos that people put under logos/ in the images bucket."""

from PIL import Image

from chalicelib.backends import Backends
from chalicelib.errors import ImageRejected, ImageTooLarge, InvalidRequest
from chalicelib.flows.brought_objects import read_object
from chalicelib.imaging.codec import decode
from chalicelib.imaging.logo import MAX_LOGO_PIXELS
from chalicelib.imaging.operations import orient
from chalicelib.imaging.recipe import Recipe
from chalicelib.imaging.views import whole_view
from chalicelib.keys import LOGOS

#: Bytes of a logo.
MAX_LOGO_BYTES = 1_000_000


def read_logo(backends: Backends, recipe: Recipe) -> Image.Image | None:
    """Return the logo that a recipe names, upright and in sRGB, or None.

    Raises InvalidRequest if there is no such logo, if it is too large, or if it cannot be decoded.
    """
    if recipe.logo is None:
        return None
    name = recipe.logo.name
    data = read_object(backends, "logo", LOGOS, name, MAX_LOGO_BYTES)
    try:
        decoded = decode(data, MAX_LOGO_PIXELS, whole_view)
    except ImageTooLarge as error:
        detail = f"The logo {name!r} has {error.actual} pixels; {error.limit} are allowed in its format."
        raise InvalidRequest(detail, code="out_of_range", limit=error.limit, actual=error.actual) from error
    except ImageRejected as error:
        raise InvalidRequest(f"The logo {name!r} cannot be read: {error.detail}", code="bad_option") from error
    return orient(decoded.image, decoded.orientation)
