"""Attempts on a photo that complete, reject, fail, crash, or are overtaken."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, Conflict, CorruptImage
from chalicelib.flows import images, objects, reconcile, upload
from chalicelib.flows.accept import Photo
from chalicelib.flows.object_created import ObjectCreated
from chalicelib.flows.s3_events import Made, process_object
from chalicelib.flows.transition import RETRY_SECONDS
from chalicelib.records import ImageRecord, Status, Variant
from tests import stage
from tests.conftest import Clock
from tests.flows.photos import photo

KEY = "uploads/sommer ferien/straße+1 (2).jpg"
FIELDS = {"format": "PNG", "source_format": "JPEG", "width": 4, "height": 3}


def plan(backends: Backends, record: ImageRecord) -> Mapping[str, Variant]:
    return {"processed": Variant(backends.settings.images_bucket, f"processed/{record.id}.png", "PNG", 0)}


def make(backends: Backends, record: ImageRecord, data: bytes) -> Made:
    """Store the bytes of the photo as its only output."""
    return Made({"processed": objects.put(backends, record, record.writing["processed"], data, "image/png")}, FIELDS)


def reject(_backends: Backends, _record: ImageRecord, _data: bytes) -> Made:
    raise CorruptImage("The JPEG is damaged.", code="damaged_image", limit=1, actual=2)


def fail(_backends: Backends, _record: ImageRecord, _data: bytes) -> Made:
    raise RuntimeError("an internal path: /var/task/secret")


class Crash(BaseException):
    """The end of the process: no handler catches it."""


def crash_after_put(backends: Backends, record: ImageRecord, data: bytes) -> Made:
    make(backends, record, data)
    raise Crash


def created(backends: Backends, data: bytes = b"data", request_id: str = "delivery") -> ObjectCreated:
    """Put an object and return its event."""
    original = stage.put(backends.settings.images_bucket, KEY, data)
    return ObjectCreated(original.bucket, KEY, request_id, original.version_id, original.etag, len(data), "01")


def only_record(backends: Backends) -> ImageRecord:
    (record,) = backends.catalog.newest(["system", "ann"], 2, None, None)[0]
    return record


def test_the_outputs_are_made_for_a_saved_record_that_names_their_keys(backends: Backends) -> None:
    seen: list[ImageRecord | None] = []

    def note(backends: Backends, record: ImageRecord, data: bytes) -> Made:
        seen.append(backends.catalog.find(record.id))
        assert (record, data) == (seen[0], b"data")
        return make(backends, record, data)

    process_object(backends, created(backends), plan, note)

    assert seen[0]
    assert (seen[0].status, set(seen[0].writing)) == (Status.PROCESSING, {"processed"})
    final = only_record(backends)
    assert (final.status, set(final.variants), final.writing) == (Status.COMPLETED, {"original", "processed"}, {})
    assert (final.due_at, final.writes_until) == (None, None)


def test_a_rejected_object_has_the_reason_and_its_original(backends: Backends) -> None:
    process_object(backends, created(backends), plan, reject)

    final = only_record(backends)
    assert final.error
    assert (final.status, final.error.code, final.error.limit, final.error.actual) == (
        Status.REJECTED,
        "damaged_image",
        1,
        2,
    )
    assert (set(final.variants), final.writing, final.due_at) == ({"original"}, {}, None)


def test_the_text_of_an_unexpected_error_is_not_in_the_record(backends: Backends, clock: Clock) -> None:
    event = created(backends)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="internal path"):
            process_object(backends, event, plan, fail)

    record = only_record(backends)
    assert record.error
    assert (record.status, record.error.code) == (Status.FAILED, "internal_error")
    assert "/var/task" not in record.error.detail
    assert record.due_at == int(clock().timestamp())  # the reconciliation deletes what the attempts have written


def test_a_handler_that_dies_in_every_attempt_ends_in_failed_at_the_next_one(backends: Backends) -> None:
    event = created(backends)
    for _ in range(3):
        with pytest.raises(Crash):
            process_object(backends, event, plan, crash_after_put)

    process_object(backends, event, plan, make)

    record = only_record(backends)
    assert (record.status, record.error and record.error.code) == (Status.FAILED, "attempts_failed")
    assert record.due_at


def test_a_retry_deletes_what_a_dead_attempt_has_written(backends: Backends) -> None:
    event = created(backends)
    with pytest.raises(Crash):
        process_object(backends, event, plan, crash_after_put)

    process_object(backends, event, plan, make)

    named = {(each.key, each.version_id) for each in only_record(backends).variants.values()}
    assert set(stage.versions(backends.settings.images_bucket)) == named


def test_an_attempt_that_was_overtaken_changes_nothing(backends: Backends, clock: Clock) -> None:
    """The first delivery is paused for so long that another one takes over."""
    event = created(backends)

    def paused(backends: Backends, record: ImageRecord, data: bytes) -> Made:
        clock.advance(151)
        process_object(backends, replace(event, request_id="another"), plan, make)
        return make(backends, record, data)

    with pytest.raises(Conflict):
        process_object(backends, event, plan, paused)

    record = only_record(backends)
    named = {(each.key, each.version_id) for each in record.variants.values()}
    assert record.attempt
    assert (record.status, record.attempt.request_id) == (Status.COMPLETED, "another")
    assert set(stage.versions(backends.settings.images_bucket)) == named


def test_a_last_write_whose_answer_is_lost_is_found_by_the_retry(backends: Backends) -> None:
    class LosesAnswer:
        """A catalog whose first update is applied, but not answered."""

        lost = 0

        def update(self, record: ImageRecord) -> ImageRecord:
            written = backends.catalog.update(record)
            if not self.lost:
                self.lost = 1
                raise BackendUnavailable("DynamoDB did not answer.")
            return written

        def __getattr__(self, name: str) -> object:
            return getattr(backends.catalog, name)

    event = created(backends)
    with pytest.raises(BackendUnavailable):
        process_object(replace(backends, catalog=LosesAnswer()), event, plan, make)  # type: ignore[arg-type]  # a double
    completed = only_record(backends)
    process_object(backends, event, plan, make)

    assert only_record(backends) == completed
    assert completed.status is Status.COMPLETED
    assert len(stage.versions(backends.settings.images_bucket)) == 2


def test_an_image_that_is_deleted_while_it_is_processed_leaves_nothing(backends: Backends, clock: Clock) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))

    def delete_then_make(backends: Backends, record: ImageRecord, data: bytes) -> Made:
        images.delete(backends, pending.owner, record.id)
        return make(backends, record, data)

    variant = pending.variants["original"]
    event = ObjectCreated(variant.bucket, variant.key, "delivery", variant.version_id, variant.etag, variant.size, "01")
    process_object(backends, event, plan, delete_then_make)

    tombstone = backends.catalog.find(pending.id)
    assert tombstone
    assert (tombstone.status, tombstone.removing) == (Status.DELETED, {})
    assert pending.source not in stage.keys(backends.settings.images_bucket)
    assert f"processed/{pending.id}.png" not in stage.keys(backends.settings.images_bucket)
    clock.advance(151)
    reconcile.handle(backends, lambda: 900_000)
    assert backends.catalog.find(pending.id) is None


def test_with_ends_original_only_a_completed_photo_loses_its_object(backends: Backends) -> None:
    process_object(backends, created(backends, b"bad"), plan, reject, ends_original=True)
    assert stage.keys(backends.settings.images_bucket) == [KEY]
    good = created(backends, b"good")

    process_object(backends, good, plan, make, ends_original=True)

    assert good.version[1:] not in stage.versions(backends.settings.images_bucket)
    statuses = {each.status: each for each in backends.catalog.newest(["system"], 3, None, None)[0]}
    assert (set(statuses[Status.COMPLETED].variants), statuses[Status.COMPLETED].removing) == ({"processed"}, {})


def test_an_original_that_is_still_to_be_deleted_is_due(backends: Backends, clock: Clock) -> None:
    """The process dies between the last write and the deletion."""

    class Dies:
        """Storage whose process dies at the first deletion."""

        def delete_objects(self, *_args: object) -> None:
            raise Crash

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    dying: Any = Dies()
    with pytest.raises(Crash):
        process_object(replace(backends, storage=dying), created(backends), plan, make, ends_original=True)

    record = only_record(backends)
    assert (record.status, record.due_at) == (Status.COMPLETED, int(clock().timestamp()) + RETRY_SECONDS)
    clock.advance(RETRY_SECONDS)
    reconcile.handle(backends, lambda: 900_000)
    assert KEY not in stage.keys(backends.settings.images_bucket)


def test_an_image_that_was_overwritten_meanwhile_is_due_when_s3_drops_its_versions(
    backends: Backends, clock: Clock
) -> None:
    process_object(backends, created(backends), plan, lambda *args: replace(make(*args), superseded=True))

    days = backends.settings.old_version_days
    assert only_record(backends).due_at == int(clock().timestamp()) + days * 24 * 3600
