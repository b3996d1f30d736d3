"""Process an object that was created in S3, and update its record until the record has a final status.

S3 delivers an event at least once and in any order; Lambda repeats it after an error. Ids and keys are derived from
the object, so a repeated event finds the first record. A permanent error ends in `rejected`. A transient error is
raised, so that Lambda retries; after the last attempt the record is `failed`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib import telemetry
from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import DarkroomError, ImageNotFound, ImageRejected, InvalidRequest
from chalicelib.flows.variants import delete_orphans
from chalicelib.records import (
    SYSTEM,
    Attempt,
    Fault,
    ImageRecord,
    Status,
    Variant,
    VariantName,
    derived_id,
    id_in_key,
    timestamp,
)


@dataclass(frozen=True)
class ObjectCreated:
    """One delivery of an `s3:ObjectCreated` event; Lambda's retries of it have the same `request_id`."""

    bucket: str
    key: str
    request_id: str


#: Makes and stores the outputs, and returns the completed record. The given record names the original already.
MakeOutputs = Callable[[Backends, ImageRecord, StoredObject], ImageRecord]
#: Deletes the outputs of an earlier object under the same key, after its successor was rejected.
DeleteOutputs = Callable[[Backends, ImageRecord], None]


def process_object(
    backends: Backends, event: ObjectCreated, make_outputs: MakeOutputs, delete_outputs: DeleteOutputs | None = None
) -> ImageRecord | None:
    """Process a created object and save its record. Return that record, or None if there was nothing to do."""
    if event.key.endswith("/"):
        return None
    try:
        size, etag = backends.storage.size(event.bucket, event.key)
    except ImageNotFound:
        return _reject_missing(backends, event)
    record = _find_by_key(backends, event) or backends.catalog.find(derived_id(event.bucket, event.key, etag))
    if record and _is_done(backends, record, etag):
        telemetry.log.info("event repeated", extra={"id": record.id, "status": record.status})
        return None
    processing = _mark_processing(backends, event, record, size, etag)
    return _process(backends, processing, make_outputs, delete_outputs)


def _mark_processing(
    backends: Backends, event: ObjectCreated, record: ImageRecord | None, size: int, etag: str
) -> ImageRecord:
    """Write the record with status `processing`. Create it if the object was put without the API."""
    write = backends.catalog.overwrite if record else backends.catalog.create
    if record is None:
        image_id = derived_id(event.bucket, event.key, etag)
        name = event.key.rsplit("/", 1)[-1]
        _detach_original(backends, event)
        record = ImageRecord(image_id, SYSTEM, Status.PENDING, timestamp(backends.now()), name, source=event.key)
    processing = replace(
        record,
        status=Status.PROCESSING,
        size=size,
        s3_path=f"s3://{event.bucket}/{event.key}",
        variants={VariantName.ORIGINAL.value: Variant(event.bucket, event.key, "", size, etag=etag)},
        attempt=_next_attempt(record.attempt, event.request_id),
        expires_at=None,
    )
    write(processing)
    return processing


def _process(
    backends: Backends, record: ImageRecord, make_outputs: MakeOutputs, delete_outputs: DeleteOutputs | None
) -> ImageRecord:
    """Make the outputs, then save and return the completed or rejected record. Raises transient errors."""
    try:
        final = make_outputs(backends, record, _read(backends, record.variants[VariantName.ORIGINAL.value]))
    except (ImageRejected, InvalidRequest, ImageNotFound) as error:
        if delete_outputs:
            delete_outputs(backends, record)
        final = replace(record, status=Status.REJECTED, error=_fault(error))
    except Exception as error:
        if record.attempt and record.attempt.number >= backends.settings.event_attempts:
            _save(backends, replace(record, status=Status.FAILED, error=_fault(error)))
        raise
    _save(backends, final)
    return final


def _read(backends: Backends, original: Variant) -> StoredObject:
    """Read the original. Raises ImageRejected if its ETag differs from the ETag in the record."""
    stored = backends.storage.get(original.bucket, original.key, backends.settings.limits.object_bytes)
    if stored.etag != original.etag:
        raise ImageRejected("Another object replaced this one before it was read.", code="superseded")
    return stored


def _save(backends: Backends, record: ImageRecord) -> None:
    """Write the record. If the image was deleted while it was processed, delete its outputs instead."""
    try:
        backends.catalog.replace(record)
    except ImageNotFound:
        delete_orphans(backends, _outputs(record))
        telemetry.log.info("image deleted while it was processed", extra={"id": record.id})


def _find_by_key(backends: Backends, event: ObjectCreated) -> ImageRecord | None:
    """Return the record that an asynchronous POST /images or a POST /uploads wrote before this object was put."""
    image_id = id_in_key(event.key)
    record = backends.catalog.find(image_id) if image_id else None
    if record is None:
        return None
    original = record.variants.get(VariantName.ORIGINAL.value)
    # Until the image is completed, `s3_path` is the path of the original, also if the clean-up removed that variant.
    paths = {record.s3_path, f"s3://{original.bucket}/{original.key}" if original else ""}
    return record if f"s3://{event.bucket}/{event.key}" in paths else None


def _is_done(backends: Backends, record: ImageRecord, etag: str) -> bool:
    """Return whether an earlier delivery has processed this object.

    It has not if the ETag differs: a second upload with the same form is a new object. It has not if an output is
    missing: the object is then processed again.
    """
    original = record.variants.get(VariantName.ORIGINAL.value)
    if original and original.etag not in ("", etag):
        return False
    if record.status is Status.REJECTED:
        return original is not None
    return record.status is Status.COMPLETED and all(
        backends.storage.exists(variant.bucket, variant.key) for variant in record.variants.values()
    )


def _reject_missing(backends: Backends, event: ObjectCreated) -> ImageRecord | None:
    """Reject the record of an object that was deleted before its event came, if there is a record."""
    telemetry.log.warning("object deleted before it was processed", extra={"key": event.key})
    record = _find_by_key(backends, event)
    if record is None or record.status in (Status.COMPLETED, Status.REJECTED, Status.EXPIRED):
        return None
    fault = Fault("object_missing", "The object was deleted before it could be processed.")
    rejected = replace(record, status=Status.REJECTED, error=fault, expires_at=None)
    _save(backends, rejected)
    return rejected


def _detach_original(backends: Backends, event: ObjectCreated) -> None:
    """Remove the original from the previous record of this key, because the object under the key is a new image."""
    try:
        previous = backends.catalog.newest_from([SYSTEM], event.key)
    except ImageNotFound:
        return
    original = previous.variants.get(VariantName.ORIGINAL.value)
    if original and (original.bucket, original.key) == (event.bucket, event.key):
        _save(backends, replace(previous, variants=_outputs(previous)))


def _outputs(record: ImageRecord) -> dict[str, Variant]:
    return {name: variant for name, variant in record.variants.items() if name != VariantName.ORIGINAL}


def _next_attempt(attempt: Attempt | None, request_id: str) -> Attempt:
    if attempt and attempt.request_id == request_id:
        return Attempt(request_id, attempt.number + 1)
    return Attempt(request_id, 1)


def _fault(error: Exception) -> Fault:
    """Describe an error for the record. The text of an unexpected error may be internal, so it is left out."""
    if isinstance(error, DarkroomError):
        return Fault(error.code, error.detail, error.limit, error.actual)
    return Fault("internal_error", "Processing failed. The log has the cause under this image's id.")
