"""Work on several threads, and a Ctrl-C in the midst of it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from scripts.terminal.parallel import run_all

TOLD = b"Finishing what is under way; Ctrl-C once more ends it at once.\n"


def test_every_item_is_worked_on_and_counted() -> None:
    counted: list[int] = []
    assert run_all(lambda number: number * 2, range(40), 8, lambda: counted.append(1)) == [2 * n for n in range(40)]
    assert len(counted) == 40


def test_ctrl_c_begins_nothing_more_and_lets_what_runs_end() -> None:
    counted: list[int] = []

    def work(number: int) -> int:
        if number == 2:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.005)
        return number

    results = run_all(work, range(10_000), 3, lambda: counted.append(1))
    assert results == list(range(len(results)))
    assert 3 <= len(results) == len(counted) < 10_000


def test_a_second_ctrl_c_ends_what_does_not_end() -> None:
    program = (
        "import time\nfrom scripts.terminal.parallel import run_all\n"
        "run_all(lambda _: (print('begun', flush=True), time.sleep(600)), [1], 1, lambda: None)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() + process.stderr.readline() == b"\n" + TOLD
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait() == -signal.SIGINT


def test_what_work_raises_is_raised() -> None:
    def work(number: int) -> None:
        if number == 1:
            raise ValueError("number one")

    with pytest.raises(ValueError, match="number one"):
        run_all(work, range(9), 2, lambda: None)
