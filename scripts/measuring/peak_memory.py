"""Measure the peak of resident memory of some work in a forked child, which takes its memory with it."""

import json
import os
import resource
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


def run_in_child(work: Callable[[], Any]) -> Any:
    """Run `work` in a forked child, without its standard output, and return its result, which must be JSON.

    Raises ChildProcessError when it fails.

    Fork from a small process: memory that this process has freed is resident in the child too, and `work` could use it
    again without a rise of the peak.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(work, write_end)
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        text = answer.read()
    if os.waitpid(pid, 0)[1]:
        raise ChildProcessError("The child process failed; its traceback is above.")
    return json.loads(text)


def _run(work: Callable[[], Any], write_end: int) -> None:
    status = 1
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        with os.fdopen(write_end, "w") as answer:
            json.dump(work(), answer)
        status = 0
    except BaseException:  # noqa: BLE001 - the child must end here, whatever happens
        traceback.print_exc()
    finally:
        # Skip the parent's exit handlers and buffers, which the child has inherited
        os._exit(status)


def measure_peak(work: Callable[[], object]) -> int:
    """Run `work` and return how many bytes the resident memory of this process rose above what it was before."""
    if _CLEAR_REFS.exists():
        _CLEAR_REFS.write_text("5")
    before = _read_peak()
    work()
    return _read_peak() - before


def _read_peak() -> int:
    """Return the peak in bytes. On Linux, getrusage() would return the parent's where that is higher."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
