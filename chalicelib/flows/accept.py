"""A photo comes in over REST: one request makes one image, and all of it is stored or nothing."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.backends import Backends
from chalicelib.flows import idempotency
from chalicelib.flows.variants import delete_orphans
from chalicelib.records import ImageRecord, Status, Variant, new_id, timestamp

#: Makes and stores the variants of a draft and returns its completed record.
Finish = Callable[[ImageRecord], ImageRecord]


@dataclass(frozen=True)
class Photo:
    """A photo as the caller sent it."""

    data: bytes = field(repr=False)
    owner: str
    filename: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    asynchronous: bool = False
    idempotency_key: str | None = None


def draft(backends: Backends, photo: Photo, status: Status) -> ImageRecord:
    """Begin the record of a photo."""
    record = ImageRecord(new_id(), photo.owner, status, timestamp(backends.now()), photo.filename)
    return replace(record, size=len(photo.data))


def reserve_idempotency_key(
    backends: Backends, photo: Photo, record: ImageRecord, *scope: str
) -> tuple[ImageRecord, bool]:
    """Hold the photo's Idempotency-Key for the draft, if it has one: the draft, or the earlier record and True.

    `scope` tells requests with the same photo and name apart. Raises Conflict while the first is under way.
    """
    if not photo.idempotency_key:
        return record, False
    request = "\0".join((photo.filename, *scope, "")).encode()
    fingerprint = hashlib.sha256(request + hashlib.sha256(photo.data).digest()).hexdigest()
    return idempotency.claim(backends, record, photo.idempotency_key, fingerprint)


def finish_now(backends: Backends, record: ImageRecord, finish: Finish) -> ImageRecord:
    """Finish a draft while its caller waits; objects come before the record, and a fault leaves neither."""
    stored: dict[str, Variant] = {}
    try:
        finished = finish(record)
        stored = dict(finished.variants)
        write = backends.catalog.replace if record.claim else backends.catalog.create
        write(finished)
    except Exception:
        if stored or record.claim:
            backends.catalog.delete(record.id)  # first, so that no record names an object that is gone
        delete_orphans(backends, stored)
        raise
    return finished
