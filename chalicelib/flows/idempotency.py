"""Idempotency-Key: two equal requests make one image, without a table of keys.

The id of the record is a hash of owner and key, so a conditional write of the record is the lock. A key is valid for
24 hours. After that, the hash contains a higher number and gives a new id. The earlier image does not change.
"""

from dataclasses import replace

from chalicelib.backends import Backends
from chalicelib.errors import Conflict, KeyReused
from chalicelib.records import Claim, ImageRecord, Status, derived_id

_KEPT_SECONDS = 24 * 3600
#: Longer than an API request can run (29 s): a record that is still `processing` after that was abandoned.
_LEASE_SECONDS = 60


def reserve(backends: Backends, draft: ImageRecord, key: str, fingerprint: str) -> tuple[ImageRecord, bool]:
    """Reserve the key for a draft.

    Return the draft with its derived id and False, or the record of an earlier request and True. Raises KeyReused if
    the key belongs to another request, and Conflict while the first request is in progress.
    """
    now = int(backends.now().timestamp())
    claim = Claim(fingerprint, kept_until=now + _KEPT_SECONDS, lease_until=now + _LEASE_SECONDS)
    generation = 0
    while True:
        claimed = replace(draft, id=derived_id(draft.owner, key, str(generation)), claim=claim)
        earlier = _create(backends, claimed)
        if earlier is None:
            return claimed, False
        if earlier.claim is None or earlier.claim.kept_until > now:
            return _use_earlier(backends, earlier, claimed, now)
        generation += 1


def _create(backends: Backends, claimed: ImageRecord) -> ImageRecord | None:
    """Write the draft. Return the record that already has this id, or None if the draft was written."""
    try:
        backends.catalog.create(claimed)
    except Conflict:
        earlier = backends.catalog.find(claimed.id)
        if earlier is None:
            raise Conflict("The first request with this Idempotency-Key has just failed. Try again.") from None
        return earlier
    return None


def _use_earlier(backends: Backends, earlier: ImageRecord, claimed: ImageRecord, now: int) -> tuple[ImageRecord, bool]:
    """Return the earlier record and True, or overwrite it with the draft if its request was abandoned."""
    claim = earlier.claim
    if claim is None or claimed.claim is None or claim.fingerprint != claimed.claim.fingerprint:
        raise KeyReused("This Idempotency-Key belongs to another photo or other options. Use a new key.")
    unfinished = earlier.status in (Status.PROCESSING, Status.PENDING) and not earlier.attempt
    if not unfinished:
        return earlier, True
    if claim.lease_until > now:
        if earlier.status is Status.PENDING:
            return earlier, True
        detail = "The first request with this Idempotency-Key is still in progress. Try again in a moment."
        raise Conflict(detail, code="request_in_progress")
    backends.catalog.claim_abandoned(claimed, claim)
    return claimed, False
