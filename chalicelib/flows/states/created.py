"""What follows when S3 has created an object: a photo begins, comes again, or comes after its image has ended."""

from dataclasses import replace
from typing import Any

from chalicelib.errors import ObjectArchived
from chalicelib.flows.states.changes import ORIGINAL, failed_changes, removing_with, source_of
from chalicelib.flows.states.events import Action, Created, Decision
from chalicelib.records import Attempt, Fault, ImageRecord, SourceObject, Status


def created(event: Created, record: ImageRecord) -> Decision:
    """Start an attempt, unless the photo is finished, is older than the image's, or is being processed."""
    known = source_of(record)
    if record.status is Status.DELETED:
        return _created_after_deletion(event, record, known)
    same_photo = known is not None and known.etag == event.source.etag
    if known and not same_photo and (event.is_older or not known.is_older_than(event.source)):
        return Decision(Action.DISCARD)
    if known and same_photo and not event.repair and record.status in (Status.COMPLETED, Status.REJECTED):
        return _created_again(event, record, known)
    if known and same_photo and record.status is Status.EXPIRED and known.version_id == event.source.version_id:
        return Decision(Action.NOTHING)
    if record.attempt and record.attempt.request_id == event.request_id:
        if record.attempt.number >= event.max_attempts and record.status in (Status.PROCESSING, Status.FAILED):
            return _give_up(event, record)
    elif known and same_photo and record.status is Status.PROCESSING and (record.writes_until or 0) > event.now:
        return _created_meanwhile(event, record, known)
    return _begin(event, record, known)


def _created_after_deletion(event: Created, record: ImageRecord, known: SourceObject | None) -> Decision:
    """Discard the object of a deleted image, but keep one that a person has put after it, for an image of its own."""
    is_persons = known is not None and not record.owns_key(event.original.key)
    if is_persons and known and known.version_id != event.source.version_id and known.is_older_than(event.source):
        return Decision(Action.WAIT)
    return Decision(Action.DISCARD)


def _created_again(event: Created, record: ImageRecord, known: SourceObject) -> Decision:
    """Handle another event for the photo of a finished image: a repeated event, or the same bytes put again."""
    if known.version_id == event.source.version_id:
        return Decision(Action.NOTHING)
    later = _is_later(event, record, known)
    if later and (record.superseded_at is not None or _was_archived(record) or event.options != record.options):
        return _begin(event, record, known)
    if event.ends_original and record.status is Status.COMPLETED:
        changes: dict[str, Any] = {"removing": removing_with(record, event.original), "due_at": event.now}
        return Decision(Action.WRITE, changes | ({"source_object": event.source} if later else {}))
    return _take_version(event, record) if later else _drop_version(event, record)


def _was_archived(record: ImageRecord) -> bool:
    """Return whether S3 did not return the bytes. They may be fine in a later version, in another storage class."""
    return record.error is not None and record.error.code == ObjectArchived.code


def _created_meanwhile(event: Created, record: ImageRecord, known: SourceObject) -> Decision:
    """Handle an event for the photo that another attempt is processing."""
    later = _is_later(event, record, known)
    # The attempt compares its own version with the other photos, so it may not know that its photo is the newest again.
    if known.version_id == event.source.version_id:
        return Decision(Action.WAIT)
    if later and (event.has_other_photos or event.options != record.options):
        return Decision(Action.WAIT)
    return _take_version(event, record) if later else _drop_version(event, record)


def _is_later(event: Created, record: ImageRecord, known: SourceObject) -> bool:
    """Return whether the event's version of the same bytes is later than the known one.

    The version that an asynchronous post has stored has no sequencer. The post has deleted every earlier one.
    """
    if known.version_id and not known.sequencer and record.owns_key(event.original.key):
        return False
    return known.is_older_than(event.source)


def _take_version(event: Created, record: ImageRecord) -> Decision:
    """Let the record name the later version of the same bytes."""
    previous = record.original
    original = replace(previous, version_id=event.original.version_id) if previous else event.original
    changes: dict[str, Any] = {
        "variants": {**record.variants, ORIGINAL: original},
        "source_object": event.source,
    }
    return Decision(Action.WRITE, changes | _drop_previous(event, record))


def _drop_version(event: Created, record: ImageRecord) -> Decision:
    """Delete an earlier version of the same bytes, unless it belongs to whoever put the object."""
    if not _ends_earlier(event, record):
        return Decision(Action.NOTHING)
    return Decision(Action.WRITE, {"removing": removing_with(record, event.original), "due_at": event.now})


def _drop_previous(event: Created, record: ImageRecord) -> dict[str, Any]:
    """Return the changes that delete the previous version of an original."""
    previous = record.original
    if previous is None or not previous.version_id or not _ends_earlier(event, record):
        return {}
    if previous.version_id == event.original.version_id:
        return {}
    return {"removing": removing_with(record, previous), "due_at": record.due_at or event.now}


def _ends_earlier(event: Created, record: ImageRecord) -> bool:
    """Return whether an earlier version of the original is deleted. Under a shared key it has the same bytes."""
    return record.owns_key(event.original.key) or (event.ends_original and record.status is not Status.REJECTED)


def _begin(event: Created, record: ImageRecord, known: SourceObject | None) -> Decision:
    """Start an attempt. The record names all keys before the first object is written."""
    number = 1
    if record.attempt and record.attempt.request_id == event.request_id:
        number = record.attempt.number + 1
    changes: dict[str, Any] = {
        "status": Status.PROCESSING,
        "size": event.original.size,
        "format": event.original.format,
        "source_size": event.original.size,
        "source_format": "",
        "s3_path": f"s3://{event.original.bucket}/{event.original.key}",
        "attempt": Attempt(event.request_id, number),
        "options": event.options,
        # What an earlier attempt with other options has made.
        "lost": None,
        "report": {},
        "placeholder": None,
        "superseded_at": None,
        "upload_until": None,
        "delete_after": None,
    }
    lease = {"writing": event.writing, "writes_until": event.writes_until, "due_at": event.due_at}
    return Decision(Action.PROCESS, changes | _choose_version(event, record, known) | lease)


def _choose_version(event: Created, record: ImageRecord, known: SourceObject | None) -> dict[str, Any]:
    """Let the record name the object of the event, or keep the version of the same bytes that it names already."""
    is_other_version = known is not None and known.version_id != event.source.version_id
    same_photo = known is not None and known.etag == event.source.etag
    if known and same_photo and is_other_version and record.original and not _is_later(event, record, known):
        kept = {"variants": {ORIGINAL: record.original}, "source_object": known}
        is_stray = _ends_earlier(event, record) and known.version_id
        return kept | ({"removing": removing_with(record, event.original)} if is_stray else {})
    chosen = {"variants": {ORIGINAL: event.original}, "source_object": event.source}
    return chosen | _drop_previous(event, record)


def _give_up(event: Created, record: ImageRecord) -> Decision:
    """End an image whose handler has died in every attempt."""
    if record.status is Status.FAILED:
        return Decision(Action.NOTHING)
    fault = Fault("attempts_failed", "Processing did not end in any attempt. It may need too much memory or time.")
    return Decision(Action.WRITE, failed_changes(record, fault, event.now))
