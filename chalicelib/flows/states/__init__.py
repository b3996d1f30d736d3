"""The states of an image: what follows when something happens to it. Pure functions; docs/states.md draws them.

`decide(record, event)` returns what the caller must do, and the fields that change. The caller writes the changes on
condition that the record still has its revision, and decides again if it has another one.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.flows.states import created, ending, owing
from chalicelib.flows.states.changes import source_of
from chalicelib.flows.states.events import (
    Action,
    Completed,
    Created,
    Decision,
    Deleted,
    Due,
    Failed,
    ObjectsDeleted,
    Rejected,
    Removed,
    Stored,
    Superseded,
    Told,
)
from chalicelib.records import ImageRecord

__all__ = [
    "Action",
    "Completed",
    "Created",
    "Decision",
    "Deleted",
    "Due",
    "Event",
    "Failed",
    "ObjectsDeleted",
    "Rejected",
    "Removed",
    "Stored",
    "Superseded",
    "Told",
    "decide",
    "source_of",
]

Event = Created | Stored | Completed | Rejected | Failed | Superseded | Deleted | ObjectsDeleted | Due | Removed | Told
_RULES: dict[type[Any], Callable[[Any, ImageRecord], Decision]] = {
    Created: created.created,
    Stored: ending.stored,
    Completed: ending.completed,
    Rejected: ending.rejected,
    Failed: ending.failed,
    Superseded: ending.superseded,
    Deleted: ending.deleted,
    ObjectsDeleted: ending.objects_deleted,
    Due: ending.due,
    Removed: ending.removed,
    Told: owing.told,
}


def decide(record: ImageRecord, event: Event) -> Decision:
    """Return what follows from an event. A decision that ends the image lets the record owe a message."""
    return owing.with_message(event, record, _RULES[type(event)](event, record))
