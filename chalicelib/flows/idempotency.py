"""Idempotency-Key: the same request twice makes one image, without a table of its own.

The id of the record is a hash of owner and key, so that the table's conditional write is the lock. A key is kept for
24 hours; after that the next free generation of the hash is used, and the earlier image stays what it was.
"""

from dataclasses import replace

from chalicelib.backends import Backends
from chalicelib.errors import Conflict, KeyReused
from chalicelib.records import Claim, ImageRecord, Status, derived_id

_KEPT_SECONDS = 24 * 3600
#: Longer than any API call can run (29 s), so that what is still in `processing` by then was abandoned.
_LEASE_SECONDS = 60


def claim(backends: Backends, draft: ImageRecord, key: str, fingerprint: str) -> tuple[ImageRecord, bool]:
    """Claim the key for a draft: the draft under its derived id, or the earlier record and True.

    Raises KeyReused when the key came with another request, Conflict while the first is under way.
    """
    now = int(backends.now().timestamp())
    held = Claim(fingerprint, kept_until=now + _KEPT_SECONDS, lease_until=now + _LEASE_SECONDS)
    generation = 0
    while True:
        claimed = replace(draft, id=derived_id(draft.owner, key, str(generation)), claim=held)
        earlier = _create(backends, claimed)
        if earlier is None:
            return claimed, False
        if earlier.claim is None or earlier.claim.kept_until > now:
            return _answer(backends, earlier, claimed, now)
        generation += 1


def _create(backends: Backends, claimed: ImageRecord) -> ImageRecord | None:
    """Write the claim; return the record that holds it already, or None."""
    try:
        backends.catalog.create(claimed)
    except Conflict:
        earlier = backends.catalog.find(claimed.id)
        if earlier is None:
            raise Conflict("A request with this Idempotency-Key has just failed; try again.") from None
        return earlier
    return None


def _answer(backends: Backends, earlier: ImageRecord, claimed: ImageRecord, now: int) -> tuple[ImageRecord, bool]:
    held = earlier.claim
    if held is None or claimed.claim is None or held.fingerprint != claimed.claim.fingerprint:
        raise KeyReused("This Idempotency-Key was used for another photo or other options.")
    unfinished = earlier.status in (Status.PROCESSING, Status.PENDING) and not earlier.attempt
    if not unfinished:
        return earlier, True
    if held.lease_until > now:
        if earlier.status is Status.PENDING:
            return earlier, True
        raise Conflict("The first request with this Idempotency-Key is still under way.", code="request_in_progress")
    backends.catalog.claim_abandoned(claimed, held)
    return claimed, False
