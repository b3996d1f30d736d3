"""The steps for every photo that is posted over REST: draft a record, reserve the Idempotency-Key, store the result.

The record is written with all keys before the first object, so that the reconciliation finds whatever a request leaves
behind. If a step fails, the objects and the record are deleted.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageNotFound
from chalicelib.flows import idempotency, objects, states
from chalicelib.flows.deletion import undo_post
from chalicelib.flows.states import Action
from chalicelib.flows.transition import RETRY_SECONDS, apply, seconds
from chalicelib.keys import new_id
from chalicelib.records import Attempt, ImageRecord, Status, Variant, VariantName, timestamp

#: Longer than an API request can run (29 s). A record that is not finished after that was abandoned.
LEASE_SECONDS = 60
#: Returns the record with the objects that its post will write in `writing`. Their keys contain the record's id.
Plan = Callable[[ImageRecord], ImageRecord]
#: The outputs as stored, and the record's fields that describe the photo.
Made = tuple[Mapping[str, Variant], Mapping[str, Any]]
_Rendered = TypeVar("_Rendered")


@dataclass(frozen=True)
class Photo:
    """A photo as the client sent it."""

    data: bytes = field(repr=False)
    owner: str
    filename: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    asynchronous: bool = False
    idempotency_key: str | None = None


class Purpose(StrEnum):
    """What happens to a photo that the client uploads to S3."""

    #: It is uploaded into the images bucket and processed by its recipe.
    PROCESS = "process"
    #: It is uploaded into the landing bucket, and its metadata is removed.
    SANITIZE = "sanitize"


@dataclass(frozen=True)
class UploadRequest:
    """A photo that the client wants to upload to S3, as the client describes it; `size` in bytes.

    `media_type` is in small letters and without parameters, or "" if the client knows none.
    """

    owner: str
    filename: str
    media_type: str
    size: int
    purpose: Purpose = Purpose.PROCESS
    options: Mapping[str, object] = field(default_factory=dict)
    idempotency_key: str | None = None


def draft(backends: Backends, photo: Photo, status: Status) -> ImageRecord:
    """Return a new record of a photo; nothing is written."""
    now = seconds(backends)
    record = ImageRecord(new_id(), photo.owner, status, timestamp(backends.now()), photo.filename)
    return replace(
        record,
        source_size=len(photo.data),
        attempt=Attempt(secrets.token_hex(8), 1),
        writes_until=now + LEASE_SECONDS,
        due_at=now + RETRY_SECONDS,
    )


def reserve_idempotency_key(
    backends: Backends, photo: Photo, record: ImageRecord, plan: Plan, *scope: str
) -> tuple[ImageRecord, bool]:
    """Plan the objects of the draft, and reserve the photo's Idempotency-Key for it, if it has one.

    Return the draft and False, or the record of an earlier request and True. Two requests are equal if their photo,
    file name and `scope` are equal; a route without options has no scope. Raises KeyReused if the key belongs to
    another request, and Conflict while the first request is in progress.
    """
    if not photo.idempotency_key:
        return plan(record), False
    request = "\0".join((photo.filename, *scope, "")).encode()
    fingerprint = hashlib.sha256(request + hashlib.sha256(photo.data).digest()).hexdigest()
    return idempotency.reserve(backends, record, plan, photo.idempotency_key, fingerprint)


def complete_now(
    backends: Backends,
    record: ImageRecord,
    render: Callable[[], _Rendered],
    store: Callable[[ImageRecord, _Rendered], Made],
) -> ImageRecord:
    """Render the outputs, write the draft if it is not reserved, store the outputs, and return the completed record.

    A photo that cannot be rendered leaves no record. If anything else fails, what was written is deleted again. Raises
    ImageNotFound if the image was deleted meanwhile.
    """
    undo = bool(record.rev)
    try:
        rendered, undo = render(), True
        written = record if record.rev else backends.catalog.create(record)
        outputs, fields = store(written, rendered)
        action, final = apply(backends, written, _completed(backends, record, outputs, fields))
    except Exception:
        if undo:
            undo_post(backends, record)
        raise
    if action is Action.DISCARD:
        objects.delete_or_log(backends, outputs.values())
        raise ImageNotFound(f"The image {record.id!r} has been deleted.")
    return final


def store_original(backends: Backends, record: ImageRecord, data: bytes, media_type: str) -> ImageRecord:
    """Write the draft if it is not reserved, store the original for its S3 event, and return the pending record."""
    planned = record.writing[VariantName.ORIGINAL.value]
    try:
        written = record if record.rev else backends.catalog.create(record)
        original = objects.put(backends, written, planned, data, media_type)
    except Exception:
        undo_post(backends, record)
        raise
    try:
        action, pending = apply(backends, written, states.Stored(original))
    except BackendUnavailable:
        # The photo is stored and its record names the key: the S3 event or the reconciliation finds both.
        return written
    if action is Action.DISCARD:
        objects.delete_or_log(backends, [original])
        raise ImageNotFound(f"The image {record.id!r} has been deleted.")
    return pending


def _completed(
    backends: Backends, record: ImageRecord, outputs: Mapping[str, Variant], fields: Any
) -> states.Completed:
    attempt, now = record.attempt or Attempt("", 0), seconds(backends)
    return states.Completed(attempt, outputs, fields, retry_at=now + RETRY_SECONDS, now=now)
