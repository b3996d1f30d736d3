"""A photo to be processed: at once, later by its S3 event, or sent to S3 by the caller with a ticket."""

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

#: Seconds past a ticket's end in which an upload that began in time may still arrive.
_TICKET_GRACE = 3600
_BY_MEDIA_TYPE = {known.media_type: known for known in ImageFormat} | {
    "image/jpg": ImageFormat.JPEG,
    "image/heif": ImageFormat.HEIC,
}


class Purpose(StrEnum):
    """What becomes of a photo that is sent to S3 with a ticket."""

    #: It goes into uploads/ and is processed by its recipe.
    PROCESS = "process"
    #: It goes into landing and is scrubbed of its metadata.
    SANITIZE = "sanitize"


@dataclass(frozen=True)
class UploadRequest:
    """A photo that the caller will send straight to S3: what it says of itself."""

    owner: str
    filename: str
    media_type: str
    size: int
    purpose: Purpose = Purpose.PROCESS
    options: Mapping[str, object] = field(default_factory=dict)


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Take a photo in and return its record: completed, or pending when it is processed later.

    With an Idempotency-Key the same request is answered with the record of the first one. Raises InvalidRequest or
    ImageRejected in one of its kinds before anything is written, Conflict while the first request is under way.
    """
    recipe = recipes.parse(photo.options)
    image_format = probe(photo.data, backends.settings.limits.input_pixels)
    status = Status.PENDING if photo.asynchronous else Status.PROCESSING
    draft = replace(accept.draft(backends, photo, status), recipe=recipe.options())
    draft, repeated = accept.reserve_idempotency_key(
        backends, photo, draft, status, str(sorted(recipe.options().items()))
    )
    if repeated:
        return draft
    if photo.asynchronous:
        return _keep(backends, photo, draft, image_format)
    return accept.finish_now(backends, draft, lambda record: complete(backends, record, photo.data, recipe))


def create_upload(backends: Backends, announcement: UploadRequest) -> tuple[ImageRecord, PresignedPost]:
    """Issue a ticket: a pending record that expires unused, and the form that uploads exactly this photo."""
    settings = backends.settings
    options = _ticket_recipe(announcement)
    image_format = _announced_format(announcement, settings.limits.object_bytes)
    now = backends.now()
    bucket = settings.images_bucket if announcement.purpose is Purpose.PROCESS else settings.landing_bucket
    draft = ImageRecord(new_id(), announcement.owner, Status.PENDING, timestamp(now), announcement.filename)
    record = replace(
        _with_original(draft, bucket, image_format, announcement.size),
        recipe=options,
        expires_at=int(now.timestamp()) + settings.upload_seconds + _TICKET_GRACE,
    )
    form = backends.storage.upload_form(
        bucket, record.source, announcement.media_type, announcement.size, settings.upload_seconds
    )
    backends.catalog.create(record)
    return record, form


def _keep(backends: Backends, photo: Photo, draft: ImageRecord, image_format: ImageFormat) -> ImageRecord:
    """Keep the original for the S3 event; the record comes first, since the event looks for it."""
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
    """Name the original's key: generated, since a client's file name is data and never a path."""
    key = f"{UPLOADS}{draft.id}/original{image_format.suffix}"
    original = Variant(bucket, key, image_format.name, size)
    return replace(
        draft, source=key, s3_path=f"s3://{bucket}/{key}", size=size, variants={VariantName.ORIGINAL.value: original}
    )


def _ticket_recipe(announcement: UploadRequest) -> dict[str, recipes.Option]:
    """Read the recipe of a photo that will be processed; one that will be scrubbed takes no options."""
    if announcement.purpose is Purpose.PROCESS:
        return recipes.parse(announcement.options).options()
    if announcement.options:
        raise InvalidRequest("Scrubbing takes no options but filename.", code="unknown_option")
    return {}


def _announced_format(announcement: UploadRequest, limit: int) -> ImageFormat:
    if announcement.media_type not in _BY_MEDIA_TYPE:
        known = ", ".join(sorted(_BY_MEDIA_TYPE))
        raise UnsupportedFormat(f"content_type must be one of {known}, not {announcement.media_type[:40]!r}.")
    if announcement.size < 1:
        raise InvalidRequest("size must be the photo's bytes, at least 1.", code="out_of_range", limit=1, actual=0)
    if announcement.size > limit:
        raise ImageTooLarge(
            f"The photo has {announcement.size} bytes; {limit} are allowed.",
            code="object_too_large",
            limit=limit,
            actual=announcement.size,
        )
    return _BY_MEDIA_TYPE[announcement.media_type]
