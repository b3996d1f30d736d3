"""Remove a photo's metadata: a photo that is posted, or one that was created in the landing bucket.

If a photo cannot be cleaned and proved clean, no output is stored. An older output under the same key is deleted, and
the original stays in the landing bucket. The record of a clean photo lists what was removed and kept.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from chalicelib import telemetry
from chalicelib.aws.storage import StoredObject
from chalicelib.backends import Backends
from chalicelib.errors import ImageRejected, InvalidRequest
from chalicelib.flows import accept
from chalicelib.flows.accept import Photo
from chalicelib.flows.s3_events import ObjectCreated, process_object
from chalicelib.imaging import metadata
from chalicelib.imaging.metadata import Finding, Sanitized
from chalicelib.records import UPLOADS, ImageRecord, Report, Status, Variant, VariantName

_SUPERSEDED = "superseded"


def inspect(photo: Photo) -> tuple[Finding, ...]:
    """List a photo's metadata. Nothing is stored. Raises InvalidRequest or ImageRejected."""
    _refuse_options(photo)
    return metadata.inspect(photo.data)


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Remove the metadata of a posted photo and return its completed record. Raises the errors of upload.receive()."""
    _refuse_options(photo)
    draft = accept.draft(backends, photo, Status.PROCESSING)
    draft, repeated = accept.reserve_idempotency_key(backends, photo, draft, "sanitize")
    if repeated:
        return draft
    return accept.complete_now(backends, draft, lambda record: _store(backends, record, photo.data, None))


def handle(backends: Backends, bucket: str, key: str, request_id: str) -> None:
    """Remove the metadata of an object in the landing bucket, and store the result under the same key.

    Raises only errors that Lambda should retry.
    """
    event = ObjectCreated(bucket, key, request_id)
    final = process_object(backends, event, _store_unless_replaced, _delete_output)
    while final and final.error and final.error.code == _SUPERSEDED:
        final = process_object(backends, event, _store_unless_replaced, _delete_output)
    if final and final.status is Status.COMPLETED and not backends.settings.landing_keep:
        _delete_original(backends, final)


def _store_unless_replaced(backends: Backends, record: ImageRecord, stored: StoredObject) -> ImageRecord:
    """Store the result under the key of the original. Raises ImageRejected if another object is there by now.

    The event of that newer object may have been processed first: this result must not replace the newer one.
    """
    original = record.variants[VariantName.ORIGINAL.value]
    completed = _store(backends, record, stored.data, original.key)
    if backends.storage.size(original.bucket, original.key)[1] != stored.etag:
        raise ImageRejected("Another object replaced this one while its metadata was removed.", code=_SUPERSEDED)
    return completed


def _delete_output(backends: Backends, record: ImageRecord) -> None:
    """Delete the output of an earlier object under the same key."""
    backends.storage.delete(backends.settings.destination_bucket, [record.variants[VariantName.ORIGINAL.value].key])


def _store(backends: Backends, record: ImageRecord, data: bytes, key: str | None) -> ImageRecord:
    """Strip the photo, store the result and return the completed record. If `key` is None, generate one."""
    stripped = _strip(data)
    bucket = backends.settings.destination_bucket
    key = key or f"{UPLOADS}{record.id}/original{stripped.format.suffix}"
    width, height = stripped.size
    backends.storage.put(bucket, key, stripped.data, stripped.format.media_type)
    sanitized = Variant(bucket, key, stripped.format.name, len(stripped.data), width, height)
    return replace(
        record,
        status=Status.COMPLETED,
        s3_path=f"s3://{bucket}/{key}",
        size=len(data),
        format=stripped.format.name,
        width=width,
        height=height,
        sha256=hashlib.sha256(data).hexdigest(),
        variants={**record.variants, VariantName.SANITIZED.value: sanitized},
        report={"removed": _summary(stripped.removed), "kept": _summary(stripped.kept)},
        error=None,
    )


def _strip(data: bytes) -> Sanitized:
    """Strip the photo, prove the result, and record metrics. Raises ImageRejected."""
    try:
        with telemetry.processing(len(data)) as work:
            stripped = metadata.strip(data)
            work.bytes_out = len(stripped.data)
    except ImageRejected as error:
        telemetry.count("SanitizeRejected", reason=error.code)
        raise
    return stripped


def _summary(findings: Iterable[Finding]) -> Report:
    """Add up the findings of each kind: their number and their bytes."""
    summary: dict[str, dict[str, int]] = {}
    for finding in findings:
        each = summary.setdefault(finding.kind.value, {"count": 0, "bytes": 0})
        each["count"] += finding.count
        each["bytes"] += finding.size
    return summary


def _delete_original(backends: Backends, record: ImageRecord) -> None:
    """Delete the original from the landing bucket, after its record no longer names it."""
    original = record.variants[VariantName.ORIGINAL.value]
    others = {name: variant for name, variant in record.variants.items() if name != VariantName.ORIGINAL}
    backends.catalog.replace(replace(record, variants=others))
    backends.storage.delete(original.bucket, [original.key])


def _refuse_options(photo: Photo) -> None:
    if photo.options:
        name = sorted(photo.options)[0]
        raise InvalidRequest(f"This route has no option {name!r}; filename is the only one.", code="unknown_option")
