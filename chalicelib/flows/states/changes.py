"""Changes of a record that several rules share."""

from collections.abc import Mapping
from typing import Any

from chalicelib.records import Fault, ImageRecord, SourceObject, Status, Variant, VariantName

ORIGINAL = VariantName.ORIGINAL.value
MAIN = (VariantName.PROCESSED.value, VariantName.SANITIZED.value)


def source_of(record: ImageRecord) -> SourceObject | None:
    """Return the object that the image stands for. Records from before versions have it in their original."""
    original = record.original
    if record.source_object is None and original and original.etag:
        return SourceObject(original.etag, original.version_id)
    return record.source_object


def failed_changes(record: ImageRecord, fault: Fault, due_at: int) -> dict[str, Any]:
    """Return the changes of a failed image. Outputs that may have been written are deleted at `due_at`."""
    due = due_at if record.writing or record.removing else None
    return {"status": Status.FAILED, "error": fault, "due_at": due, "writes_until": None}


def removing_with(record: ImageRecord, variant: Variant) -> Mapping[str, Variant]:
    """Return the objects to delete of a record, with one more version of its original."""
    return {**record.removing, label(ORIGINAL, variant, record.removing): variant}


def label(name: str, variant: Variant, taken: Mapping[str, Variant]) -> str:
    """Return a name for an object to delete. Several versions of one variant may wait for their deletion."""
    return name if taken.get(name, variant) == variant else f"{name} {variant.version_id}"


def is_shared(record: ImageRecord, name: str, variant: Variant) -> bool:
    """Return whether a variant ends when another object overwrites the original."""
    is_output_of_landing = name == VariantName.SANITIZED and not record.owns_key(record.source)
    return is_output_of_landing or not record.owns_key(variant.key)
