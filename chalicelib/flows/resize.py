"""A photo has arrived in S3: both variants are made and the record follows it from processing to its end.

Events come at least once, in any order, and again after a fault. Ids and keys are derived, so that a repeated event
finds what the first one made. A permanent fault ends in `rejected`; a transient one is raised, so that Lambda retries,
and the last attempt leaves `failed`.
"""

from dataclasses import replace

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import DarkroomError, ImageNotFound, ImageRejected, InvalidRequest
from chalicelib.flows.variants import complete, take_back
from chalicelib.imaging import recipe as recipes
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

_DONE = frozenset({Status.COMPLETED, Status.REJECTED})


def handle(backends: Backends, bucket: str, key: str, request_id: str) -> None:
    """Process the object under a key; `request_id` is the delivery's, the same for each retry of one event."""
    if key.endswith("/"):
        return
    try:
        size, etag = backends.storage.size(bucket, key)
    except ImageNotFound:
        _report_missing(backends, key)
        return
    record = _begin(backends, bucket, key, size, etag, request_id)
    if record is not None:
        _process(backends, record, bucket, key)


def _begin(backends: Backends, bucket: str, key: str, size: int, etag: str, request_id: str) -> ImageRecord | None:
    """Mark the record as processing; None when an earlier delivery has finished it."""
    record = _known(backends, key) or backends.catalog.find(derived_id(bucket, key, etag))
    fresh = record is None
    if record is None:
        record = ImageRecord(
            derived_id(bucket, key, etag), SYSTEM, Status.PENDING, timestamp(backends.now()), source=key
        )
        record = replace(record, filename=key.rsplit("/", 1)[-1], recipe=recipes.parse({}).options())
    elif record.status in _DONE:
        telemetry.log.info("event repeated", extra={"id": record.id, "status": record.status})
        return None
    begun = replace(
        record,
        status=Status.PROCESSING,
        size=size,
        variants={VariantName.ORIGINAL.value: Variant(bucket, key, record.format, size)},
        attempt=_next_attempt(record.attempt, request_id),
        expires_at=None,
        s3_path=f"s3://{bucket}/{key}",
    )
    write = backends.catalog.create if fresh else backends.catalog.replace
    write(begun)
    return begun


def _process(backends: Backends, record: ImageRecord, bucket: str, key: str) -> None:
    try:
        _save(backends, _completed(backends, record, bucket, key))
    except (ImageRejected, InvalidRequest) as error:
        _save(backends, replace(record, status=Status.REJECTED, error=_fault(error)))
    except Exception as error:
        if record.attempt and record.attempt.number >= backends.settings.event_attempts:
            _save(backends, replace(record, status=Status.FAILED, error=_fault(error)))
        raise


def _completed(backends: Backends, record: ImageRecord, bucket: str, key: str) -> ImageRecord:
    stored = backends.storage.get(bucket, key, backends.settings.limits.object_bytes)
    completed = complete(backends, record, stored.data, recipes.parse(record.recipe))
    original = Variant(bucket, key, completed.format, len(stored.data), completed.width, completed.height)
    return replace(completed, variants={**completed.variants, VariantName.ORIGINAL.value: original})


def _save(backends: Backends, record: ImageRecord) -> None:
    """Write the record's end; if the image was deleted meanwhile, what was made for it goes as well."""
    try:
        backends.catalog.replace(record)
    except ImageNotFound:
        take_back(backends, {name: made for name, made in record.variants.items() if name != VariantName.ORIGINAL})
        telemetry.log.info("image deleted meanwhile", extra={"id": record.id})


def _known(backends: Backends, key: str) -> ImageRecord | None:
    """Find the record that an asynchronous post or a ticket wrote before the object came."""
    image_id = id_in_key(key)
    return backends.catalog.find(image_id) if image_id else None


def _report_missing(backends: Backends, key: str) -> None:
    """Reject the record of an object that went before its event came, if there is one."""
    record = _known(backends, key)
    telemetry.log.warning("object is gone before it was processed", extra={"key": key})
    if record and record.status not in _DONE:
        fault = Fault("object_missing", "The object was gone before it could be processed.")
        _save(backends, replace(record, status=Status.REJECTED, error=fault))


def _next_attempt(attempt: Attempt | None, request_id: str) -> Attempt:
    if attempt and attempt.request_id == request_id:
        return Attempt(request_id, attempt.number + 1)
    return Attempt(request_id, 1)


def _fault(error: Exception) -> Fault:
    """Say what a client may know: the error tree's own words, and nothing of a stranger's."""
    if isinstance(error, DarkroomError):
        return Fault(error.code, error.detail, error.limit, error.actual)
    return Fault("internal_error", "Processing failed; the log has the cause under this image's id.")
