"""The name of the API, and the log of the errors that only Chalice catches."""

import io
import json
from typing import Any

import pytest
from chalice.test import Client

import app as entry_points
from chalicelib import telemetry
from tests.conftest import ROOT


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr(telemetry.handler, "stream", stream)
    return stream


def test_the_name_of_the_api_which_cloudwatch_keeps_its_metrics_by_has_the_stage() -> None:
    assert entry_points.app.app_name == f"darkroom-{entry_points.SETTINGS.stage}"


def test_an_error_that_only_chalice_catches_is_in_the_log_of_the_service(log: io.StringIO) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("an error outside of every view")

    views = entry_points.app.routes["/health"]
    with pytest.MonkeyPatch.context() as patch, Client(entry_points.app, project_dir=str(ROOT)) as client:
        patch.setattr(views["GET"], "view_function", fail)
        assert client.http.get("/health").status_code == 500
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["exception_name"] for line in lines if "Caught exception" in line["message"]] == ["RuntimeError"]
