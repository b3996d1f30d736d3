"""Read what people put into the images bucket for recipes: fonts below fonts/, and logos below logos/."""

from chalicelib.backends import Backends
from chalicelib.flows.fonts import read_font
from chalicelib.flows.logos import read_logo
from chalicelib.imaging.overlays import Brought
from chalicelib.imaging.recipe import Recipe


def read_brought(backends: Backends, recipe: Recipe) -> Brought:
    """Return the font and the logo that a recipe names. Raises InvalidRequest if one is missing or cannot be used."""
    return Brought(read_font(backends, recipe), read_logo(backends, recipe))
