"""What is there: read, list and delete images, and lend links to their variants."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.backends import Backends
from chalicelib.errors import Conflict, ImageExpired, ImageNotFound
from chalicelib.records import SYSTEM, ImageRecord, Status, VariantName, is_id

#: The variants that an image is made for.
_MAIN_VARIANTS = (VariantName.PROCESSED, VariantName.SANITIZED)


@dataclass(frozen=True)
class Page:
    """What part of whose list is asked for; `before` is the position that the last page ended at."""

    owner: str
    limit: int
    before: str | None = None
    status: Status | None = None
    key: str | None = None


@dataclass(frozen=True)
class ImageView:
    """A record as it is shown now: its status at this instant, and links to the variants that are there."""

    record: ImageRecord
    status: Status
    links: Mapping[str, str]


def to_view(backends: Backends, record: ImageRecord) -> ImageView:
    """Show a record, with a presigned link to each variant once it is completed."""
    status, seconds = record.status_at(backends.now()), backends.settings.link_seconds
    seen = record.variants.items() if status is Status.COMPLETED else ()
    links = {name: backends.storage.link(each.bucket, each.key, seconds) for name, each in seen}
    return ImageView(record, status, links)


def show(backends: Backends, owner: str, image_id: str) -> ImageView:
    """Show one image; raises ImageNotFound, also for what cannot be an id and for what is another's."""
    return to_view(backends, _find(backends, owner, image_id))


def show_by_key(backends: Backends, owner: str, key: str) -> ImageView:
    """Show the newest image that came from a key of S3; raises ImageNotFound."""
    return to_view(backends, backends.catalog.newest_from(_seen_by(backends, owner), key))


def list_newest(backends: Backends, page: Page) -> tuple[list[ImageView], str | None]:
    """List what the owner may see, newest first, and the position to go on from."""
    owners = _seen_by(backends, page.owner)
    records, position = backends.catalog.newest(owners, page.limit, page.before, page.status)
    return [to_view(backends, record) for record in records], position


def content_link(backends: Backends, owner: str, image_id: str, name: VariantName | None) -> str:
    """Presign one variant, by default the one that the image was made for.

    Raises ImageNotFound, ImageExpired, or Conflict while the image is not ready.
    """
    record = _find(backends, owner, image_id)
    status = record.status_at(backends.now())
    if status is Status.EXPIRED:
        raise ImageExpired(f"The image {image_id!r} has expired.")
    if status in (Status.PENDING, Status.PROCESSING):
        raise Conflict(f"The image is still {status}; try again in a moment.", code="image_not_ready")
    chosen = name or next((each for each in _MAIN_VARIANTS if each.value in record.variants), _MAIN_VARIANTS[0])
    if status is not Status.COMPLETED or chosen.value not in record.variants:
        raise ImageNotFound(f"The image is {status} and has no variant {chosen.value!r}.", code="variant_not_found")
    variant = record.variants[chosen.value]
    return backends.storage.link(variant.bucket, variant.key, backends.settings.link_seconds)


def delete(backends: Backends, owner: str, image_id: str) -> None:
    """Delete every variant, then the record: a crash between leaves a record to delete again, never a lost object."""
    record = _find(backends, owner, image_id)
    for variant in record.variants.values():
        backends.storage.delete(variant.bucket, [variant.key])
    backends.catalog.delete(record.id)


def _find(backends: Backends, owner: str, image_id: str) -> ImageRecord:
    """Read a record; one that is not the owner's is told of in the very words of one that is not there."""
    record = backends.catalog.get(image_id) if is_id(image_id) else None
    if record is None or (backends.settings.owner_isolation and record.owner != owner):
        raise ImageNotFound(f"There is no image {image_id[:40]!r}.")
    return record


def _seen_by(backends: Backends, owner: str) -> list[str]:
    """Name the owners whose images a caller finds in a list; what came through S3 by hand is nobody's who calls."""
    return [owner] if backends.settings.owner_isolation else [owner, SYSTEM]
