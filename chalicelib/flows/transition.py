"""Write what `states.decide` says, on condition that nobody else has changed the record."""

from dataclasses import replace

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import RecordChanged
from chalicelib.flows import endings, objects, states
from chalicelib.flows.states import Action
from chalicelib.records import ImageRecord, Status

#: Seconds after which the reconciliation finishes what a request or a handler has not finished.
RETRY_SECONDS = 900
_DAY = 24 * 3600


def apply(backends: Backends, record: ImageRecord, event: states.Event) -> tuple[Action, ImageRecord]:
    """Write the changes of an event, tell an end, and return what is left to do with the record as stored.

    If another writer was faster, decide again about its record. A record that was deleted gives DISCARD.
    """
    while True:
        decision = states.decide(record, event)
        if not decision.changes:
            return decision.action, record
        try:
            updated = backends.catalog.update(replace(record, **decision.changes))
        except RecordChanged as error:
            if error.current is None:
                return Action.DISCARD, record
            record = error.current
        else:
            count_failure(record, updated)
            return decision.action, endings.tell(backends, updated)


def count_failure(before: ImageRecord, after: ImageRecord) -> None:
    """Count an image that a stored change has ended in `failed`: its photo was accepted, and the service failed."""
    if after.status is Status.FAILED and before.status is not Status.FAILED:
        telemetry.count("ImagesFailed", reason=after.error.code if after.error else "")


def remove(backends: Backends, record: ImageRecord) -> None:
    """Delete the objects in `removing`, then forget them. A repetition is harmless."""
    objects.delete(backends, objects.to_remove(backends, record))
    apply(backends, record, removed(backends, record, writing={}))


def removed(backends: Backends, record: ImageRecord, *, writing: object = None) -> states.Removed:
    """Return the event that the objects to delete of a record are deleted."""
    done = record.writing if writing is None else {}
    return states.Removed(record.removing, done, seconds(backends), superseded_due(backends, record))


def superseded_due(backends: Backends, record: ImageRecord) -> int:
    """Return when a superseded image loses its objects under the shared key; S3 keeps old versions until then."""
    return (record.superseded_at or seconds(backends)) + backends.settings.old_version_days * _DAY


def seconds(backends: Backends) -> int:
    """Return the time in seconds since the epoch."""
    return int(backends.now().timestamp())


def is_gone(action: Action, record: ImageRecord) -> bool:
    """Return whether the image was deleted or has expired, so that nothing may be written for it any more."""
    return action is Action.DISCARD or record.status in (Status.DELETED, Status.EXPIRED)
