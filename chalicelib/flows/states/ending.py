"""What follows when an attempt, a deletion, the clean-up or the time ends something."""

from dataclasses import replace
from typing import Any

from chalicelib.flows.states.changes import MAIN, ORIGINAL, failed_changes, is_shared, label, removing_with, source_of
from chalicelib.flows.states.events import (
    Action,
    Completed,
    Decision,
    Deleted,
    Due,
    Failed,
    ObjectsDeleted,
    Rejected,
    Removed,
    Stored,
    Superseded,
)
from chalicelib.records import Attempt, Fault, ImageRecord, Status, Variant

#: Seconds that the record of an unused upload is kept. An event stays in the dead-letter queue for the same time.
_UNUSED_SECONDS = 14 * 24 * 3600


def stored(event: Stored, record: ImageRecord) -> Decision:
    """An asynchronous post names its original, unless the event of the original was faster."""
    if record.status in (Status.DELETED, Status.EXPIRED):
        return Decision(Action.DISCARD)
    if record.status is not Status.PENDING or record.original:
        return Decision(Action.NOTHING)
    changes = {"variants": {ORIGINAL: event.original}, "writing": {}, "writes_until": None}
    return Decision(Action.WRITE, changes)


def completed(event: Completed, record: ImageRecord) -> Decision:
    """The image names its outputs, if the attempt is still the current one."""
    if all(record.variants.get(name) == variant for name, variant in event.outputs.items()):
        return Decision(Action.NOTHING)
    if not _is_current(record, event.attempt):
        return Decision(Action.DISCARD)
    variants, removing, original = dict(event.outputs), dict(record.removing), record.original
    if original and event.ends_original:
        removing = dict(removing_with(record, original))
    elif original:
        described = {name: event.fields[name] for name in ("width", "height")}
        variants[ORIGINAL] = replace(original, format=event.fields["source_format"], **described)
    superseded_at = record.superseded_at or (event.now if event.superseded else None)
    due = event.retry_at if removing else event.superseded_due if superseded_at else None
    ended: dict[str, Any] = {"writing": {}, "writes_until": None, "error": None, "upload_until": None}
    changes = {"status": Status.COMPLETED, "variants": variants, "removing": removing, "due_at": due}
    return Decision(Action.WRITE, {**event.fields, **changes, **ended, "superseded_at": superseded_at})


def rejected(event: Rejected, record: ImageRecord) -> Decision:
    """The image is rejected, if the attempt is still the current one."""
    if not _is_current(record, event.attempt):
        return Decision(Action.NOTHING)
    changes: dict[str, Any] = {"status": Status.REJECTED, "error": event.fault, "writes_until": None}
    if event.missing:
        # The image stands for no object now, so that another object under the key is processed.
        changes |= {"variants": {}, "source_object": None}
    return Decision(Action.WRITE, changes | {"writing": {}, "due_at": record.due_at if record.removing else None})


def failed(event: Failed, record: ImageRecord) -> Decision:
    """The image has failed, if the attempt is still the current one."""
    if not _is_current(record, event.attempt):
        return Decision(Action.NOTHING)
    return Decision(Action.WRITE, failed_changes(record, event.fault, event.now))


def superseded(event: Superseded, record: ImageRecord) -> Decision:
    """An image whose object was overwritten ends when S3 deletes the overwritten versions."""
    known = source_of(record)
    if record.status is Status.DELETED or record.superseded_at is not None or not record.variants:
        return Decision(Action.NOTHING)
    if known and not known.is_older_than(event.source):
        return Decision(Action.NOTHING)
    if known and event.version_id not in ("", known.version_id):
        return Decision(Action.NOTHING)
    # An image in progress is due earlier; it gets this time when it is completed.
    return Decision(Action.WRITE, {"superseded_at": event.now, "due_at": record.due_at or event.due_at})


def deleted(event: Deleted, record: ImageRecord) -> Decision:
    """The record becomes a tombstone that names every object to delete."""
    if record.status is Status.DELETED:
        return Decision(Action.WRITE, {"due_at": event.retry_at})
    removing = dict(record.removing)
    for name, variant in (*record.variants.items(), *((ORIGINAL, each) for each in event.originals)):
        removing[label(name, variant, removing)] = variant
    due_at = max(event.retry_at, record.writes_until or 0)
    changes = {"status": Status.DELETED, "variants": {}, "removing": removing, "due_at": due_at, "delete_after": None}
    return Decision(Action.WRITE, changes | {"source_object": source_of(record)})


