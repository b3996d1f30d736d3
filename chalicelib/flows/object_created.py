"""An `s3:ObjectCreated` event: read it, find its image, and start an attempt on the image's record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_plus

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import Conflict, ImageNotFound, RecordChanged
from chalicelib.flows import endings, key_order, objects, states
from chalicelib.flows.objects import ObjectVersion
from chalicelib.flows.states import Action, Created, Decision
from chalicelib.flows.transition import RETRY_SECONDS, count_failure, remove, seconds
from chalicelib.keys import derived_id, id_in_key
from chalicelib.records import SYSTEM, ImageRecord, SourceObject, Status, Variant, VariantName, timestamp

#: Longer than a handler can run (120 s). After that, another delivery may take over.
LEASE_SECONDS = 150


@dataclass(frozen=True)
class ObjectCreated:
    """One delivery of an event; `size` in bytes. Lambda's retries of it have the same `request_id`."""

    bucket: str
    key: str
    request_id: str
    version_id: str = ""
    etag: str = ""
    size: int = 0
    sequencer: str = ""
    #: The options of an object that was put without the API.
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def version(self) -> ObjectVersion:
        """Return the version of the object that was created."""
        return ObjectVersion(self.bucket, self.key, self.version_id)


#: Returns the outputs that processing an image would write, without their versions.
Plan = Callable[[Backends, ImageRecord], Mapping[str, Variant]]


def read_event(backends: Backends, record: Mapping[str, Any], request_id: str) -> ObjectCreated:
    """Read a record of an S3 event. Its key is form-urlencoded.

    An event without a version names the object that is there now; without an object, it has no ETag.
    """
    bucket, stored = record["s3"]["bucket"]["name"], record["s3"]["object"]
    key, sequencer = unquote_plus(stored["key"]), stored.get("sequencer", "")
    if stored.get("versionId") and stored.get("eTag"):
        size = int(stored.get("size", 0))
        return ObjectCreated(bucket, key, request_id, stored["versionId"], stored["eTag"], size, sequencer)
    try:
        head = backends.storage.head(bucket, key)
    except ImageNotFound:
        return ObjectCreated(bucket, key, request_id)
    return ObjectCreated(bucket, key, request_id, head.version_id, head.etag, head.size, sequencer)


def start(backends: Backends, event: ObjectCreated, plan: Plan, *, ends_original: bool) -> ImageRecord | None:
    """Write that an attempt on the event's image begins, and return the record. Return None if nothing is to do.

    An object that belongs to no image is deleted. Raises Conflict while another attempt works on the image.
    """
    if event.key.endswith("/"):
        return None
    found = _find(backends, event)
    while found or (event.etag and not id_in_key(event.key)):
        try:
            return _start(backends, event, found, plan, ends_original=ends_original)
        except RecordChanged as error:
            found = error.current
    _discard(backends, event)
    return None


def _start(
    backends: Backends, event: ObjectCreated, found: ImageRecord | None, plan: Plan, *, ends_original: bool
) -> ImageRecord | None:
    """Decide about the event and write the decision. Raises RecordChanged if another writer was faster."""
    draft = found or _new_record(backends, event)
    created = _created(backends, event, draft, plan, ends_original=ends_original)
    decision = _decide(backends, draft, created)
    if not decision.changes:
        _leave(backends, event, draft, decision.action)
        return None
    changed = replace(draft, **decision.changes)
    if decision.action is Action.WRITE:
        # Before the write: a repeated event would do nothing more.
        key_order.mark_overwritten(backends, changed)
    stored = backends.catalog.update(changed) if found else backends.catalog.create(changed)
    count_failure(draft, stored)
    if decision.action is not Action.PROCESS:
        stored = endings.tell(backends, stored)
        # An attempt in progress may still read what is to be deleted. It deletes that at its end.
        if stored.status is not Status.PROCESSING:
            remove(backends, stored)
        return None
    objects.delete(backends, _left_behind(backends, found, created))
    return stored


