"""The photos of the harness, with the outputs that they must give."""

from functools import cache

import app
from chalicelib.flows.variants import render_variants
from chalicelib.imaging import metadata
from chalicelib.imaging import recipe as recipes
from tests.flows.photos import photo, photo_with_metadata

FIRST, SECOND = photo((64, 48)), photo((80, 60), "red")
PRIVATE, PRIVATE_2 = photo_with_metadata(6), photo_with_metadata(3)
CORRUPT = FIRST[:200]
ALL = (FIRST, SECOND, PRIVATE, PRIVATE_2)


@cache
def stripped(data: bytes) -> bytes:
    """Return what a scrub must give."""
    return metadata.strip(data).data


@cache
def rendered(data: bytes) -> dict[str, bytes]:
    """Return what the default recipe must give, by variant."""
    outputs = render_variants(data, recipes.parse({}), app.SETTINGS).outputs
    return {name: output.data for name, output in outputs.items()}
