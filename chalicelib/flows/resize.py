"""A photo has arrived in uploads/: both variants are made of it."""

from dataclasses import replace

from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.flows.s3_events import ObjectCreated, process_object
from chalicelib.flows.variants import complete
from chalicelib.imaging import recipe as recipes
from chalicelib.records import ImageRecord, VariantName


def handle(backends: Backends, bucket: str, key: str, request_id: str) -> None:
    """Process the object under a key by its record's recipe; raises only what Lambda is to retry."""
    process_object(backends, ObjectCreated(bucket, key, request_id), _make_variants)


def _make_variants(backends: Backends, record: ImageRecord, stored: StoredObject) -> ImageRecord:
    completed = complete(backends, record, stored.data, recipes.parse(record.recipe))
    original = replace(
        completed.variants[VariantName.ORIGINAL.value],
        format=completed.format,
        width=completed.width,
        height=completed.height,
    )
    return replace(completed, variants={**completed.variants, VariantName.ORIGINAL.value: original})
