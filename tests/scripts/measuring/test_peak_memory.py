"""Peak memory: a child reports its result or fails, and the peak counts memory that is free again."""

import mmap
import os

import pytest

from scripts.measuring.peak_memory import measure_peak, run_in_child

MEGABYTE = 1 << 20


def use(megabytes: int) -> None:
    """Use memory of the system, and give it back. `bytes` could lie in what glibc kept after an earlier test."""
    with mmap.mmap(-1, megabytes * MEGABYTE) as memory:
        for page in range(0, len(memory), mmap.PAGESIZE):
            memory[page] = 1


def test_a_child_returns_its_result() -> None:
    parent = os.getpid()
    assert run_in_child(lambda: {"pid": os.getpid()})["pid"] != parent


def test_a_failed_child_raises_an_error_in_its_parent(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ChildProcessError):
        run_in_child(lambda: 1 // 0)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_the_output_of_a_child_is_discarded(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_in_child(lambda: os.write(1, b"a log line\n")) == 11
    assert capfd.readouterr().out == ""


def test_the_peak_counts_memory_that_is_free_again() -> None:
    peak = run_in_child(lambda: measure_peak(lambda: use(50)))
    assert 49 * MEGABYTE < peak < 55 * MEGABYTE


def test_work_without_memory_has_no_peak() -> None:
    assert run_in_child(lambda: measure_peak(lambda: None)) < MEGABYTE


def test_an_earlier_peak_does_not_count() -> None:
    def after_a_peak() -> int:
        use(50)
        return measure_peak(lambda: use(10))

    assert run_in_child(after_a_peak) < 15 * MEGABYTE
