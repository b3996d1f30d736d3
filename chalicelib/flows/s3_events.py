"""An object has arrived in S3: its record follows it from processing to its end.

Events come at least once, in any order, and again after a fault. Ids and keys are derived, so that a repeated event
finds what the first one made. A permanent fault ends in `rejected`; a transient one is raised, so that Lambda retries,
and the last attempt leaves `failed`.
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
    """One delivery of an object's event; `request_id` is the same for each of its retries."""

    bucket: str
    key: str
    request_id: str


#: Makes and stores the outputs, and returns the completed record. The given record names the original already.
MakeOutputs = Callable[[Backends, ImageRecord, StoredObject], ImageRecord]
#: Deletes the outputs that an earlier object under the same key may have left.
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
    record = _known(backends, event) or backends.catalog.find(derived_id(event.bucket, event.key, etag))
    if record and _is_done(backends, record, etag):
        telemetry.log.info("event repeated", extra={"id": record.id, "status": record.status})
        return None
    begun = _begin(backends, event, record, size, etag)
    return _finish(backends, begun, make_outputs, delete_outputs)


def _begin(backends: Backends, event: ObjectCreated, record: ImageRecord | None, size: int, etag: str) -> ImageRecord:
    """Mark the record as processing, made anew for an object that was put by hand."""
    write = backends.catalog.overwrite if record else backends.catalog.create
    if record is None:
        image_id = derived_id(event.bucket, event.key, etag)
        name = event.key.rsplit("/", 1)[-1]
        _release_original(backends, event)
        record = ImageRecord(image_id, SYSTEM, Status.PENDING, timestamp(backends.now()), name, source=event.key)
    begun = replace(
        record,
        status=Status.PROCESSING,
        size=size,
        s3_path=f"s3://{event.bucket}/{event.key}",
        variants={VariantName.ORIGINAL.value: Variant(event.bucket, event.key, "", size, etag=etag)},
        attempt=_next_attempt(record.attempt, event.request_id),
        expires_at=None,
    )
    write(begun)
    return begun


def _finish(
    backends: Backends, record: ImageRecord, make_outputs: MakeOutputs, delete_outputs: DeleteOutputs | None
) -> ImageRecord:
    try:
        end = make_outputs(backends, record, _read(backends, record.variants[VariantName.ORIGINAL.value]))
    except (ImageRejected, InvalidRequest, ImageNotFound) as error:
        if delete_outputs:
            delete_outputs(backends, record)
        end = replace(record, status=Status.REJECTED, error=_fault(error))
    except Exception as error:
        if record.attempt and record.attempt.number >= backends.settings.event_attempts:
            _save(backends, replace(record, status=Status.FAILED, error=_fault(error)))
        raise
    _save(backends, end)
    return end


def _read(backends: Backends, original: Variant) -> StoredObject:
    """Read the object that the record is of; raises ImageRejected when another has taken its place."""
    stored = backends.storage.get(original.bucket, original.key, backends.settings.limits.object_bytes)
    if stored.etag != original.etag:
        raise ImageRejected("Another object took this one's place before it was read.", code="superseded")
    return stored


def _save(backends: Backends, record: ImageRecord) -> None:
    """Write the record's end; if the image was deleted meanwhile, what was made for it goes as well."""
    try:
        backends.catalog.replace(record)
    except ImageNotFound:
        delete_orphans(backends, _outputs(record))
        telemetry.log.info("image deleted meanwhile", extra={"id": record.id})


def _known(backends: Backends, event: ObjectCreated) -> ImageRecord | None:
    """Find the record that an asynchronous post or a ticket wrote for this very object before it came."""
    image_id = id_in_key(event.key)
    record = backends.catalog.find(image_id) if image_id else None
    if record is None:
        return None
    original = record.variants.get(VariantName.ORIGINAL.value)
    # Its path is that of the original until it is completed; the clean-up may have taken the original meanwhile.
    paths = {record.s3_path, f"s3://{original.bucket}/{original.key}" if original else ""}
    return record if f"s3://{event.bucket}/{event.key}" in paths else None


def _is_done(backends: Backends, record: ImageRecord, etag: str) -> bool:
    """Tell whether an earlier delivery has ended it.

    A second upload on the same ticket is new work, also once the clean-up has taken the first, and outputs that have
    gone since are made again.
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
    """Reject the record of an object that went before its event came, if there is one."""
    telemetry.log.warning("object is gone before it was processed", extra={"key": event.key})
    record = _known(backends, event)
    if record is None or record.status in (Status.COMPLETED, Status.REJECTED, Status.EXPIRED):
        return None
    fault = Fault("object_missing", "The object was gone before it could be processed.")
    rejected = replace(record, status=Status.REJECTED, error=fault, expires_at=None)
    _save(backends, rejected)
    return rejected


def _release_original(backends: Backends, event: ObjectCreated) -> None:
    """Let the image that came from this key before name its original no more: another object is there now."""
    try:
        earlier = backends.catalog.newest_from([SYSTEM], event.key)
    except ImageNotFound:
        return
    original = earlier.variants.get(VariantName.ORIGINAL.value)
    if original and (original.bucket, original.key) == (event.bucket, event.key):
        _save(backends, replace(earlier, variants=_outputs(earlier)))


def _outputs(record: ImageRecord) -> dict[str, Variant]:
    return {name: made for name, made in record.variants.items() if name != VariantName.ORIGINAL}


def _next_attempt(attempt: Attempt | None, request_id: str) -> Attempt:
    if attempt and attempt.request_id == request_id:
        return Attempt(request_id, attempt.number + 1)
    return Attempt(request_id, 1)


def _fault(error: Exception) -> Fault:
    """Say what a client may know: the error tree's own words, and nothing of a stranger's."""
    if isinstance(error, DarkroomError):
        return Fault(error.code, error.detail, error.limit, error.actual)
    return Fault("internal_error", "Processing failed; the log has the cause under this image's id.")
