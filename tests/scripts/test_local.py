"""The command behind `make run`: its options, its ports, and Ctrl-C at any moment."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from scripts.embedded.ports import check_port, listen
from scripts.local import read_options
from tests.end_to_end.program import ROOT, SECONDS, Program, command, free_port


def options(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, object]:
    monkeypatch.setattr(sys, "argv", ["scripts.local", *arguments])
    return vars(read_options())


def test_the_defaults_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options(monkeypatch) == {
        "port": 8000,
        "aws_port": 4566,
        "retry_delays": (1.0, 2.0),
        "dog_api": "",
        "log": "",
    }


def test_empty_variables_of_make_mean_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options(monkeypatch, "--dog-api", "", "--log", "") == options(monkeypatch)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8_000", "\u0668\u0660", ""])
def test_a_port_must_be_a_number_from_1_to_65535(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options(monkeypatch, f"--port={port}")
    assert ended.value.code == 2
    assert "is not a port. Choose a number from 1 to 65535." in capsys.readouterr().err


def test_an_unknown_log_style_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        options(monkeypatch, "--log", "yaml")


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that a program uses."""
    with listen(0) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize("case", ["the API's port", "the AWS endpoint's port", "one port for both"])
def test_a_port_that_cannot_be_used_ends_the_program_with_one_sentence(case: str, busy: int) -> None:
    free = free_port()
    ports = {"the API's port": (busy, free), "the AWS endpoint's port": (free, busy)}.get(case, (free, free))
    ended = subprocess.run(command(*ports), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert "PORT" in line
    assert ended.stdout == ""


def wait_for_import(stderr: IO[str], module: str) -> None:
    """Wait until `python -X importtime` reports that it has imported a module."""
    for line in stderr:
        if line.rpartition("|")[2].strip() == module:
            return
    raise AssertionError(f"{module} was not imported")


@pytest.mark.parametrize(
    ("module", "number"),
    [
        ("chalice.app", signal.SIGINT),
        ("botocore.session", signal.SIGINT),
        ("moto.core.models", signal.SIGTERM),
        ("scripts.embedded.functions", signal.SIGHUP),
    ],
)
def test_a_signal_during_the_imports_ends_the_program_without_a_traceback(module: str, number: signal.Signals) -> None:
    arguments = command(free_port(), free_port())
    arguments[1:1] = ["-X", "importtime"]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        wait_for_import(process.stderr, module)
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait(SECONDS) == 0
    assert "Traceback" not in rest


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path, "--log", "json")
    yield program
    program.kill()


def test_ctrl_c_before_the_servers_are_ready_ends_the_program_without_a_traceback(program: Program) -> None:
    program.wait_for_line("starting")
    assert program.interrupt() == 0
    assert len(program.err_lines()) == 1
    check_port(program.port, "PORT")


def test_the_log_is_json_lines_if_a_person_wants_so_and_sigterm_stops_the_program(program: Program) -> None:
    program.wait_until_ready()
    _, headers, _ = program.ask("GET", "/health")
    lines = [json.loads(line) for line in program.lines()]
    [request] = [line for line in lines if line.get("ms") is not None]
    assert (request["method"], request["path"], request["status"]) == ("GET", "/health", 200)
    assert request["request_id"] == headers["X-Request-Id"]
    assert [line["method"] for line in lines if line["message"] == "request"] == ["GET", "GET"]
    program.process.send_signal(signal.SIGTERM)
    assert program.process.wait(SECONDS) == 0
    assert "Traceback" not in program.err.read_text()
