"""Accept a photo for processing: now, later by its S3 event, or after the client uploads it to S3 with a form."""

import hashlib
from dataclasses import replace
from functools import partial

from chalicelib.aws.storage import PresignedPost
from chalicelib.backends import Backends
from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedFormat
from chalicelib.flows import accept, animations, idempotency, variants
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.flows.brought import read_brought
from chalicelib.flows.transition import seconds
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.codec import probe
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.keep import read_keep, write_keep
from chalicelib.imaging.options import Option
from chalicelib.imaging.recipe import Recipe
from chalicelib.keys import UPLOADS, new_id
from chalicelib.records import ImageRecord, Status, Variant, VariantName, timestamp
from chalicelib.settings import Settings

#: Extra seconds for an upload that began before its form expired.
_GRACE_SECONDS = 3600
#: What browsers say of a file that they do not know, such as a HEIC on most systems.
UNKNOWN_TYPE = "application/octet-stream"
_BY_MEDIA_TYPE = {known.media_type: known for known in ImageFormat} | {
    "image/jpg": ImageFormat.JPEG,
    "image/pjpeg": ImageFormat.JPEG,
    "image/x-png": ImageFormat.PNG,
    "image/apng": ImageFormat.PNG,
    "image/x-ms-bmp": ImageFormat.BMP,
    "image/heif": ImageFormat.HEIC,
    "image/heic-sequence": ImageFormat.HEIC,
    "image/heif-sequence": ImageFormat.HEIC,
}
#: The content types of POST /uploads.
UPLOAD_TYPES = (*_BY_MEDIA_TYPE, UNKNOWN_TYPE)


def receive(backends: Backends, photo: Photo) -> ImageRecord:
    """Accept a posted photo and return its record: completed, or pending if the photo is processed later.

    A repeated Idempotency-Key returns the record of the first request. Raises InvalidRequest or ImageRejected before
    anything is written. Raises KeyReused if the key belongs to another request, and Conflict while the first request
    is in progress.
    """
    recipe = variants.read_recipe(photo.options, backends.settings)
    image_format = _probe(backends, photo, recipe)
    brought = read_brought(backends, recipe)
    if photo.asynchronous:
        return _accept_for_later(backends, photo, recipe, image_format)
    draft = replace(accept.draft(backends, photo, Status.PROCESSING), recipe=recipe.options())

    def plan(record: ImageRecord) -> ImageRecord:
        return replace(record, writing=variants.plan(backends.settings, record.id, recipe))

    def store(record: ImageRecord, rendered: variants.Rendered) -> accept.Made:
        stored = variants.store(backends, record, rendered)
        return stored, variants.describe(photo.data, recipe, rendered, stored)

    reserved, repeated = accept.reserve_idempotency_key(backends, photo, draft, plan, *_scope(draft))
    render = partial(variants.render_variants, photo.data, recipe, backends.settings, brought, probed=True)
    return reserved if repeated else accept.complete_now(backends, reserved, render, store)


def _probe(backends: Backends, photo: Photo, recipe: recipes.Recipe) -> ImageFormat:
    needed = variants.needed_view(recipe, backends.settings)
    image_format = probe(photo.data, backends.settings.limits.input_pixels, needed)
    animations.check(photo.data, image_format, recipe, backends.settings.limits)
    return image_format


def create_upload(backends: Backends, request: UploadRequest) -> tuple[ImageRecord, PresignedPost]:
    """Return a pending record, and a presigned form that uploads exactly the described photo.

    The record expires if the form is not used. A repeated Idempotency-Key returns the record of the first request with
    a new form. Raises InvalidRequest, UnsupportedFormat or ImageTooLarge before anything is written, and KeyReused if
    the key belongs to another request.
    """
    settings = backends.settings
    plan = _plan_upload(backends, request)
    draft = ImageRecord(new_id(), request.owner, Status.PENDING, timestamp(backends.now()), request.filename)

    def form(record: ImageRecord) -> PresignedPost:
        media_type = request.media_type or UNKNOWN_TYPE
        bucket = _bucket_of(settings, request)
        return backends.storage.upload_form(bucket, record.source, media_type, request.size, settings.upload_seconds)

    if request.idempotency_key:
        record, _ = idempotency.reserve(backends, draft, plan, request.idempotency_key, _fingerprint(request))
        return record, form(record)
    planned = plan(draft)
    signed = form(planned)
    return backends.catalog.create(planned), signed


