"""Remove a photo's metadata: a photo that is posted, or one that was created in the landing bucket.

If a photo cannot be cleaned and proved clean, no output is stored, and the original stays in the landing bucket. The
output of an earlier photo under the same key stays until the image of that photo ends. The record of a clean photo
lists what was removed and kept.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import ImageRejected, InvalidRequest
from chalicelib.flows import accept, key_order, objects, variants
from chalicelib.flows.accept import Photo
from chalicelib.flows.object_created import read_event
from chalicelib.flows.object_options import with_keep
from chalicelib.flows.s3_events import Made, process_object
from chalicelib.imaging import metadata
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.codec import check_pixels
from chalicelib.imaging.formats import sniff
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.keep import Keep, read_keep, write_keep
from chalicelib.imaging.limits import check_size
from chalicelib.imaging.metadata import Finding, Sanitized
from chalicelib.imaging.options import read_flag
from chalicelib.keys import UPLOADS
from chalicelib.records import ImageRecord, Report, Status, Variant, VariantName
from chalicelib.settings import Settings

_SANITIZED = VariantName.SANITIZED.value
#: The planned output of an original that another photo has overwritten.
_OVERWRITTEN = "sanitized, overwritten"


def inspect(photo: Photo, settings: Settings) -> tuple[tuple[Finding, ...], dict[str, Any] | None]:
    """List a photo's metadata, and its values if the option `details` is true, else None. Nothing is stored.

    The values are for the caller alone: no log, record or metric may hold them.

    Raises InvalidRequest or ImageRejected. A photo that cannot be cleaned is rejected as receive() rejects it.
    """
    _refuse_options(photo, "details")
    has_details = read_flag(photo.options, "details", default=False)
    _check_and_strip(photo.data, settings)
    found = metadata.inspect(photo.data)
    if not has_details:
        return found, None
    from chalicelib.imaging.metadata.details import read_details  # imported here: few callers ask for it

    return found, read_details(photo.data, found).document()


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Remove the metadata of a posted photo and return its completed record. Raises the errors of upload.receive()."""
    _refuse_options(photo, "keep")
    keep = read_keep(photo.options)
    suffix = sniff(photo.data).suffix
    draft = replace(accept.draft(backends, photo, Status.PROCESSING), recipe=write_keep(keep))

    def plan(record: ImageRecord) -> ImageRecord:
        key = f"{UPLOADS}{record.id}/original{suffix}"
        return replace(record, writing={_SANITIZED: _planned(backends, key)})

    def store(record: ImageRecord, stripped: Sanitized) -> accept.Made:
        stored = _put(backends, record, record.writing[_SANITIZED], stripped)
        return {_SANITIZED: stored}, _describe(photo.data, stripped, stored)

    reserved, repeated = accept.reserve_idempotency_key(backends, photo, draft, plan, *write_keep(keep).values())
    if repeated:
        return reserved
    return accept.complete_now(backends, reserved, lambda: _strip(photo.data, backends.settings, keep), store)


def handle(backends: Backends, s3_record: Mapping[str, Any], request_id: str) -> None:
    """Remove the metadata of the object of an S3 event's record, and store the result under the same key.

    The object's own metadata may name what to keep. With an unknown word, the photo is rejected, and stays.
    Raises only errors that Lambda should retry.
    """
    event = with_keep(backends, read_event(backends, s3_record, request_id))
    process_object(backends, event, _plan, _make_output, ends_original=not backends.settings.landing_keep)


def _plan(backends: Backends, record: ImageRecord) -> Mapping[str, Variant]:
    """Plan the output under the key of the original, and one under the image's own key, if the first is overwritten."""
    planned = {_SANITIZED: _planned(backends, record.source)}
    if not record.owns_key(record.source):
        planned[_OVERWRITTEN] = _planned(backends, f"{UPLOADS}{record.id}/original")
    return planned


def _planned(backends: Backends, key: str) -> Variant:
    return Variant(backends.settings.destination_bucket, key, format="", size=0)


