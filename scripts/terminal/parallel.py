"""Work on several threads: a Ctrl-C begins nothing more and lets what is under way end; a second one ends it all."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    work: Callable[[Item], Result], items: Iterable[Item], concurrency: int, after_each: Callable[[], object]
) -> list[Result]:
    """Do `work` on every item, `concurrency` at once, and give the results in the order of the items.

    After a Ctrl-C there are fewer results than items. Raises what `work` raised; nothing is begun after that.
    """
    with _until_interrupted() as stopping, ThreadPoolExecutor(concurrency) as pool:

        def begin(item: Item) -> list[Result]:
            if stopping.is_set():
                return []
            result = work(item)
            after_each()
            return [result]

        return [result for results in pool.map(begin, items) for result in results]


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """Give an event that a Ctrl-C sets: an exception, raised anywhere, would lose results."""
    stopping = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        # What is under way may wait minutes for an AWS that does not answer.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.write(sys.stderr.fileno(), b"\nFinishing what is under way; Ctrl-C once more ends it at once.\n")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)


def at_least_one(text: str) -> int:
    """Read a positive whole number of the command line."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no positive whole number")
    return int(text)
