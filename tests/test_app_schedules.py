"""The schedules of the app, and what their handlers return."""

import json
from typing import Any

import app as entry_points
from chalicelib.backends import Backends
from chalicelib.flows.accept import Purpose, UploadRequest
from chalicelib.flows.upload import create_upload
from chalicelib.records import ANONYMOUS, Status
from scripts.embedded.functions import Function, Functions
from scripts.embedded.scheduler import rules_of
from tests.conftest import ROOT
from tests.flows.cleanup.cleaning import days_later

SCHEDULED: dict[str, Any] = json.loads((ROOT / "tests" / "events" / "schedule.json").read_text())


def test_the_app_has_these_schedules() -> None:
    assert {rule.name: rule.expression for rule in rules_of(entry_points.app, "darkroom-dev")} == {
        "darkroom-dev-cleanup-event": "cron(30 21 * * ? *)",
        "darkroom-dev-reconcile-event": "rate(15 minutes)",
        "darkroom-dev-dog_fetch-event": "rate(1 hour)",
    }


def test_the_reconciliation_ends_what_is_due_and_returns_its_counts(backends: Backends) -> None:
    # The handler uses the real clock, which is later than the end of this upload.
    past = days_later(backends, -400)
    record, _ = create_upload(past, UploadRequest(ANONYMOUS, "", "image/jpeg", 9, Purpose.PROCESS))

    # Chalice's test client leaves a handler only milliseconds.
    functions = Functions([Function("reconcile", entry_points.reconcile_records, timeout=120)])
    outcome = functions.invoke("reconcile", SCHEDULED, "a-request")

    assert json.loads(outcome.payload) == {
        "due": 1,
        "failed": 0,
        "overwritten": 0,
        "unused": 1,
        "deleted": 0,
        "cleared": 0,
        "told": 0,
        "untold": 0,
        "errors": 0,
        "finished": True,
    }
    assert backends.catalog.get(record.id).status is Status.EXPIRED
