"""Delete an image: mark its record, delete its objects by version, then remove the record.

Whatever breaks off is finished by the next deletion or by the reconciliation. The record stays as a tombstone while a
handler or an upload may still write an object of the image.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import RecordChanged
from chalicelib.flows import endings, objects, states
from chalicelib.flows.objects import ObjectVersion
from chalicelib.flows.transition import RETRY_SECONDS, apply, removed, seconds
from chalicelib.records import Attempt, ImageRecord, Status, Variant

#: A tombstone names at most so many versions of an original, because a DynamoDB item has at most 400 KB.
_NAMED_VERSIONS = 200


def delete_image(backends: Backends, record: ImageRecord, *, undoes_post: bool = False) -> bool:
    """Delete an image with all its objects, tell it, and remove the record.

    Return False if the record stays because SNS does not take its message. Raises BackendUnavailable. In both cases
    the deletion is finished later.
    """
    found, marked = mark(backends, record, undoes_post=undoes_post)
    if marked is None:
        return True
    objects.delete(backends, found)
    if (marked.writes_until or 0) > seconds(backends):
        _, marked = apply(backends, marked, removed(backends, marked))
        return not marked.owed
    if not endings.send(backends, marked):
        return False
    # Another deletion of the same image may have marked the record again; that one removes it.
    with suppress(RecordChanged):
        backends.catalog.delete(marked)
    return True


def undo_post(backends: Backends, record: ImageRecord) -> None:
    """Delete what a failed post has made, so that only the error remains. A further error is logged.

    Nothing is deleted if another request has the record by now, or if S3's event has brought the photo.
    """
    try:
        current = backends.catalog.find(record.id)
        if current and is_of_post(current, record.attempt):
            delete_image(backends, replace(current, writes_until=None), undoes_post=True)
    except Exception:
        # Whatever it is, the caller raises the error of the post, which is the one that the client must get.
        telemetry.log.exception("a failed post is not undone yet", extra={"id": record.id})


def is_of_post(current: ImageRecord, attempt: Attempt | None) -> bool:
    """Return whether the record is still the one that the post has written."""
    return current.attempt == attempt and current.status is not Status.DELETED


def mark(
    backends: Backends, record: ImageRecord, *, undoes_post: bool = False
) -> tuple[list[ObjectVersion], ImageRecord | None]:
    """List the objects, then make the record a tombstone; return both, without a record if it is gone.

    An attempt that begins later writes only what is not in the list.
    """
    while True:
        found = objects.all_versions(backends, record)
        now = seconds(backends)
        event = states.Deleted(now + RETRY_SECONDS, _further_originals(record, found), undoes_post, now)
        try:
            return found, backends.catalog.update(replace(record, **states.decide(record, event).changes))
        except RecordChanged as error:
            if error.current is None:
                return found, None
            record = error.current


def _further_originals(record: ImageRecord, found: Iterable[ObjectVersion]) -> tuple[Variant, ...]:
    """Return the further versions under the shared key of an original, for the tombstone.

    If the deletion breaks off, the next one cannot tell them from the same bytes that were put since.
    """
    original = record.original
    if original is None or record.owns_key(original.key):
        return ()
    place = (original.bucket, original.key)
    further = [each for each in found if each[:2] == place and each.version_id != original.version_id]
    return tuple(replace(original, version_id=each.version_id) for each in further[:_NAMED_VERSIONS])
