"""What nobody ends is ended: images in progress, unused uploads, and overwritten photos."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import reconcile, resize, sanitize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.reconcile import Outcome
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo, photo_with_metadata

QUARTER, DAY = 901, 86400


def run(backends: Backends) -> Outcome:
    return reconcile.handle(backends, lambda: 900_000)


def dead_post(backends: Backends, **fails: Any) -> ImageRecord:
    """Post a photo; the process can neither finish nor clean up, as if it had died."""
    with pytest.raises(BackendUnavailable):
        upload.receive(stage.with_failures(backends, catalog={"find": 9, "update": 9}, **fails), Photo(photo(), "ann"))
    (record,) = backends.catalog.newest(["ann"], 2, None, None)[0]
    return record


def test_a_post_that_died_ends_in_failed_and_leaves_no_object(backends: Backends, clock: Clock) -> None:
    record = dead_post(backends)
    assert len(stage.versions(backends.settings.images_bucket)) == 2
    clock.advance(QUARTER)

    outcome = run(backends)

    ended = backends.catalog.get(record.id)
    assert (outcome.due, outcome.failed, outcome.errors) == (1, 1, 0)
    assert (ended.status, ended.error and ended.error.code) == (Status.FAILED, "abandoned")
    assert (ended.variants, ended.writing, ended.due_at) == ({}, {}, None)
    assert stage.versions(backends.settings.images_bucket) == []


def test_nothing_is_ended_before_its_time(backends: Backends, clock: Clock) -> None:
    record = dead_post(backends)
    clock.advance(QUARTER - 2)

    assert run(backends) == Outcome()
    assert backends.catalog.get(record.id) == record


def test_a_photo_whose_handler_died_ends_in_failed_and_can_be_replayed(backends: Backends, clock: Clock) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    event = s3_record(backends.settings.images_bucket, pending.source)
    with pytest.raises(BackendUnavailable):
        resize.handle(stage.with_failures(backends, storage={"get": 1}), event, "delivery")
    clock.advance(QUARTER)
    run(backends)
    failed = backends.catalog.get(pending.id)
    assert (failed.status, failed.owner, set(failed.variants)) == (Status.FAILED, "ann", {"original"})

    clock.advance(10 * DAY)
    resize.handle(backends, event, "replayed from the dead-letter queue")

    assert (backends.catalog.get(pending.id).status, failed.owner) == (Status.COMPLETED, "ann")


def test_a_photo_whose_event_never_came_ends_in_failed_and_keeps_its_original(backends: Backends, clock: Clock) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    clock.advance(QUARTER)

    run(backends)

    failed = backends.catalog.get(pending.id)
    assert (failed.status, failed.error and failed.error.code) == (Status.FAILED, "event_failed")
    assert failed.variants["original"].version_id == pending.variants["original"].version_id


def test_an_unused_upload_expires_and_its_record_goes_later(backends: Backends, clock: Clock) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", 10))
    assert pending.due_at
    clock.instant = clock.instant.fromtimestamp(pending.due_at, clock.instant.tzinfo)

    outcome = run(backends)

    record = backends.catalog.get(pending.id)
    assert (outcome.unused, record.status, record.due_at) == (1, Status.EXPIRED, None)
    assert record.delete_after == pending.due_at + 14 * DAY


def test_a_used_upload_whose_event_failed_is_never_taken_by_the_ttl(backends: Backends, clock: Clock) -> None:
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "a.jpg", "image/jpeg", len(photo())))
    stage.put(backends.settings.images_bucket, pending.source, photo())
    clock.advance(DAY)

    run(backends)

    record = backends.catalog.get(pending.id)
    assert (record.status, record.delete_after, set(record.variants)) == (Status.FAILED, None, {"original"})


def test_the_end_of_a_landing_original_is_finished(backends: Backends, clock: Clock) -> None:
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    stage.put(backends.settings.landing_bucket, "a.jpg", photo_with_metadata())
    event = s3_record(backends.settings.landing_bucket, "a.jpg")
    with pytest.raises(BackendUnavailable):
        sanitize.handle(stage.with_failures(not_keeping, storage={"delete_objects": 1}), event, "delivery")
    clock.advance(QUARTER)

    assert run(backends).cleared == 1
    assert stage.versions(backends.settings.landing_bucket) == []


def test_an_attempt_that_begins_meanwhile_keeps_its_outputs(backends: Backends, clock: Clock) -> None:
    """The reconciliation lists objects before it claims the record, so that it never deletes later ones."""
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    event = s3_record(backends.settings.images_bucket, pending.source)
    with pytest.raises(BackendUnavailable):
        resize.handle(stage.with_failures(backends, catalog={"update": 0}, storage={"get": 1}), event, "delivery")
    clock.advance(QUARTER)

    class ProcessesMeanwhile:
        """Storage during whose deletion the event is replayed."""

        def delete_objects(self, *args: Any) -> None:
            resize.handle(backends, event, "replayed")
            backends.storage.delete_objects(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(backends.storage, name)

    stage.put(backends.settings.images_bucket, f"processed/{pending.id}.png", b"half")
    storage: Any = ProcessesMeanwhile()
    run(replace(backends, storage=storage))

    record = backends.catalog.get(pending.id)
    named = {(each.key, each.version_id) for each in record.variants.values()}
    assert (record.status, set(stage.versions(backends.settings.images_bucket))) == (Status.COMPLETED, named)


def test_one_record_that_cannot_be_ended_does_not_stop_the_others(backends: Backends, clock: Clock) -> None:
    for _ in range(3):
        upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    clock.advance(QUARTER)

    outcome = run(stage.with_failures(backends, storage={"versions_of": 1}))

    assert (outcome.due, outcome.failed, outcome.errors) == (3, 2, 1)


def test_a_run_in_which_nothing_can_be_ended_is_an_error(backends: Backends, clock: Clock) -> None:
    upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    clock.advance(QUARTER)

    with pytest.raises(BackendUnavailable):
        run(stage.with_failures(backends, storage={"versions_of": 1}))


def test_a_run_that_is_out_of_time_stops_and_the_next_one_continues(backends: Backends, clock: Clock) -> None:
    for _ in range(3):
        upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    clock.advance(QUARTER)
    remaining = iter([20_000, 9_000])

    first, second = reconcile.handle(backends, lambda: next(remaining)), run(backends)

    assert (first.due, first.finished) == (1, False)
    assert (second.due, second.finished) == (2, True)


def test_more_records_than_one_page_are_ended_in_one_run(backends: Backends, clock: Clock) -> None:
    due = int(clock().timestamp())
    for number in range(105):
        backends.catalog.create(ImageRecord(f"{number:032x}", "ann", Status.PROCESSING, "2026", due_at=due))

    assert run(backends).failed == 105


def test_a_run_is_logged(backends: Backends, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    dead_post(backends)
    clock.advance(QUARTER)
    caplog.clear()

    run(backends)

    line = next(line for line in caplog.records if line.getMessage() == "reconciliation")
    assert (line.levelname, vars(line)["failed"]) == ("WARNING", 1)
