"""Records in every state, and every event, by the names that docs/states.md gives them."""

from dataclasses import replace
from typing import Any

from chalicelib.flows import states
from chalicelib.keys import derived_id
from chalicelib.records import Attempt, Ending, Fault, ImageRecord, SourceObject, Status, Variant

NOW, LATER = 1_000, 1_900
BUCKET, KEY = "images", "uploads/a.jpg"
ID = derived_id(BUCKET, KEY, "etag")
CURRENT, OLD = Attempt("delivery", 1), Attempt("earlier delivery", 1)
FAULT = Fault("corrupt_image", "The photo is broken.")
FIELDS: dict[str, Any] = {"format": "PNG", "source_format": "JPEG", "width": 4, "height": 3}

ORIGINAL = Variant(BUCKET, KEY, "JPEG", 9, etag="etag", version_id="v2")
SOURCE = SourceObject("etag", "v2", "02")
PLANNED = {"processed": Variant(BUCKET, f"processed/{ID}.png", "PNG", 0)}
OUTPUTS = {"processed": replace(PLANNED["processed"], size=7, etag="out", version_id="o1")}
BASE = ImageRecord(ID, "ann", Status.PENDING, "2026-03-01T12:00:00.000Z", source=KEY)
UPLOAD_KEY = f"uploads/{ID}/original.jpg"
UPLOADED = replace(ORIGINAL, key=UPLOAD_KEY)


def _with_original(record: ImageRecord) -> ImageRecord:
    return replace(record, variants={"original": ORIGINAL, **record.variants}, source_object=SOURCE)


def _processing(lease: int) -> ImageRecord:
    working = replace(BASE, status=Status.PROCESSING, attempt=CURRENT, writing=PLANNED)
    return _with_original(replace(working, writes_until=lease, due_at=NOW))


COMPLETED = _with_original(replace(BASE, status=Status.COMPLETED, attempt=CURRENT, variants=OUTPUTS))
RECORDS = {
    "pending: upload": replace(
        BASE, source=UPLOAD_KEY, writing={"original": UPLOADED}, upload_until=NOW, writes_until=NOW, due_at=NOW
    ),
    "pending: not stored": replace(
        BASE, source=UPLOAD_KEY, attempt=OLD, writing={"original": UPLOADED}, writes_until=LATER, due_at=NOW
    ),
    "pending: stored": replace(BASE, source=UPLOAD_KEY, attempt=OLD, variants={"original": UPLOADED}, due_at=NOW),
    "processing: post": replace(
        BASE, status=Status.PROCESSING, source="", attempt=CURRENT, writing=PLANNED, writes_until=LATER, due_at=NOW
    ),
    "processing: event": _processing(LATER),
    "processing: event, lease over": _processing(NOW),
    "completed": COMPLETED,
    "completed: not told": replace(COMPLETED, owed=(Ending("message", "completed", NOW),)),
    "completed: overwritten": replace(COMPLETED, superseded_at=NOW - 9, due_at=NOW),
    "failed": _with_original(
        replace(BASE, status=Status.FAILED, attempt=OLD, error=FAULT, writing=PLANNED, due_at=NOW)
    ),
    "rejected": _with_original(replace(BASE, status=Status.REJECTED, attempt=CURRENT, error=FAULT)),
    "rejected: archived": _with_original(
        replace(BASE, status=Status.REJECTED, attempt=CURRENT, error=Fault("object_archived", "It is archived."))
    ),
    "expired": replace(BASE, status=Status.EXPIRED, source_object=SOURCE),
    "deleted": replace(BASE, status=Status.DELETED, source_object=SOURCE, removing={"original": ORIGINAL}, due_at=NOW),
}


def created(
    version: str, etag: str = "etag", request_id: str = "new", key: str = KEY, *, ends_original: bool = False
) -> states.Created:
    """Return the event of a version; the versions v1, v2, v3 were created in this order."""
    return states.Created(
        original=Variant(BUCKET, key, "", 9, etag=etag, version_id=version),
        source=SourceObject(etag, version, version.replace("v", "0")),
        request_id=request_id,
        now=NOW,
        writing=PLANNED,
        writes_until=NOW + 150,
        due_at=LATER,
        max_attempts=3,
        ends_original=ends_original,
    )


EVENTS: dict[str, states.Event] = {
    "created: this version": created("v2"),
    "created: same bytes again": created("v3"),
    "created: other photo, newer": created("v3", "other"),
    "created: other photo, older": created("v1", "other"),
    "stored": states.Stored(UPLOADED),
    "completed": states.Completed(
        CURRENT, {"processed": replace(OUTPUTS["processed"], version_id="o2")}, FIELDS, LATER
    ),
    "completed: old attempt": states.Completed(OLD, OUTPUTS | {"resized": ORIGINAL}, FIELDS, LATER),
    "rejected": states.Rejected(CURRENT, FAULT),
    "failed": states.Failed(CURRENT, FAULT, NOW),
    "superseded": states.Superseded(SourceObject("other", "v3", "03"), NOW, LATER),
    "deleted": states.Deleted(LATER),
    "objects deleted": states.ObjectsDeleted(
        BUCKET,
        frozenset({(KEY, "v2"), (UPLOAD_KEY, "v2"), (PLANNED["processed"].key, "o1")}),
        frozenset({KEY, UPLOAD_KEY, PLANNED["processed"].key}),
    ),
    "due": states.Due(NOW, LATER),
    "removed": states.Removed({"original": ORIGINAL}, PLANNED, NOW, LATER),
    "told": states.Told(frozenset({"message"})),
}


def outcome(record: ImageRecord, event: states.Event) -> str:
    """Return an event's action and the new status, as docs/states.md writes them."""
    decision = states.decide(record, event)
    status = decision.changes.get("status", record.status)
    if decision.action in (states.Action.WRITE, states.Action.PROCESS) and status is not record.status:
        return f"{decision.action} -> {status}"
    return str(decision.action)
