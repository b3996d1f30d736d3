"""Process an object that was created in S3, and update its record until the record has a final status.

S3 delivers an event at least once and in any order; Lambda repeats it after an error. Ids and keys are derived from
the object, so a repeated event finds the first record. A permanent error ends in `rejected`. A transient error is
raised, so that Lambda retries; after the last attempt the record is `failed`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.errors import DarkroomError, ImageNotFound, ImageRejected, InvalidRequest, RecordChanged
from chalicelib.flows import objects, states
from chalicelib.flows.key_order import order_versions
from chalicelib.flows.object_created import ObjectCreated, Plan, start
from chalicelib.flows.states import Action
from chalicelib.flows.transition import RETRY_SECONDS, apply, remove, seconds, superseded_due
from chalicelib.records import Attempt, Fault, ImageRecord, Variant


@dataclass(frozen=True)
class Made:
    """The outputs of an attempt as stored, and the record's fields that describe the photo."""

    outputs: Mapping[str, Variant]
    fields: Mapping[str, Any]
    #: True if another photo was created under the key meanwhile.
    superseded: bool = False


#: Makes and stores the outputs of a photo, given as bytes.
MakeOutputs = Callable[[Backends, ImageRecord, bytes], Made]


def process_object(
    backends: Backends, event: ObjectCreated, plan: Plan, make_outputs: MakeOutputs, *, ends_original: bool = False
) -> None:
    """Process a created object and save its record. With `ends_original`, delete the object after success.

    Raises only errors that Lambda should retry.
    """
    record = start(backends, event, plan, ends_original=ends_original)
    if record is None or record.attempt is None:
        return
    attempt, is_new = record.attempt, record.rev == 1
    try:
        record = order_versions(backends, record)
        made = make_outputs(backends, record, _read(backends, record))
        _complete(backends, record, attempt, made, ends_original=ends_original)
    except (ImageRejected, InvalidRequest) as error:
        _reject(backends, record, states.Rejected(attempt, _fault(error), now=seconds(backends)))
    except ImageNotFound:
        fault = Fault("object_missing", "The object was deleted before it could be processed.")
        missing = states.Rejected(attempt, fault, missing=True, now=seconds(backends))
        _reject(backends, record, missing, is_new=is_new)
    except Exception as error:
        if attempt.number >= backends.settings.event_attempts:
            apply(backends, record, states.Failed(attempt, _fault(error), seconds(backends)))
        raise


def _read(backends: Backends, record: ImageRecord) -> bytes:
    """Read the version of the original that the record names. Raises ImageNotFound or ImageRejected."""
    original = record.original
    if original is None:
        raise ImageNotFound("The original was deleted.")
    limit = backends.settings.limits.object_bytes
    return backends.storage.get(original.bucket, original.key, limit, original.version_id).data


def _complete(backends: Backends, record: ImageRecord, attempt: Attempt, made: Made, *, ends_original: bool) -> None:
    """Write the completed record. If the image has ended meanwhile, delete the outputs instead."""
    event = states.Completed(
        attempt=attempt,
        outputs=made.outputs,
        fields=made.fields,
        retry_at=seconds(backends) + RETRY_SECONDS,
        superseded_due=superseded_due(backends, record),
        ends_original=ends_original,
        superseded=made.superseded,
        now=seconds(backends),
    )
    action, completed = apply(backends, record, event)
    if action is Action.DISCARD:
        telemetry.log.info("image ended while it was processed", extra={"id": record.id})
        objects.delete(backends, [objects.version_of(each) for each in made.outputs.values()])
    elif completed.removing:
        remove(backends, completed)


def _reject(backends: Backends, record: ImageRecord, event: states.Rejected, *, is_new: bool = False) -> None:
    """Write the rejected record. A record that was created for an object which is gone is deleted again."""
    if is_new:
        telemetry.log.warning("object deleted before it was processed", extra={"id": record.id})
        with suppress(RecordChanged):
            backends.catalog.delete(record)
        return
    _, rejected = apply(backends, record, event)
    if rejected.removing:
        remove(backends, rejected)


def _fault(error: Exception) -> Fault:
    """Describe an error for the record. The text of an unexpected error may be internal, so it is left out."""
    if isinstance(error, DarkroomError):
        return Fault(error.code, error.detail, error.limit, error.actual)
    return Fault("internal_error", "Processing failed. The log has the cause under this image's id.")