def _plan_upload(backends: Backends, request: UploadRequest) -> accept.Plan:
    """Check the description; return the function that plans the original of an upload."""
    settings = backends.settings
    options = _read_options(backends, request)
    image_format = _read_format(request, settings.limits.object_bytes)
    until = seconds(backends) + settings.upload_seconds + _GRACE_SECONDS

    def plan(record: ImageRecord) -> ImageRecord:
        planned = _with_original(record, _bucket_of(settings, request), image_format, request.size)
        return replace(planned, recipe=options, upload_until=until, writes_until=until, due_at=until)

    return plan


def _bucket_of(settings: Settings, request: UploadRequest) -> str:
    return settings.images_bucket if request.purpose is Purpose.PROCESS else settings.landing_bucket


def _fingerprint(request: UploadRequest) -> str:
    """Return a hash of what two requests with one Idempotency-Key must have in common."""
    parts = (request.purpose, request.filename, request.media_type, request.size, sorted(request.options.items()))
    return hashlib.sha256(repr(("upload", *parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _accept_for_later(backends: Backends, photo: Photo, recipe: Recipe, image_format: ImageFormat) -> ImageRecord:
    """Write the pending record, then store the original; the S3 event of the original needs the record."""
    bucket = backends.settings.images_bucket
    draft = replace(accept.draft(backends, photo, Status.PENDING), recipe=recipe.options())

    def plan(record: ImageRecord) -> ImageRecord:
        return _with_original(record, bucket, image_format, len(photo.data))

    reserved, repeated = accept.reserve_idempotency_key(backends, photo, draft, plan, *_scope(draft))
    if repeated:
        return reserved
    return accept.store_original(backends, reserved, photo.data, image_format.media_type)


def _scope(draft: ImageRecord) -> tuple[str, str]:
    """Return what two requests with one Idempotency-Key must have in common, besides photo and file name."""
    return draft.status, str(sorted(draft.recipe.items()))


def _with_original(draft: ImageRecord, bucket: str, image_format: ImageFormat | None, size: int) -> ImageRecord:
    """Return the draft with an original under a generated key: a client's file name is never part of a path."""
    suffix, name = (image_format.suffix, image_format.name) if image_format else ("", "")
    key = f"{UPLOADS}{draft.id}/original{suffix}"
    original = Variant(bucket, key, name, size)
    return replace(
        draft,
        source=key,
        s3_path=f"s3://{bucket}/{key}",
        size=size,
        format=name,
        source_size=size,
        source_format=name,
        writing={VariantName.ORIGINAL.value: original},
    )


def _read_options(backends: Backends, request: UploadRequest) -> dict[str, Option]:
    """Return the options of the recipe. Raises InvalidRequest, also for any but `keep` with purpose=sanitize."""
    if request.purpose is Purpose.PROCESS:
        recipe = variants.read_recipe(request.options, backends.settings)
        read_brought(backends, recipe)
        return recipe.options()
    if unknown := sorted(request.options.keys() - {"keep"}):
        message = f"purpose=sanitize has no option {unknown[0]!r}. It has: filename, keep."
        raise InvalidRequest(message, code="unknown_option")
    return {**write_keep(read_keep(request.options))}


def _read_format(request: UploadRequest, limit: int) -> ImageFormat | None:
    """Return the format that the client names, or None. The bytes decide, when they have arrived."""
    if request.media_type and request.media_type not in UPLOAD_TYPES:
        known = ", ".join(sorted(UPLOAD_TYPES))
        detail = f"content_type must be one of {known}, or missing, not {request.media_type[:40]!r}."
        raise UnsupportedFormat(detail)
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
    return _BY_MEDIA_TYPE.get(request.media_type)
