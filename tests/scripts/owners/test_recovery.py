"""What an erasure does not reach is said, and until when."""

import pytest

from chalicelib.backends import Backends
from scripts.owners import recovery
from tests import stage
from tests.scripts.owners.world import clients


def test_the_days_of_point_in_time_recovery_are_said(backends: Backends) -> None:
    table = backends.settings.images_table
    stage.dynamodb().update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    said = next(recovery.remains(backends, clients))
    assert said.startswith(f"Point-in-time recovery of {table} still holds the records until 2026-04-05 12:00 UTC (35 ")
    assert "run this command again" in said


def test_a_table_without_it_holds_nothing(backends: Backends) -> None:
    assert next(recovery.remains(backends, clients)).endswith("is off, so it holds no record.")


@pytest.mark.parametrize(("chosen", "days"), [(None, "30"), ("90", "90")])
def test_the_days_of_the_logs_are_said(
    backends: Backends, monkeypatch: pytest.MonkeyPatch, chosen: str | None, days: str
) -> None:
    monkeypatch.delenv("LOG_DAYS", raising=False)
    if chosen:
        monkeypatch.setenv("LOG_DAYS", chosen)
    [*_, said] = recovery.remains(backends, clients)
    assert said.endswith(f"LOG_DAYS: {days} days.")
