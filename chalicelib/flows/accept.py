"""The steps for every photo that is posted over REST: draft a record, reserve the Idempotency-Key, store the result.

One request makes one image. If a step fails, its objects and its record are deleted.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.backends import Backends
from chalicelib.flows import idempotency
from chalicelib.flows.variants import delete_orphans
from chalicelib.records import ImageRecord, Status, Variant, new_id, timestamp

#: Makes and stores the variants of a draft, and returns the completed record.
StoreVariants = Callable[[ImageRecord], ImageRecord]


@dataclass(frozen=True)
class Photo:
    """A photo as the client sent it."""

    data: bytes = field(repr=False)
    owner: str
    filename: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    asynchronous: bool = False
    idempotency_key: str | None = None


def draft(backends: Backends, photo: Photo, status: Status) -> ImageRecord:
    """Return a new record of a photo; nothing is written."""
    record = ImageRecord(new_id(), photo.owner, status, timestamp(backends.now()), photo.filename)
    return replace(record, size=len(photo.data))


def reserve_idempotency_key(
    backends: Backends, photo: Photo, record: ImageRecord, *scope: str
) -> tuple[ImageRecord, bool]:
    """Reserve the photo's Idempotency-Key, if it has one, for the draft.

    Return the draft and False, or the record of an earlier request and True. Two requests are equal if their photo,
    file name and `scope` are equal. Raises KeyReused if the key belongs to another request, and Conflict while the
    first request is in progress.
    """
    if not photo.idempotency_key:
        return record, False
    request = "\0".join((photo.filename, *scope, "")).encode()
    fingerprint = hashlib.sha256(request + hashlib.sha256(photo.data).digest()).hexdigest()
    return idempotency.reserve(backends, record, photo.idempotency_key, fingerprint)


def complete_now(backends: Backends, record: ImageRecord, store_variants: StoreVariants) -> ImageRecord:
    """Store the variants of a draft, then its completed record, and return that record.

    If anything fails, the objects and the record are deleted, and the error is raised again.
    """
    stored: dict[str, Variant] = {}
    try:
        completed = store_variants(record)
        stored = dict(completed.variants)
        write = backends.catalog.replace if record.claim else backends.catalog.create
        write(completed)
    except Exception:
        if stored or record.claim:
            # The record goes first, so that it never names an object that is deleted.
            backends.catalog.delete(record.id)
        delete_orphans(backends, stored)
        raise
    return completed
