"""An image that ends in `failed` is counted once, whoever ends it; one that ends otherwise is not."""

import json
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import reconcile, resize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.s3_events import process_object
from chalicelib.records import Status
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, s3_record
from tests.flows.photos import photo
from tests.flows.test_s3_events import Crash, crash_after_put, created, make, plan

KEY = "uploads/one.jpg"


def failures(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the reasons of the failures that were counted since the last call."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["reason"] for line in lines if line.get("ImagesFailed") == 1]


def put(backends: Backends) -> dict[str, Any]:
    """Put a photo, and return the record of its event."""
    stage.put(backends.settings.images_bucket, KEY, photo())
    return s3_record(backends.settings.images_bucket, KEY)


def test_a_handler_that_fails_in_its_last_attempt_counts_one_failure(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    event, broken = put(backends), stage.with_failures(backends, storage={"get": 9})
    for attempt in range(1, backends.settings.event_attempts + 1):
        with pytest.raises(BackendUnavailable):
            resize.handle(broken, event, "delivery")
        last = attempt == backends.settings.event_attempts
        assert failures(capsys) == (["backend_unavailable"] if last else [])
    assert backends.catalog.newest_from(["system"], KEY).status is Status.FAILED


def test_a_handler_that_dies_in_all_attempts_counts_one_failure(
    backends: Backends, capsys: pytest.CaptureFixture[str]
) -> None:
    event = created(backends)
    for _ in range(backends.settings.event_attempts):
        with pytest.raises(Crash):
            process_object(backends, event, plan, crash_after_put)
    assert failures(capsys) == []
    for _ in range(2):
        process_object(backends, event, plan, make)
    assert failures(capsys) == ["attempts_failed"]


def test_an_image_that_the_reconciliation_ends_counts_one_failure(
    backends: Backends, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BackendUnavailable):
        upload.receive(stage.with_failures(backends, catalog={"find": 9, "update": 9}), Photo(photo(), "ann"))
    assert failures(capsys) == []
    clock.advance(901)
    for _ in range(2):
        reconcile.handle(backends, lambda: 900_000)
    assert failures(capsys) == ["abandoned"]


@pytest.mark.parametrize("data", [photo(), b"not a photo"])
def test_an_image_that_is_completed_or_rejected_is_no_failure(
    backends: Backends, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    record = put_and_resize(backends, KEY, data)
    assert record.status in (Status.COMPLETED, Status.REJECTED)
    assert failures(capsys) == []


def test_an_unused_upload_is_no_failure(backends: Backends, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))
    clock.advance(2 * 86400)
    assert reconcile.handle(backends, lambda: 900_000).unused == 1
    assert failures(capsys) == []
