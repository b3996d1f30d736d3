"""The photos of the harness, with the outputs that they must give."""

from collections.abc import Mapping
from functools import cache

import app
from chalicelib.flows.variants import render_variants
from chalicelib.imaging import metadata
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.options import Option
from tests.flows.photos import photo, photo_with_metadata

FIRST, SECOND = photo((64, 48)), photo((80, 60), "red")
PRIVATE, PRIVATE_2 = photo_with_metadata(6), photo_with_metadata(3)
CORRUPT = FIRST[:200]
ALL = (FIRST, SECOND, PRIVATE, PRIVATE_2)
#: The options of a photo with renditions.
WITH_RENDITIONS = {"renditions": "s:16,m:32"}


@cache
def stripped(data: bytes) -> bytes:
    """Return what a scrub must give."""
    return metadata.strip(data).data


def rendered(data: bytes, recipe: Mapping[str, Option]) -> dict[str, bytes]:
    """Return what the recipe of a record must give, by variant."""
    return _rendered(data, tuple(recipe.items()))


@cache
def _rendered(data: bytes, recipe: tuple[tuple[str, Option], ...]) -> dict[str, bytes]:
    outputs = render_variants(data, recipes.parse_stored(dict(recipe)), app.SETTINGS).outputs
    return {name: output.data for name, output in outputs.items()}
