"""Handle a photo that was created under uploads/ in the images bucket: make both variants."""

from collections.abc import Mapping
from typing import Any

from chalicelib.backends import Backends
from chalicelib.flows import variants
from chalicelib.flows.fonts import read_font
from chalicelib.flows.object_created import read_event
from chalicelib.flows.s3_events import Made, process_object
from chalicelib.imaging import recipe as recipes
from chalicelib.records import ImageRecord, Variant


def handle(backends: Backends, s3_record: Mapping[str, Any], request_id: str) -> None:
    """Process the object of an S3 event's record with its recipe. Raises only errors that Lambda should retry."""
    process_object(backends, read_event(backends, s3_record, request_id), _plan, _make_variants)


def _plan(backends: Backends, record: ImageRecord) -> Mapping[str, Variant]:
    return variants.plan(backends.settings, record.id, recipes.parse(record.recipe))


def _make_variants(backends: Backends, record: ImageRecord, data: bytes) -> Made:
    recipe = recipes.parse(record.recipe)
    font_data = read_font(backends, recipe)
    rendered = variants.render_variants(data, recipe, backends.settings, font_data)
    return Made(variants.store(backends, record, rendered), variants.describe(data, recipe, rendered, record.writing))
