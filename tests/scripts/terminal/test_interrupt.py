"""Ctrl-C while a command imports, while it runs, and while it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SENTENCE = "darkroom: interrupted.\n"
#: `make run` ends with 0: tests/scripts/test_local.py tests its signals.
NO_COMMANDS = ("__init__", "local", "project")
COMMANDS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py") if path.stem not in NO_COMMANDS)
#: `make run` has handlers of its own. atheris would take a KeyboardInterrupt for a finding.
WITHOUT_RUN = {"local", "fuzz"}

INTERRUPT = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Python to its end; its output is text."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | variables, capture_output=True, text=True
    )


@pytest.fixture
def interrupting(tmp_path: Path) -> str:
    """A folder whose module argparse, which every command imports first, is a Ctrl-C."""
    (tmp_path / "argparse.py").write_text(INTERRUPT)
    return str(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_ctrl_c_while_a_command_imports_gives_one_sentence(command: str, interrupting: str) -> None:
    for start in (["-m", f"scripts.{command}"], [f"scripts/{command}.py"]):
        ended = run(*start, PYTHONPATH=interrupting)
        assert (ended.returncode, ended.stderr, ended.stdout) == (130, SENTENCE, "")


def test_every_program_runs_its_main_under_the_handler_of_ctrl_c() -> None:
    texts = {path.stem: path.read_text() for path in (ROOT / "scripts").rglob("*.py")}
    ends = {name: text.partition('\nif __name__ == "__main__":\n')[2] for name, text in texts.items()}
    others = {name for name, end in ends.items() if end and end != "    interrupt.run(main)\n"}
    assert others == WITHOUT_RUN


def run_main(body: str, end: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a program whose main() has this body; `end` runs while Python shuts down."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return run(
        "-c",
        "import atexit, os, signal\nfrom scripts.terminal import interrupt\n"
        "def ctrl_c():\n    os.kill(os.getpid(), signal.SIGINT)\n"
        f"def main():\n{lines}"
        f"atexit.register(lambda: [{end}])\ninterrupt.run(main)\n",
    )


def test_a_ctrl_c_while_a_command_runs_lets_it_clean_up() -> None:
    ended = run_main("try:\n    ctrl_c()\nfinally:\n    print('cleaned up')")
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, SENTENCE, "cleaned up\n")


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_the_signals_of_a_runner_and_of_a_closed_terminal_do_the_same(name: str, status: int) -> None:
    send = f"os.kill(os.getpid(), signal.{name})"
    ended = run_main(f"try:\n    {send}\nfinally:\n    print('cleaned up')")
    assert (ended.returncode, ended.stderr, ended.stdout) == (status, SENTENCE, "cleaned up\n")
    again = run_main(
        f"try:\n    {send}\nfinally:\n    try:\n        {send}\n    finally:\n        print('not reached')"
    )
    assert (again.returncode, again.stderr, again.stdout) == (status, SENTENCE, "")


@pytest.mark.parametrize(("first", "second", "status"), [("SIGINT", "SIGTERM", 130), ("SIGTERM", "SIGHUP", 143)])
def test_another_signal_lets_a_command_go_on_with_its_clean_up(first: str, second: str, status: int) -> None:
    ended = run_main(
        f"try:\n    os.kill(os.getpid(), signal.{first})\nfinally:\n"
        f"    os.kill(os.getpid(), signal.{second})\n    print('cleaned up')"
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (status, SENTENCE, "cleaned up\n")


def test_a_command_under_nohup_goes_on_when_the_terminal_is_closed() -> None:
    ended = run(
        "-c",
        "import os, signal\nfrom scripts.terminal import interrupt\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "interrupt.run(lambda: os.kill(os.getpid(), signal.SIGHUP))\n",
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_second_ctrl_c_ends_a_command_at_once() -> None:
    ended = run_main(
        "try:\n    ctrl_c()\nfinally:\n    try:\n        ctrl_c()\n    finally:\n        print('not reached')"
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, SENTENCE, "")


@pytest.mark.parametrize("body", ["return 0", "raise SystemExit(2)"])
def test_a_ctrl_c_while_python_shuts_down_gives_one_sentence(body: str) -> None:
    ended = run_main(body, "ctrl_c()")
    assert (ended.returncode, ended.stderr) == (130, SENTENCE)


@pytest.mark.parametrize(("body", "status"), [("return 0", 0), ("return 3", 3), ("return", 0)])
def test_without_a_ctrl_c_the_status_is_that_of_main(body: str, status: int) -> None:
    ended = run_main(body)
    assert (ended.returncode, ended.stderr) == (status, "")


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_command_prints_what_the_terminal_cannot_show_with_escapes(encoding: str) -> None:
    ended = run(
        "-c",
        "from scripts.terminal import interrupt\ninterrupt.run(lambda: print('\\udce9'))\n",
        PYTHONIOENCODING=encoding,
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "\\udce9\n")


@pytest.mark.parametrize("lines", [1, 100_000])
def test_a_reader_that_ends_early_gets_no_traceback(lines: int) -> None:
    read, write = os.pipe()
    os.close(read)
    program = f"from scripts.terminal import interrupt\ninterrupt.run(lambda: print('a line\\n' * {lines}))\n"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_another_broken_pipe_is_an_error() -> None:
    ended = run_main("raise BrokenPipeError('a socket')")
    assert ended.returncode == 1
    assert "BrokenPipeError: a socket" in ended.stderr