def _make_output(backends: Backends, record: ImageRecord, data: bytes) -> Made:
    """Store the output under the key of the original, or under the image's own key if the original is overwritten."""
    stripped = _strip(data, backends.settings, read_keep(record.options or record.recipe))
    superseded = record.superseded_at is not None
    if superseded or record.owns_key(record.source):
        stored = _put(backends, record, record.writing[_OVERWRITTEN if superseded else _SANITIZED], stripped)
    else:
        stored, superseded = _publish(backends, record, stripped)
    return Made({_SANITIZED: stored}, _describe(data, stripped, stored), superseded)


def _publish(backends: Backends, record: ImageRecord, stripped: Sanitized) -> tuple[Variant, bool]:
    """Store the output under the shared key. Return it, and whether a newer photo made it go under the image's own key.

    The newer photo's output must stay the current object of the shared key, in whatever order the events come. The
    outputs below are therefore looked at after this one is stored.
    """
    planned = _described(record.writing[_SANITIZED], stripped)
    shared, below = objects.put_shared(backends, record, planned, stripped.data, stripped.format.media_type)
    if not key_order.is_above_newer(backends, record, below):
        return shared, False
    stored = _put(backends, record, record.writing[_OVERWRITTEN], stripped)
    objects.delete(backends, [objects.version_of(shared)])
    return stored, True


def _put(backends: Backends, record: ImageRecord, planned: Variant, stripped: Sanitized) -> Variant:
    described = _described(planned, stripped)
    return objects.put(backends, record, described, stripped.data, stripped.format.media_type)


def _described(planned: Variant, stripped: Sanitized) -> Variant:
    width, height = stripped.size
    return replace(planned, format=stripped.format.name, width=width, height=height)


def _describe(data: bytes, stripped: Sanitized, stored: Variant) -> dict[str, Any]:
    """Return the fields of a completed record that describe the photo and what was removed."""
    return {
        "s3_path": f"s3://{stored.bucket}/{stored.key}",
        "size": stored.size,
        "format": stored.format,
        "source_size": len(data),
        "source_format": stripped.format.name,
        "width": stored.width,
        "height": stored.height,
        "sha256": hashlib.sha256(data).hexdigest(),
        "report": {"removed": _summary(stripped.removed), "kept": _summary(stripped.kept)},
    }


def _strip(data: bytes, settings: Settings, keep: Collection[Keep] = ()) -> Sanitized:
    """Check the pixels, strip the photo, prove the result, and record metrics. Raises ImageRejected."""
    try:
        with telemetry.processing(len(data)) as work:
            stripped = _check_and_strip(data, settings, keep)
            work.bytes_out = len(stripped.data)
    except ImageRejected as error:
        telemetry.count("SanitizeRejected", reason=error.code)
        raise
    return stripped


def _check_and_strip(data: bytes, settings: Settings, keep: Collection[Keep] = ()) -> Sanitized:
    """Check the pixels as for POST /images without options, and strip the photo but for the values to keep."""
    max_pixels = settings.limits.input_pixels
    counted = check_pixels(data, max_pixels, variants.needed_view(recipes.parse({}), settings))
    stripped = _strip_keeping(data, keep) if keep else metadata.strip(data)
    if not counted:
        # Decoders cannot open such a photo (libavif opens no side over 16384 pixels), but a scrub can.
        check_size(Size(*stripped.size), stripped.format, max_pixels)
    return stripped


def _strip_keeping(data: bytes, keep: Collection[Keep]) -> Sanitized:
    from chalicelib.imaging.metadata.credit import strip_keeping  # imported here: few callers keep anything

    return strip_keeping(data, keep)


def _summary(findings: Iterable[Finding]) -> Report:
    """Add up the findings of each kind: their number and their bytes."""
    summary: dict[str, dict[str, int]] = {}
    for finding in findings:
        each = summary.setdefault(finding.kind.value, {"count": 0, "bytes": 0})
        each["count"] += finding.count
        each["bytes"] += finding.size
    return summary


def _refuse_options(photo: Photo, *known: str) -> None:
    if unknown := sorted(photo.options.keys() - set(known)):
        names = ", ".join(("filename", *known))
        raise InvalidRequest(f"This route has no option {unknown[0]!r}. It has: {names}.", code="unknown_option")
