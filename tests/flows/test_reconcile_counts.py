"""What a run of the reconciliation counts and writes."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chalicelib.aws.catalog import Catalog
from chalicelib.backends import Backends
from chalicelib.flows import images, reconcile, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.transition import RETRY_SECONDS, seconds
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.conftest import Clock
from tests.flows.photos import photo
from tests.flows.test_reconcile import DAY, QUARTER, run


def due_record(backends: Backends, number: int, status: Status) -> ImageRecord:
    record = ImageRecord(f"{number:032x}", "ann", status, "2026", due_at=seconds(backends))
    return backends.catalog.create(record)


def test_every_record_is_counted(backends: Backends, clock: Clock) -> None:
    for _ in range(2):
        upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))
    clock.advance(2 * DAY)
    for number in range(2):
        due_record(backends, number, Status.PROCESSING)
        due_record(backends, number + 2, Status.COMPLETED)
        due_record(backends, number + 4, Status.DELETED)

    outcome = run(backends)

    assert (outcome.failed, outcome.unused, outcome.cleared, outcome.deleted) == (2, 2, 2, 2)
    assert (outcome.due, outcome.errors, outcome.finished) == (8, 0, True)


def test_records_that_cannot_be_ended_are_counted_as_errors(backends: Backends) -> None:
    for number in range(3):
        due_record(backends, number, Status.PROCESSING)

    outcome = run(stage.with_failures(backends, catalog={"update": 2}))

    assert (outcome.due, outcome.errors, outcome.failed) == (3, 2, 1)


@pytest.mark.parametrize(("remaining", "unfinished"), [(900_000, 0), (0, 1)])
def test_the_metrics_of_a_run_are_those_of_its_outcome(
    backends: Backends, capsys: pytest.CaptureFixture[str], remaining: int, unfinished: int
) -> None:
    due_record(backends, 1, Status.PROCESSING)
    capsys.readouterr()

    reconcile.handle(backends, lambda: remaining)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    # A failed image is also counted in a line of its own.
    metrics = next(line for line in lines if "_aws" in line and "ImagesFailed" not in line)
    ended = 1 - unfinished
    named = ("ReconcileDue", "ReconcileFailed", "ReconcileErrors", "ReconcileUnfinished")
    assert [metrics.get(name, 0) for name in named] == [ended, ended, 0, unfinished]


def test_a_stored_photo_whose_event_failed_is_named_by_its_version(backends: Backends, clock: Clock) -> None:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))
    newest = stage.put(backends.settings.images_bucket, record.source, photo())
    clock.advance(2 * DAY)

    run(backends)

    original = backends.catalog.get(record.id).variants["original"]
    assert (original.version_id, original.size) == (newest.version_id, len(photo()))


def test_a_deletion_is_tried_again_a_quarter_of_an_hour_later(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))

    with pytest.raises(Exception, match="not available"):
        images.delete(stage.with_failures(backends, storage={"delete_objects": 9}), "ann", record.id)

    marked = backends.catalog.find(record.id)
    assert marked is not None
    assert marked.due_at == seconds(backends) + RETRY_SECONDS


def test_left_overs_are_tried_again_a_quarter_of_an_hour_later(backends: Backends) -> None:
    """The record is claimed for that time, and names what is still to delete."""
    left = stage.put(backends.settings.images_bucket, "processed/left.png", b"left")
    waiting = replace(due_record(backends, 1, Status.COMPLETED), removing={"processed": left})
    backends.catalog.update(waiting)
    due_record(backends, 2, Status.COMPLETED)

    outcome = run(stage.with_failures(backends, storage={"delete_objects": 1}))

    assert (outcome.due, outcome.errors) == (2, 1)
    record = backends.catalog.get(waiting.id)
    assert (record.due_at, record.removing) == (seconds(backends) + RETRY_SECONDS, waiting.removing)


def test_a_completed_image_keeps_its_outputs_when_left_overs_are_deleted(backends: Backends, clock: Clock) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))
    backends.catalog.update(replace(record, due_at=seconds(backends)))
    clock.advance(QUARTER)

    run(backends)

    named = {(each.key, each.version_id) for each in record.variants.values()}
    assert set(stage.versions(backends.settings.images_bucket)) == named


@dataclass
class ListsStale:
    """A catalog whose index still lists records that are not due any more, or are gone."""

    inner: Catalog
    listed: list[str]

    def due(self, _now: int, _limit: int) -> list[str]:
        return self.listed

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


def test_what_the_index_lists_too_late_is_left_alone(backends: Backends) -> None:
    """The index is eventually consistent."""
    records = [due_record(backends, number, Status.PROCESSING) for number in range(2)]
    without = backends.catalog.update(replace(records[0], due_at=None))
    later = backends.catalog.update(replace(records[1], due_at=seconds(backends) + 1))
    stale: Any = ListsStale(backends.catalog, [without.id, later.id, "f" * 32])

    outcome = run(replace(backends, catalog=stale))

    assert (outcome.due, outcome.errors, outcome.failed, outcome.cleared) == (3, 0, 0, 0)
    assert [backends.catalog.get(each.id) for each in (without, later)] == [without, later]


def test_each_overwritten_image_is_counted(backends: Backends) -> None:
    for number in range(2):
        overwritten = replace(due_record(backends, number, Status.COMPLETED), superseded_at=seconds(backends) - 9)
        backends.catalog.update(overwritten)

    assert run(backends).overwritten == 2


def test_a_run_goes_on_with_ten_seconds_left(backends: Backends) -> None:
    due_record(backends, 1, Status.PROCESSING)

    assert not reconcile.handle(backends, lambda: 9_999).finished
    outcome = reconcile.handle(backends, lambda: 10_000)

    assert (outcome.finished, outcome.failed) == (True, 1)


def test_a_pending_record_that_names_no_object_ends(backends: Backends) -> None:
    due_record(backends, 1, Status.PENDING)

    assert run(backends).errors == 0
    assert backends.catalog.get(f"{1:032x}").status is not Status.PENDING