def objects_deleted(event: ObjectsDeleted, record: ImageRecord) -> Decision:
    """The image loses the deleted objects. It expires if no main variant is left."""
    left = {name: variant for name, variant in record.variants.items() if not _is_deleted(event, variant)}
    lost = len(left) < len(record.variants)
    if record.status is Status.PROCESSING or (record.status is Status.PENDING and record.upload_until is None):
        # The last write would name an object that is gone; its process deletes what it made when it sees `expired`.
        keys = {key for key, _ in event.versions}
        lost = any(each.bucket == event.bucket and each.key in keys for each in record.writing.values()) or lost
        changes: dict[str, Any] = {"status": Status.EXPIRED, "variants": left, "source_object": source_of(record)}
        return Decision(Action.WRITE, changes) if lost else Decision(Action.NOTHING)
    if not lost:
        return Decision(Action.NOTHING)
    changes = {"variants": left, "source_object": source_of(record)}
    if record.status is Status.COMPLETED and not any(name in left for name in MAIN):
        changes["status"] = Status.EXPIRED
    return Decision(Action.WRITE, changes)


def due(event: Due, record: ImageRecord) -> Decision:
    """What is in progress past its time ends; what waits to be deleted is claimed."""
    if record.due_at is None or record.due_at > event.now:
        return Decision(Action.NOTHING)
    if record.status is Status.PENDING:
        return Decision(Action.WRITE, _end_pending(event, record))
    if record.status is Status.PROCESSING:
        detail = "Processing was not finished in time. Nothing will finish it; send the photo again."
        return Decision(Action.WRITE, failed_changes(record, Fault("abandoned", detail), event.retry_at))
    changes: dict[str, Any] = {"due_at": event.retry_at}
    # With objects to delete, the record was due for these. `removed` then sets the time for the shared keys.
    is_clear = not record.removing and not record.writing
    if record.superseded_at is not None and is_clear and record.status is not Status.DELETED:
        changes |= _lose_shared(record)
    return Decision(Action.WRITE, changes)


def _end_pending(event: Due, record: ImageRecord) -> dict[str, Any]:
    """End an upload that did not come, or an image whose event did not come or failed."""
    changes: dict[str, Any] = {"upload_until": None, "writes_until": None, "writing": {}, "due_at": None}
    if event.stored is not None:
        fault = Fault("event_failed", "The photo is stored, but its event did not come or could not be handled.")
        return changes | {"status": Status.FAILED, "error": fault, "variants": {ORIGINAL: event.stored}}
    if record.upload_until is not None:
        return changes | {"status": Status.EXPIRED, "delete_after": event.now + _UNUSED_SECONDS}
    fault = Fault("abandoned", "The photo was not stored. Send it again.")
    return changes | {"status": Status.FAILED, "error": fault, "variants": {}}


def _lose_shared(record: ImageRecord) -> dict[str, Any]:
    """Move the variants under keys that now belong to another image to `removing`.

    The output of a landing photo goes too, also if it is under the image's own key: its photo was replaced.
    """
    shared = {name: each for name, each in record.variants.items() if is_shared(record, name, each)}
    left = {name: each for name, each in record.variants.items() if name not in shared}
    expired = record.status is Status.COMPLETED and not any(name in left for name in MAIN)
    return {"variants": left, "removing": shared} | ({"status": Status.EXPIRED} if expired else {})


def removed(event: Removed, record: ImageRecord) -> Decision:
    """Forget the objects that are deleted. What was added meanwhile stays, and is due at once."""
    removing = {name: each for name, each in record.removing.items() if event.removing.get(name) != each}
    changes: dict[str, Any] = {"removing": removing}
    busy = (record.writes_until or 0) > event.now
    if record.status is Status.DELETED:
        return Decision(Action.WRITE, changes | {"due_at": record.writes_until if busy else event.now})
    if record.status in (Status.PENDING, Status.PROCESSING):
        return Decision(Action.WRITE, changes) if removing != record.removing else Decision(Action.NOTHING)
    if not (record.removing or record.writing or record.due_at):
        return Decision(Action.NOTHING)
    if record.writing == event.writing:
        changes |= {"writing": {}, "writes_until": None}
    shared = any(is_shared(record, name, each) for name, each in record.variants.items())
    due = event.superseded_due if record.superseded_at is not None and shared else None
    unfinished = removing or record.writing != event.writing
    return Decision(Action.WRITE, changes | {"due_at": event.now if unfinished else due})


def _is_current(record: ImageRecord, attempt: Attempt) -> bool:
    return record.status is Status.PROCESSING and record.attempt == attempt


def _is_deleted(event: ObjectsDeleted, variant: Variant) -> bool:
    if variant.bucket != event.bucket:
        return False
    if variant.version_id:
        return (variant.key, variant.version_id) in event.versions
    return variant.key in event.keys
