"""Idempotency-Key: two equal requests make one image, without a table of keys.

The id of the record is a hash of owner and key, so a conditional write of the record is the lock. A key is valid for
24 hours. After that, the hash contains a higher number and gives a new id. The earlier image does not change.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.backends import Backends
from chalicelib.errors import Conflict, KeyReused, RecordChanged
from chalicelib.flows import objects
from chalicelib.keys import derived_id
from chalicelib.records import Claim, ImageRecord, Status

_KEPT_SECONDS = 24 * 3600


def reserve(
    backends: Backends, draft: ImageRecord, plan: Callable[[ImageRecord], ImageRecord], key: str, fingerprint: str
) -> tuple[ImageRecord, bool]:
    """Reserve the key for a draft.

    Return the written draft with its derived id and False, or the record of an earlier request and True. Raises
    KeyReused if the key belongs to another request, and Conflict while the first request is in progress.
    """
    now = int(backends.now().timestamp())
    claim = Claim(fingerprint, kept_until=now + _KEPT_SECONDS)
    generation = 0
    while True:
        image_id = derived_id(draft.owner, key, str(generation))
        claimed = plan(replace(draft, id=image_id, claim=claim))
        try:
            return backends.catalog.create(claimed), False
        except RecordChanged as error:
            earlier = error.current or backends.catalog.find(image_id)
        if earlier is None:
            raise Conflict("The first request with this Idempotency-Key has just failed. Try again.")
        if earlier.claim is None or earlier.claim.kept_until > now:
            return _use_earlier(backends, earlier, claimed, now)
        generation += 1


def _use_earlier(backends: Backends, earlier: ImageRecord, claimed: ImageRecord, now: int) -> tuple[ImageRecord, bool]:
    """Return the earlier record and True, or overwrite it with the draft if its request was abandoned."""
    if earlier.claim is None or claimed.claim is None or earlier.claim.fingerprint != claimed.claim.fingerprint:
        raise KeyReused("This Idempotency-Key belongs to another photo or other options. Use a new key.")
    if _is_answered(earlier):
        return earlier, True
    in_progress = "The first request with this Idempotency-Key is still in progress. Try again in a moment."
    if (earlier.writes_until or 0) > now:
        raise Conflict(in_progress, code="request_in_progress")
    left = objects.all_versions(backends, earlier)
    try:
        written = backends.catalog.update(replace(claimed, rev=earlier.rev, token=earlier.token, owed=earlier.owed))
    except RecordChanged as error:
        raise Conflict(in_progress, code="request_in_progress") from error
    objects.delete(backends, left)
    return written, False


def _is_answered(earlier: ImageRecord) -> bool:
    """Return whether the earlier request is done: its photo is stored or processed, or its form is made.

    A repetition gets the same record.
    """
    if earlier.status is Status.PENDING and earlier.upload_until is not None:
        return True
    if earlier.status in (Status.PENDING, Status.PROCESSING, Status.FAILED, Status.DELETED):
        return earlier.original is not None and earlier.status is not Status.DELETED
    return True
