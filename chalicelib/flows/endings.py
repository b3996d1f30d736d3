"""Tell that an image has ended: send the messages that its record owes, then mark them as sent.

A process that dies between the two leaves the message owed, and the reconciliation sends a copy with the same id.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, RecordChanged
from chalicelib.flows import states
from chalicelib.records import Ending, ImageRecord, shown_owner, timestamp

#: The value of an attribute that is not known. SNS refuses an empty one.
_UNKNOWN = "unknown"


def tell(backends: Backends, record: ImageRecord) -> ImageRecord:
    """Send and mark what a record owes, and return the record. What cannot be sent now stays owed and is logged.

    If somebody else has written the record meanwhile, return it as the caller knows it, without what it owed.
    """
    if not record.owed or not send(backends, record):
        return record
    told, current = states.Told(frozenset(each.id for each in record.owed)), record
    while changes := states.decide(current, told).changes:
        try:
            stored = backends.catalog.update(replace(current, **changes))
            if current is record:
                return stored
            break
        except RecordChanged as error:
            if error.current is None:
                break
            current = error.current
        except BackendUnavailable:
            telemetry.log.warning("a message is sent and not marked", extra={"id": record.id})
            break
    return replace(record, owed=())


def send(backends: Backends, record: ImageRecord) -> bool:
    """Send what a record owes, the oldest first. Return False, and log it, if SNS does not take one."""
    try:
        for ending in record.owed:
            _publish(backends, record, ending)
    except BackendUnavailable:
        telemetry.log.warning("a message is not sent yet", extra={"id": record.id})
        return False
    return True


def _publish(backends: Backends, record: ImageRecord, ending: Ending) -> None:
    settings = backends.settings
    attributes = {
        "status": ending.status,
        "owner": shown_owner(settings.stage, record.owner),
        "format": ending.format.lower() or _UNKNOWN,
        "entry": entry(backends, record),
    }
    message = {
        "id": ending.id,
        "image": record.id,
        **attributes,
        "key": record.source,
        "error": ending.error,
        "ended_at": timestamp(datetime.fromtimestamp(ending.at, UTC)),
    }
    subject = f"darkroom-{settings.stage}: an image is {ending.status}"
    backends.messaging.publish(settings.images_topic, subject, json.dumps(message), attributes)


def entry(backends: Backends, record: ImageRecord) -> str:
    """Return how the photo came: `api`, also for a presigned upload, or the place in S3 where a person put it."""
    if not record.source or record.owns_key(record.source):
        return "api"
    # The path of a scrubbed photo is that of its output.
    return "uploads" if record.s3_path.startswith(f"s3://{backends.settings.images_bucket}/") else "landing"
