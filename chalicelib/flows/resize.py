"""Handle a photo that was created under uploads/ in the images bucket: make both variants."""

from dataclasses import replace

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.flows.s3_events import ObjectCreated, process_object
from chalicelib.flows.variants import complete
from chalicelib.imaging import recipe as recipes
from chalicelib.records import ImageRecord, VariantName


def handle(backends: Backends, bucket: str, key: str, request_id: str) -> None:
    """Process an object with the recipe of its record. Raises only errors that Lambda should retry."""
    process_object(backends, ObjectCreated(bucket, key, request_id), _make_variants)


def _make_variants(backends: Backends, record: ImageRecord, stored: StoredObject) -> ImageRecord:
    """Store both variants, and return the record with the format and size of the original."""
    completed = complete(backends, record, stored.data, recipes.parse(record.recipe))
    original = replace(
        completed.variants[VariantName.ORIGINAL.value],
        format=completed.format,
        width=completed.width,
        height=completed.height,
    )
    return replace(completed, variants={**completed.variants, VariantName.ORIGINAL.value: original})
