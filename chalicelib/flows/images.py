"""Read, list and delete images, and presign links to their variants."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.backends import Backends
from chalicelib.errors import Conflict, ImageExpired, ImageNotFound
from chalicelib.flows.deletion import delete_image
from chalicelib.keys import is_id
from chalicelib.records import SYSTEM, ImageRecord, Status, VariantName, shown_owner

#: The variants that `content_link` chooses by default: the first one that an image has.
_MAIN_VARIANTS = (VariantName.PROCESSED.value, VariantName.SANITIZED.value)
#: Bytes of a picture in an answer. Lambda answers with at most 6 MB, and API Gateway takes bytes as base64 text.
MAX_ANSWERED = 4_000_000


@dataclass(frozen=True)
class Page:
    """Which images to list; `before` is the position that the previous page returned."""

    owner: str
    limit: int
    before: str | None = None
    status: Status | None = None
    key: str | None = None


@dataclass(frozen=True)
class ImageView:
    """A record with its current status, its owner as clients see it, and a presigned link to each variant."""

    record: ImageRecord
    status: Status
    owner: str
    links: Mapping[str, str]


def to_view(backends: Backends, record: ImageRecord) -> ImageView:
    """Return the view of a record. Only a completed image has links."""
    status, seconds = record.status_at(backends.now()), backends.settings.link_seconds
    variants = record.variants.items() if status is Status.COMPLETED else ()
    links = {
        name: backends.storage.link(variant.bucket, variant.key, seconds, variant.version_id)
        for name, variant in variants
    }
    return ImageView(record, status, shown_owner(backends.settings.stage, record.owner), links)


def show(backends: Backends, owner: str, image_id: str) -> ImageView:
    """Return one image. Raises ImageNotFound, also for a malformed id and for the image of another owner."""
    return to_view(backends, _find(backends, owner, image_id))


def show_by_key(backends: Backends, owner: str, key: str) -> ImageView:
    """Return the newest image of a key in the images bucket, else of that key in another bucket. Raises ImageNotFound.

    Two buckets may have the same key.
    """
    owners, bucket = _visible_owners(backends, owner), backends.settings.images_bucket
    found = (each for each in backends.catalog.all_from(owners, key) if each.original_bucket == bucket)
    return to_view(backends, next(found, None) or backends.catalog.newest_from(owners, key))


def list_newest(backends: Backends, page: Page) -> tuple[list[ImageView], str | None]:
    """List the images that the owner may see, newest first.

    Return them with the position of the next page, or None on the last page.
    """
    owners = _visible_owners(backends, page.owner)
    records, position = backends.catalog.newest(owners, page.limit, page.before, page.status)
    return [to_view(backends, record) for record in records], position


def content_link(backends: Backends, owner: str, image_id: str, name: str | None) -> str:
    """Return a presigned link to one variant; None chooses the processed or the sanitized one.

    Raises ImageNotFound, ImageExpired, or Conflict while the image is not ready.
    """
    record = _find(backends, owner, image_id)
    status = record.status_at(backends.now())
    if status is Status.EXPIRED:
        raise ImageExpired(f"The image {image_id!r} has expired.")
    if status in (Status.PENDING, Status.PROCESSING):
        raise Conflict(f"The image is still {status}. Try again in a moment.", code="image_not_ready")
    chosen = name or next((each for each in _MAIN_VARIANTS if each in record.variants), _MAIN_VARIANTS[0])
    if status is not Status.COMPLETED or chosen not in record.variants:
        raise ImageNotFound(f"The image is {status} and has no variant {str(chosen)!r}.", code="variant_not_found")
    variant = record.variants[chosen]
    return backends.storage.link(variant.bucket, variant.key, backends.settings.link_seconds, variant.version_id)


def read_picture(backends: Backends, record: ImageRecord) -> bytes | None:
    """Return the bytes of the processed variant, or None if it is not made yet or larger than an answer may be."""
    variant = record.variants.get(VariantName.PROCESSED.value)
    if record.status is not Status.COMPLETED or variant is None or variant.size > MAX_ANSWERED:
        return None
    return backends.storage.get(variant.bucket, variant.key, MAX_ANSWERED, variant.version_id).data


def delete(backends: Backends, owner: str, image_id: str) -> None:
    """Delete an image with all its objects, or finish a deletion that broke off. Raises ImageNotFound."""
    record = backends.catalog.find(image_id) if is_id(image_id) else None
    is_unfinished = record is not None and (record.status is not Status.DELETED or bool(record.removing))
    if record is None or not is_unfinished or not _may_see(backends, owner, record):
        raise _not_found(image_id)
    delete_image(backends, record)


def _find(backends: Backends, owner: str, image_id: str) -> ImageRecord:
    """Return a record. The error is the same for a missing image and for the image of another owner."""
    record = backends.catalog.find(image_id) if is_id(image_id) else None
    if record is None or record.status is Status.DELETED or not _may_see(backends, owner, record):
        raise _not_found(image_id)
    return record


def _may_see(backends: Backends, owner: str, record: ImageRecord) -> bool:
    return record.owner == owner or not backends.settings.owner_isolation


def _not_found(image_id: str) -> ImageNotFound:
    return ImageNotFound(f"There is no image {image_id[:40]!r}.")


def _visible_owners(backends: Backends, owner: str) -> list[str]:
    """Return the owners whose images a caller may list: itself and, without isolation, the owner of S3 uploads."""
    return [owner] if backends.settings.owner_isolation else [owner, SYSTEM]
