"""The message that a record owes after an end, from the write that ends it until it is marked as sent."""

from dataclasses import replace
from typing import Any

from chalicelib.flows.states.events import Action, Decision, Deleted, Told
from chalicelib.keys import derived_id
from chalicelib.records import Ending, ImageRecord, Status

#: The statuses that end an image.
ENDS = frozenset({Status.COMPLETED, Status.REJECTED, Status.FAILED, Status.EXPIRED, Status.DELETED})


def with_message(event: Any, record: ImageRecord, decision: Decision) -> Decision:
    """Return the decision; if it ends the image, the record owes a message in the same write."""
    after = replace(record, **decision.changes)
    if after.status is record.status or after.status not in ENDS or _is_unseen(event, record):
        return decision
    return Decision(decision.action, {**decision.changes, "owed": (*record.owed, _ending(record, after, event.now))})


def told(event: Told, record: ImageRecord) -> Decision:
    """Forget the messages that are sent."""
    owed = tuple(each for each in record.owed if each.id not in event.ids)
    return Decision(Action.WRITE, {"owed": owed}) if owed != record.owed else Decision(Action.NOTHING)


def _is_unseen(event: Any, record: ImageRecord) -> bool:
    """Return whether a post is undone that nobody was told of: its client gets the error."""
    return isinstance(event, Deleted) and event.undoes_post and record.status not in ENDS


def _ending(record: ImageRecord, after: ImageRecord, now: int) -> Ending:
    """Return the end. Its id is derived from the write before it, so that no other write has the same one.

    The revision alone would not do: an image that is deleted and put again begins with 1 again.
    """
    code = after.error.code if after.error and after.status in (Status.REJECTED, Status.FAILED) else ""
    message_id = derived_id(record.id, record.token, str(record.rev), after.status)
    return Ending(message_id, after.status.value, now, after.photo_format, code)
