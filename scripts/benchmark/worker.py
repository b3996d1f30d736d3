"""A process that does one task again and again: `python -m scripts.benchmark.worker TASK`.

Each line of its input is a request in JSON; each line of its output is the CPU time in milliseconds (user and system,
of all threads) and the rise of the peak memory in bytes. Reading and writing files is not counted.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from scripts.benchmark.tasks import TASKS, Task
from scripts.measuring.peak_memory import measure_peak
from scripts.terminal import interrupt


def answer(task: Task, request: dict[str, Any]) -> dict[str, float]:
    """Do the task of a request: its photo, its options, and the paths of the outputs."""
    data, made, spent = Path(request["photo"]).read_bytes(), list[bytes](), 0

    def work() -> None:
        nonlocal made, spent
        before = time.process_time_ns()
        made = task(data, request["options"])
        spent = time.process_time_ns() - before

    peak = measure_peak(work)
    for path, each in zip(request["outputs"], made, strict=False):
        Path(path).write_bytes(each)
    return {"cpu_ms": spent / 1e6, "peak": peak}


def serve(task: Task, requests: TextIO, answers: TextIO) -> None:
    """Answer each request until the input ends. A photo that the task refuses is answered with the error."""
    for line in requests:
        try:
            answered: dict[str, Any] = answer(task, json.loads(line))
        except Exception as error:  # noqa: BLE001 -- a decoder may raise anything, and the next photo must be measured
            answered = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answered), file=answers, flush=True)


def main() -> int:
    """Serve the task that the command line names. What the service prints, such as its metrics, goes nowhere."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        serve(TASKS[sys.argv[1]], sys.stdin, answers)
    return 0


if __name__ == "__main__":
    interrupt.run(main)
