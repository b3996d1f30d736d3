"""The second opinion fails if a server is missing or ends, and if too few tests run."""

import sys
from pathlib import Path

import pytest

from scripts import second_opinion
from scripts.deployment.patience import NotReady
from scripts.deployment.target import DeployError
from scripts.project import PROJECT


@pytest.mark.parametrize(
    ("status", "summary", "expected"),
    [
        (0, f"{second_opinion.MIN_TESTS} passed, 32 skipped in 17.83s", 0),
        (0, f"{second_opinion.MIN_TESTS - 1} passed, 32 skipped in 17.83s", 1),
        (0, "155 skipped in 0.10s", 1),
        (0, "", 1),
        (1, "1 failed, 200 passed in 17.83s", 1),
        (5, "no tests ran in 0.01s", 5),
    ],
)
def test_it_passes_only_if_enough_tests_ran_and_none_failed(status: int, summary: str, expected: int) -> None:
    assert second_opinion.exit_status(status, summary) == expected


def test_without_localstack_or_node_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["second_opinion"])
    monkeypatch.setattr(second_opinion, "LOCALSTACK", PROJECT / "missing" / "python")
    assert second_opinion.main() == 1
    assert "missing/python is missing. Run `make second-opinion`." in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(DeployError, match=r"node or dynalite is missing\. Install Node\.js"),
        second_opinion.dynalite(tmp_path),
    ):
        pass


def test_a_server_that_ends_is_an_error_with_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no room', flush=True); raise SystemExit(3)"]
    log = tmp_path / "localstack.log"
    with (
        pytest.raises(DeployError, match="localstack ended: no room"),
        second_opinion._running(command, {}, log, 9),
    ):
        pass


def test_a_server_that_answers_runs_until_the_block_ends(tmp_path: Path) -> None:
    port = second_opinion._free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with second_opinion._running(command, {}, tmp_path / "server.log", port):
        second_opinion._ask(port, tmp_path / "server.log")
    with pytest.raises(NotReady, match="its output"):
        second_opinion._ask(port, tmp_path / "server.log")
