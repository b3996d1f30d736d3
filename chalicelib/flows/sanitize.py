"""A photo is scrubbed of its metadata, the same way by every door, and the record holds the proof's report.

It fails closed: what cannot be cleaned and proven leaves nothing in the sanitized bucket, an older output of the same
key included, and the original stays where it was.
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
    """List what metadata a photo carries; nothing is stored. Raises ImageRejected in one of its kinds."""
    _refuse_options(photo)
    return metadata.inspect(photo.data)


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Scrub a photo that came over REST and return its completed record; raises as flows.upload.receive() does."""
    _refuse_options(photo)
    draft = accept.draft(backends, photo, Status.PROCESSING)
    draft, repeated = accept.reserve_idempotency_key(backends, photo, draft, "sanitize")
    if repeated:
        return draft
    return accept.finish_now(backends, draft, lambda record: _store(backends, record, photo.data, None))


def handle(backends: Backends, bucket: str, key: str, request_id: str) -> None:
    """Scrub the object under a key of landing into the same key; raises only what Lambda is to retry."""
    event = ObjectCreated(bucket, key, request_id)
    end = process_object(backends, event, _store_unless_replaced, _delete_output)
    while end and end.error and end.error.code == _SUPERSEDED:
        end = process_object(backends, event, _store_unless_replaced, _delete_output)
    if end and end.status is Status.COMPLETED and not backends.settings.landing_keep:
        _delete_original(backends, end)


def _store_unless_replaced(backends: Backends, record: ImageRecord, stored: StoredObject) -> ImageRecord:
    """Store under the same key, unless another object took the original's place meanwhile.

    Its own event may have been first: then this output would hide the newer one. Raises ImageRejected.
    """
    original = record.variants[VariantName.ORIGINAL.value]
    completed = _store(backends, record, stored.data, original.key)
    if backends.storage.size(original.bucket, original.key)[1] != stored.etag:
        raise ImageRejected("Another object took this one's place while it was scrubbed.", code=_SUPERSEDED)
    return completed


def _delete_output(backends: Backends, record: ImageRecord) -> None:
    """Delete what an earlier object under the same key may have left."""
    backends.storage.delete(backends.settings.destination_bucket, [record.variants[VariantName.ORIGINAL.value].key])


def _store(backends: Backends, record: ImageRecord, data: bytes, key: str | None) -> ImageRecord:
    """Scrub, prove, store, and return the completed record; the key is the original's, or made for a post."""
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
    """Scrub and prove; a picture that cannot be cleaned is counted."""
    try:
        with telemetry.processing(len(data)) as work:
            stripped = metadata.strip(data)
            work.bytes_out = len(stripped.data)
    except ImageRejected as error:
        telemetry.count("SanitizeRejected", reason=error.code)
        raise
    return stripped


def _summary(findings: Iterable[Finding]) -> Report:
    """Sum the findings up by kind: how many and how many bytes."""
    summary: dict[str, dict[str, int]] = {}
    for finding in findings:
        each = summary.setdefault(finding.kind.value, {"count": 0, "bytes": 0})
        each["count"] += finding.count
        each["bytes"] += finding.size
    return summary


def _delete_original(backends: Backends, record: ImageRecord) -> None:
    """Delete the original from landing; the record goes first, so that it never names an object that is gone."""
    original = record.variants[VariantName.ORIGINAL.value]
    kept = {name: variant for name, variant in record.variants.items() if name != VariantName.ORIGINAL}
    backends.catalog.replace(replace(record, variants=kept))
    backends.storage.delete(original.bucket, [original.key])


def _refuse_options(photo: Photo) -> None:
    if photo.options:
        name = sorted(photo.options)[0]
        raise InvalidRequest(f"There is no option {name!r} here; filename is the only one.", code="unknown_option")
