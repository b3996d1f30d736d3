"""Accept a photo for processing: now, later by its S3 event, or after the client uploads it to S3 with a form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from chalicelib.aws.storage import PresignedPost
from chalicelib.backends import Backends
from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedFormat
from chalicelib.flows import accept
from chalicelib.flows.accept import Photo
from chalicelib.flows.variants import complete
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.codec import probe
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import UPLOADS, ImageRecord, Status, Variant, VariantName, new_id, timestamp

#: Extra seconds for an upload that began before its form expired.
_GRACE_SECONDS = 3600
_BY_MEDIA_TYPE = {known.media_type: known for known in ImageFormat} | {
    "image/jpg": ImageFormat.JPEG,
    "image/heif": ImageFormat.HEIC,
}


class Purpose(StrEnum):
    """What happens to a photo that the client uploads to S3."""

    #: It is uploaded into the images bucket and processed by its recipe.
    PROCESS = "process"
    #: It is uploaded into the landing bucket, and its metadata is removed.
    SANITIZE = "sanitize"


@dataclass(frozen=True)
class UploadRequest:
    """A photo that the client wants to upload to S3, as the client describes it; `size` in bytes."""

    owner: str
    filename: str
    media_type: str
    size: int
    purpose: Purpose = Purpose.PROCESS
    options: Mapping[str, object] = field(default_factory=dict)


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Accept a posted photo and return its record: completed, or pending if the photo is processed later.

    A repeated Idempotency-Key returns the record of the first request. Raises InvalidRequest or ImageRejected before
    anything is written. Raises KeyReused if the key belongs to another request, and Conflict while the first request
    is in progress.
    """
    recipe = recipes.parse(photo.options)
    image_format = probe(photo.data, backends.settings.limits.input_pixels)
    status = Status.PENDING if photo.asynchronous else Status.PROCESSING
    draft = replace(accept.draft(backends, photo, status), recipe=recipe.options())
    scope = (status, str(sorted(recipe.options().items())))
    draft, repeated = accept.reserve_idempotency_key(backends, photo, draft, *scope)
    if repeated:
        return draft
    if photo.asynchronous:
        return _store_original(backends, photo, draft, image_format)
    return accept.complete_now(backends, draft, lambda record: complete(backends, record, photo.data, recipe))


def create_upload(backends: Backends, request: UploadRequest) -> tuple[ImageRecord, PresignedPost]:
    """Return a pending record, and a presigned form that uploads exactly the described photo.

    The record expires if the form is not used. Raises InvalidRequest, UnsupportedFormat or ImageTooLarge before
    anything is written.
    """
    settings = backends.settings
    options = _read_options(request)
    image_format = _read_format(request, settings.limits.object_bytes)
    now = backends.now()
    bucket = settings.images_bucket if request.purpose is Purpose.PROCESS else settings.landing_bucket
    draft = ImageRecord(new_id(), request.owner, Status.PENDING, timestamp(now), request.filename)
    record = replace(
        _with_original(draft, bucket, image_format, request.size),
        recipe=options,
        expires_at=int(now.timestamp()) + settings.upload_seconds + _GRACE_SECONDS,
    )
    form = backends.storage.upload_form(
        bucket, record.source, request.media_type, request.size, settings.upload_seconds
    )
    backends.catalog.create(record)
    return record, form


def _store_original(backends: Backends, photo: Photo, draft: ImageRecord, image_format: ImageFormat) -> ImageRecord:
    """Store the pending record first, then the original, because the S3 event of the original needs the record."""
    bucket = backends.settings.images_bucket
    record = _with_original(draft, bucket, image_format, len(photo.data))
    write = backends.catalog.replace if draft.claim else backends.catalog.create
    write(record)
    try:
        backends.storage.put(bucket, record.source, photo.data, image_format.media_type)
    except Exception:
        backends.catalog.delete(record.id)
        raise
    return record


def _with_original(draft: ImageRecord, bucket: str, image_format: ImageFormat, size: int) -> ImageRecord:
    """Return the draft with an original under a generated key: a client's file name is never part of a path."""
    key = f"{UPLOADS}{draft.id}/original{image_format.suffix}"
    original = Variant(bucket, key, image_format.name, size)
    return replace(
        draft, source=key, s3_path=f"s3://{bucket}/{key}", size=size, variants={VariantName.ORIGINAL.value: original}
    )


def _read_options(request: UploadRequest) -> dict[str, recipes.Option]:
    """Return the options of the recipe. Raises InvalidRequest, also for any option with purpose=sanitize."""
    if request.purpose is Purpose.PROCESS:
        return recipes.parse(request.options).options()
    if request.options:
        raise InvalidRequest("purpose=sanitize takes no option but filename.", code="unknown_option")
    return {}


def _read_format(request: UploadRequest, limit: int) -> ImageFormat:
    if request.media_type not in _BY_MEDIA_TYPE:
        known = ", ".join(sorted(_BY_MEDIA_TYPE))
        raise UnsupportedFormat(f"content_type must be one of {known}, not {request.media_type[:40]!r}.")
    if request.size < 1:
        detail = "size must be the number of the photo's bytes, at least 1."
        raise InvalidRequest(detail, code="out_of_range", limit=1, actual=0)
    if request.size > limit:
        raise ImageTooLarge(
            f"The photo has {request.size} bytes; {limit} are allowed.",
            code="object_too_large",
            limit=limit,
            actual=request.size,
        )
    return _BY_MEDIA_TYPE[request.media_type]
