"""Work on several threads: a Ctrl-C begins nothing more and lets what is under way end."""

import argparse
import queue
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    work: Callable[[Item], Result], items: Iterable[Item], concurrency: int, after_each: Callable[[Result], object]
) -> list[Result]:
    """Do `work` on every item, `concurrency` at once; after a Ctrl-C fewer results than items come back."""
    waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)
    results: list[Result] = []
    stopping, lock = threading.Event(), threading.Lock()
    threads = [
        threading.Thread(target=_work, args=(work, waiting, stopping, lock, results, after_each))
        for _ in range(concurrency)
    ]
    for thread in threads:
        thread.start()
    _wait(threads, stopping)
    return results


def at_least_one(text: str) -> int:
    """Read a positive whole number of the command line."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no positive whole number")
    return int(text)


def _work(
    work: Callable[[Item], Result],
    waiting: "queue.SimpleQueue[Item]",
    stopping: threading.Event,
    lock: threading.Lock,
    results: list[Result],
    after_each: Callable[[Result], object],
) -> None:
    while not stopping.is_set():
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            return
        result = work(item)
        with lock:
            results.append(result)
            after_each(result)


def _wait(threads: list[threading.Thread], stopping: threading.Event) -> None:
    """Wait for every thread, however often a person presses Ctrl-C."""
    while any(thread.is_alive() for thread in threads):
        try:
            for thread in threads:
                thread.join(0.2)
        except KeyboardInterrupt:
            stopping.set()
