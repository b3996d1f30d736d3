"""End what nobody ends: photos in progress past their time, unused uploads, and deletions that broke off.

It also sends the messages of images that have ended, if the process that ended them has not.

The index `by-due` holds only records that something must still end. A run is bounded, and the next run continues.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, RecordChanged
from chalicelib.flows import endings, objects, states
from chalicelib.flows.deletion import delete_image
from chalicelib.flows.transition import RETRY_SECONDS, apply, count_failure, removed, seconds
from chalicelib.records import ImageRecord, Status, Variant, VariantName

#: Records that one query finds.
_PAGE = 100
#: The run stops when fewer milliseconds than these are left before Lambda ends it.
_STOP_MS = 10_000


@dataclass
class Outcome:
    """The result of a run: counts of records."""

    #: Records that were due.
    due: int = 0
    #: Images that ended in `failed`.
    failed: int = 0
    #: Uploads that nobody used.
    unused: int = 0
    #: Images that expired because another photo had overwritten theirs.
    overwritten: int = 0
    #: Images whose deletion was finished.
    deleted: int = 0
    #: Records whose left-over objects were deleted.
    cleared: int = 0
    #: Records whose messages were sent that somebody else had left owed.
    told: int = 0
    #: Records that still owe a message. After the first one the run leaves SNS alone, and ends what else is due.
    untold: int = 0
    #: Records that could not be ended; a later run tries again.
    errors: int = 0
    #: False if the run stopped early. The next run continues.
    finished: bool = True


def handle(backends: Backends, remaining: Callable[[], int]) -> Outcome:
    """End the records that are due, the earliest first. `remaining` returns the milliseconds until Lambda ends the run.

    An error of one record does not stop the others. Raises BackendUnavailable at the end if no record could be ended.
    """
    outcome, seen = Outcome(), set[str]()
    while ids := [each for each in backends.catalog.due(seconds(backends), _PAGE + len(seen)) if each not in seen]:
        for image_id in ids:
            if remaining() < _STOP_MS:
                outcome.finished = False
                return _report(outcome)
            seen.add(image_id)
            _end_or_log(backends, image_id, outcome)
    return _report(outcome)


def _end_or_log(backends: Backends, image_id: str, outcome: Outcome) -> None:
    outcome.due += 1
    try:
        _end(backends, image_id, outcome)
    except Exception:
        # Whatever it is, one bad record must not keep the others from their end.
        outcome.errors += 1
        telemetry.log.exception("a record is not reconciled yet", extra={"id": image_id})


def _end(backends: Backends, image_id: str, outcome: Outcome) -> None:
    """Tell what a record owes. If it is due itself, finish its deletion, or end it."""
    record = backends.catalog.find(image_id)
    if record is None:
        return
    is_due = record.due_at is not None and record.due_at <= seconds(backends)
    if is_due and record.status is Status.DELETED:
        _finish_deletion(backends, record, outcome)
        return
    record = _tell(backends, record, outcome)
    if is_due:
        _end_due(backends, record, outcome)


def _finish_deletion(backends: Backends, record: ImageRecord, outcome: Outcome) -> None:
    if delete_image(backends, record):
        outcome.deleted += 1
    else:
        _count_untold(outcome)


def _tell(backends: Backends, record: ImageRecord, outcome: Outcome) -> ImageRecord:
    """Send and mark what a record owes, unless SNS has failed in this run, and return the record."""
    if not record.owed:
        return record
    told = record if outcome.untold else endings.tell(backends, record)
    if told.owed:
        _count_untold(outcome)
    else:
        outcome.told += 1
    return told


def _count_untold(outcome: Outcome) -> None:
    outcome.untold += 1
    outcome.errors += 1


def _end_due(backends: Backends, record: ImageRecord, outcome: Outcome) -> None:
    """List the left-over objects of a record, claim it by a write, then delete the objects and forget them."""
    now = seconds(backends)
    event = states.Due(now, now + RETRY_SECONDS, _stored(backends, record))
    ended = replace(record, **states.decide(record, event).changes)
    found = [*_left_over(backends, record), *objects.to_remove(backends, ended)]
    try:
        claimed = backends.catalog.update(ended)
    except RecordChanged:
        # Somebody works on the record. If it is still due, the next run sees it again.
        return
    _count(outcome, record, claimed)
    count_failure(record, claimed)
    if claimed.owed and not outcome.untold:
        claimed = endings.tell(backends, claimed)
    objects.delete(backends, found)
    apply(backends, claimed, removed(backends, claimed))


def _left_over(backends: Backends, record: ImageRecord) -> list[objects.ObjectVersion]:
    """List the objects that attempts of an unfinished image have written, but not its named outputs."""
    if record.status is Status.PENDING:
        return []
    return objects.left_behind(backends, replace(record, variants={}))


def _stored(backends: Backends, record: ImageRecord) -> Variant | None:
    """Return the object under the key of a pending original, or None if there is none."""
    original = record.original or record.writing.get(VariantName.ORIGINAL.value)
    if record.status is not Status.PENDING or original is None:
        return None
    for version in backends.storage.versions_of(original.bucket, original.key):
        if version.etag:
            return replace(original, size=version.size, etag=version.etag, version_id=version.version_id)
    return None


def _count(outcome: Outcome, before: ImageRecord, after: ImageRecord) -> None:
    if after.status is before.status:
        outcome.cleared += 1
    elif after.status is Status.FAILED:
        outcome.failed += 1
    elif before.status is Status.PENDING:
        outcome.unused += 1
    else:
        outcome.overwritten += 1


def _report(outcome: Outcome) -> Outcome:
    """Write the outcome as one log line and as metrics."""
    log = telemetry.log.warning if outcome.errors or outcome.failed else telemetry.log.info
    log("reconciliation", extra=asdict(outcome))
    telemetry.measure(
        ReconcileDue=outcome.due,
        ReconcileFailed=outcome.failed,
        ReconcileErrors=outcome.errors,
        ReconcileUnfinished=int(not outcome.finished),
    )
    if outcome.errors and outcome.errors == outcome.due:
        raise BackendUnavailable("No record could be reconciled. Try again in a moment.")
    return outcome
