"""Handle a photo that was created under uploads/ in the images bucket: make both variants."""

from collections.abc import Mapping
from typing import Any

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest
from chalicelib.flows import variants
from chalicelib.flows.brought import read_brought
from chalicelib.flows.object_created import read_event
from chalicelib.flows.object_options import with_options
from chalicelib.flows.s3_events import Made, process_object
from chalicelib.imaging import recipe as recipes
from chalicelib.keys import id_in_key
from chalicelib.records import ImageRecord, Variant


def handle(backends: Backends, s3_record: Mapping[str, Any], request_id: str) -> None:
    """Process the object of an S3 event's record with its recipe. Raises only errors that Lambda should retry.

    A photo that was put with a bad option is rejected, and stays.
    """
    event = with_options(backends, read_event(backends, s3_record, request_id))
    process_object(backends, event, _plan, _make_variants)


def _plan(backends: Backends, record: ImageRecord) -> Mapping[str, Variant]:
    """Plan the variants. With a bad option nothing will be written, and an attempt must begin to reject the photo."""
    try:
        recipe = _recipe(backends, record)
    except InvalidRequest:
        recipe = recipes.parse({})
    return variants.plan(backends.settings, record.id, recipe)


def _recipe(backends: Backends, record: ImageRecord) -> recipes.Recipe:
    """Return the recipe of a photo: of its upload, or of the object that was put. Raises InvalidRequest."""
    # The recipe of an object that was put is that of an earlier attempt, whose metadata may have been another.
    if id_in_key(record.source):
        return recipes.parse_stored(record.recipe, backends.settings.default_preset)
    return variants.read_recipe(record.options, backends.settings)


def _make_variants(backends: Backends, record: ImageRecord, data: bytes) -> Made:
    recipe = _recipe(backends, record)
    brought = read_brought(backends, recipe)
    rendered = variants.render_variants(data, recipe, backends.settings, brought)
    stored = variants.store(backends, record, rendered)
    return Made(stored, variants.describe(data, recipe, rendered, stored))