def _find(backends: Backends, event: ObjectCreated) -> ImageRecord | None:
    """Return the record of the object: of its upload, or of an object that was put without the API."""
    image_id = id_in_key(event.key)
    if not image_id:
        return backends.catalog.find(derived_id(event.bucket, event.key, event.etag)) if event.etag else None
    record = backends.catalog.find(image_id)
    if record is None or record.status is Status.DELETED:
        return record
    if not event.etag and record.status not in (Status.PENDING, Status.FAILED):
        return None
    settings = backends.settings
    buckets = {event.bucket} | ({settings.destination_bucket} if event.bucket == settings.landing_bucket else set())
    paths = {f"s3://{each}/{event.key}" for each in buckets}
    known = [*record.variants.values(), *record.writing.values(), *record.removing.values()]
    is_own = record.s3_path in paths or (event.bucket, event.key) in {(each.bucket, each.key) for each in known}
    return record if is_own else None


def _new_record(backends: Backends, event: ObjectCreated) -> ImageRecord:
    """Return a draft for an object that was put without the API."""
    image_id = derived_id(event.bucket, event.key, event.etag)
    name = event.key.rsplit("/", 1)[-1]
    return ImageRecord(image_id, SYSTEM, Status.PENDING, timestamp(backends.now()), name, source=event.key)


def _created(
    backends: Backends, event: ObjectCreated, record: ImageRecord, plan: Plan, *, ends_original: bool
) -> Created:
    now = seconds(backends)
    return Created(
        original=Variant(event.bucket, event.key, "", event.size, etag=event.etag, version_id=event.version_id),
        source=SourceObject(event.etag, event.version_id, event.sequencer),
        request_id=event.request_id,
        now=now,
        writing=plan(backends, replace(record, options=event.options)),
        writes_until=now + LEASE_SECONDS,
        due_at=now + RETRY_SECONDS,
        max_attempts=backends.settings.event_attempts,
        ends_original=ends_original,
        options=event.options,
    )


def _decide(backends: Backends, record: ImageRecord, created: Created) -> Decision:
    """Decide, and look into S3 where the record and the event do not tell enough."""
    known = states.source_of(record)
    created = replace(created, is_older=known is not None and key_order.is_older(backends, created.original, known))
    decision = states.decide(record, created)
    if decision.action is Action.WRITE and record.status is Status.PROCESSING:
        others = key_order.has_other_photos(backends, created.original)
        return states.decide(record, replace(created, has_other_photos=others))
    if decision.action is Action.NOTHING and record.status is Status.COMPLETED and not record.removing:
        return states.decide(record, replace(created, repair=not _has_outputs(backends, record)))
    return decision


def _has_outputs(backends: Backends, record: ImageRecord) -> bool:
    """Return whether all outputs exist. An original that was deleted cannot be made again."""
    outputs = [each for name, each in record.variants.items() if name != VariantName.ORIGINAL]
    return all(backends.storage.exists(*objects.version_of(each)) for each in outputs)


def _left_behind(backends: Backends, found: ImageRecord | None, created: Created) -> list[ObjectVersion]:
    """List what earlier attempts have written. A record from before revisions does not name the keys that it wrote."""
    if found is None:
        return []
    return objects.left_behind(backends, found if found.rev else replace(found, writing=created.writing))


def _leave(backends: Backends, event: ObjectCreated, record: ImageRecord, action: Action) -> None:
    """Do what is left to do for an object that is not processed."""
    if action is Action.WAIT:
        raise Conflict("Another attempt is processing this photo.", code="request_in_progress")
    if action is Action.DISCARD:
        _discard(backends, event)
        return
    telemetry.log.info("event repeated", extra={"id": record.id, "status": record.status})
    if record.removing and record.status is Status.COMPLETED:
        remove(backends, record)


def _discard(backends: Backends, event: ObjectCreated) -> None:
    """Delete an object under a key of the API that has no image: it must not become the image of another owner."""
    telemetry.log.warning("object without an image deleted", extra={"key": event.key})
    if event.etag:
        objects.delete(backends, [event.version])
