"""Work on several threads: its results, its errors, and a Ctrl-C."""

import os
import signal
import subprocess
import sys
import time

import pytest

from scripts.terminal.parallel import run_all

MESSAGE = b"Finishing the running items. Press Ctrl-C again to stop at once.\n"


def test_every_item_is_processed_and_counted_once() -> None:
    counted: list[int] = []
    assert run_all(lambda number: number * 2, range(40), 8, lambda: counted.append(1)) == [2 * n for n in range(40)]
    assert len(counted) == 40


def test_after_a_ctrl_c_running_items_finish_and_no_other_starts() -> None:
    counted: list[int] = []

    def work(number: int) -> int:
        if number == 2:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.005)
        return number

    results = run_all(work, range(10_000), 3, lambda: counted.append(1))
    assert results == list(range(len(results)))
    assert 3 <= len(results) == len(counted) < 10_000


def test_a_second_ctrl_c_ends_the_process() -> None:
    program = (
        "import time\nfrom scripts.terminal.parallel import run_all\n"
        "run_all(lambda _: (print('started', flush=True), time.sleep(600)), [1], 1, lambda: None)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline() + process.stderr.readline() == b"\n" + MESSAGE
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_an_exception_of_the_work_is_raised() -> None:
    def work(number: int) -> None:
        if number == 1:
            raise ValueError("number one")

    with pytest.raises(ValueError, match="number one"):
        run_all(work, range(9), 2, lambda: None)
