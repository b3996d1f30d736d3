"""A photo comes in over REST: processed at once, kept for later, or announced by a ticket for a presigned upload."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.aws.storage import PresignedPost
from chalicelib.backends import Backends
from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedFormat
from chalicelib.flows import idempotency
from chalicelib.flows.variants import complete, take_back
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


@dataclass(frozen=True)
class Photo:
    """A photo as the caller sent it."""

    data: bytes = field(repr=False)
    owner: str
    filename: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    asynchronous: bool = False
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Announcement:
    """A photo that the caller will send straight to S3: what it says of itself."""

    owner: str
    filename: str
    media_type: str
    size: int
    options: Mapping[str, object] = field(default_factory=dict)


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Take a photo in and return its record: completed, or pending when it is processed later.

    With an Idempotency-Key the same request is answered with the record of the first one. Raises InvalidRequest or
    ImageRejected in one of its kinds before anything is written, Conflict while the first request is under way.
    """
    recipe = recipes.parse(photo.options)
    probe(photo.data, backends.settings.limits.input_pixels)
    draft = _draft(backends, photo, recipe)
    if photo.idempotency_key:
        draft, repeated = idempotency.claim(backends, draft, photo.idempotency_key, _fingerprint(photo, recipe))
        if repeated:
            return draft
    return _keep(backends, photo, draft) if photo.asynchronous else _process(backends, photo, draft, recipe)


def announce(backends: Backends, announcement: Announcement) -> tuple[ImageRecord, PresignedPost]:
    """Issue a ticket: a pending record that expires unused, and the form that uploads exactly this photo."""
    settings = backends.settings
    recipe = recipes.parse(announcement.options)
    image_format = _announced_format(announcement, settings.limits.object_bytes)
    now = backends.now()
    draft = ImageRecord(new_id(), announcement.owner, Status.PENDING, timestamp(now), announcement.filename)
    record = replace(
        _with_original(draft, settings.images_bucket, image_format, announcement.size),
        recipe=recipe.options(),
        expires_at=int(now.timestamp()) + settings.upload_seconds + _TICKET_GRACE,
    )
    form = backends.storage.upload_form(
        settings.images_bucket, record.source, announcement.media_type, announcement.size, settings.upload_seconds
    )
    backends.catalog.create(record)
    return record, form


def _draft(backends: Backends, photo: Photo, recipe: recipes.Recipe) -> ImageRecord:
    status = Status.PENDING if photo.asynchronous else Status.PROCESSING
    draft = ImageRecord(new_id(), photo.owner, status, timestamp(backends.now()), photo.filename)
    return replace(draft, recipe=recipe.options(), size=len(photo.data))


def _process(backends: Backends, photo: Photo, draft: ImageRecord, recipe: recipes.Recipe) -> ImageRecord:
    """Process at once; objects come before the record, and a fault leaves neither."""
    stored: dict[str, Variant] = {}
    try:
        record = complete(backends, draft, photo.data, recipe)
        stored = dict(record.variants)
        if draft.claim:
            backends.catalog.replace(record)
        else:
            backends.catalog.create(record)
    except Exception:
        if stored or draft.claim:
            backends.catalog.delete(draft.id)  # first, so that no record names an object that is gone
        take_back(backends, stored)
        raise
    return record


def _keep(backends: Backends, photo: Photo, draft: ImageRecord) -> ImageRecord:
    """Keep the original for the S3 event; the record comes first, since the event looks for it."""
    image_format = probe(photo.data, backends.settings.limits.input_pixels)
    record = _with_original(draft, backends.settings.images_bucket, image_format, len(photo.data))
    write = backends.catalog.replace if draft.claim else backends.catalog.create
    write(record)
    try:
        backends.storage.put(record.variants["original"].bucket, record.source, photo.data, image_format.media_type)
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


def _announced_format(announcement: Announcement, limit: int) -> ImageFormat:
    if announcement.media_type not in _BY_MEDIA_TYPE:
        known = ", ".join(sorted(_BY_MEDIA_TYPE))
        raise UnsupportedFormat(f"content_type must be one of {known}, not {announcement.media_type[:40]!r}.")
    if announcement.size < 1:
        raise InvalidRequest(
            "size must be the photo's bytes, at least 1.", code="out_of_range", actual=announcement.size
        )
    if announcement.size > limit:
        raise ImageTooLarge(
            f"The photo has {announcement.size} bytes; {limit} are allowed.",
            code="object_too_large",
            limit=limit,
            actual=announcement.size,
        )
    return _BY_MEDIA_TYPE[announcement.media_type]


def _fingerprint(photo: Photo, recipe: recipes.Recipe) -> str:
    request = f"{photo.filename}\0{sorted(recipe.options().items())}\0{photo.asynchronous}\0".encode()
    return hashlib.sha256(request + hashlib.sha256(photo.data).digest()).hexdigest()
