"""The service starts with one sentence for each fault. tests/end_to_end runs it whole."""

import logging
import os
import threading
from collections.abc import Iterator

import pytest
from chalice.app import Chalice, Response

from chalicelib import telemetry
from scripts.embedded.gateway import Gateway
from scripts.embedded.ports import listen
from scripts.embedded.service import Options, StartError, check_answers, serve, stage_name
from scripts.project import read_config
from tests.scripts.embedded.conftest import config_of


@pytest.fixture
def _process() -> Iterator[None]:
    """Undo what serve() changes in its process: the environment and the loggers."""
    environ, package = dict(os.environ), logging.getLogger("scripts.embedded")
    handlers, level = list(telemetry.log.handlers), package.level
    yield
    os.environ.clear()
    os.environ.update(environ)
    package.handlers.clear()
    package.setLevel(level)
    package.propagate = True
    telemetry.log.handlers[:] = handlers
    telemetry.metrics.enabled = True


def free_port() -> int:
    with listen(0) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.usefixtures("_process")
def test_a_wrong_setting_ends_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAX_INPUT_PIXELS", "many")
    assert serve(Options(free_port(), free_port(), ()), threading.Event()) == 1
    printed = capsys.readouterr()
    [line] = printed.err.splitlines()
    assert line.startswith("darkroom: ")
    assert "MAX_INPUT_PIXELS" in line
    assert printed.out == ""


@pytest.mark.usefixtures("_process")
def test_a_port_that_was_taken_during_the_start_ends_it_with_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with listen(0) as busy:
        assert serve(Options(free_port(), busy.getsockname()[1], ()), threading.Event()) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "is in use by another program" in line
    assert "AWS_PORT=" in line


def app_with_health(status: int) -> Chalice:
    app = Chalice("tiny", configure_logs=False)

    @app.route("/health")
    def health() -> Response:
        return Response(body="", status_code=status)

    return app


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (500, False), (404, False)])
def test_a_server_must_answer_200_to_be_ready(status: int, healthy: bool) -> None:
    app = app_with_health(status)
    gateway = Gateway(app, config_of(app))
    try:
        if healthy:
            check_answers(gateway.port, "/health", "the API")
        else:
            with pytest.raises(StartError, match=f"the API has started, but answers {status} to GET /health"):
                check_answers(gateway.port, "/health", "the API")
    finally:
        gateway.stop()


def test_the_prefix_of_a_stage_is_the_app_and_the_stage() -> None:
    assert stage_name(read_config(stage="dev")) == "darkroom-dev"
