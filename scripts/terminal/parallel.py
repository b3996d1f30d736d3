"""Work on several threads. A first Ctrl-C lets the running items finish; a second one ends the process."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from scripts.terminal import interrupt

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    work: Callable[[Item], Result], items: Iterable[Item], concurrency: int, after_each: Callable[[], object]
) -> list[Result]:
    """Call `work` with every item, `concurrency` at once. Return the results in the order of the items.

    After a Ctrl-C there are fewer results than items. An exception of `work` is raised, and no further item starts.
    """
    with _stop_on_ctrl_c() as stopping, ThreadPoolExecutor(concurrency) as pool:

        def run(item: Item) -> list[Result]:
            if stopping.is_set():
                return []
            result = work(item)
            after_each()
            return [result]

        return [result for results in pool.map(run, items) for result in results]


@contextmanager
def _stop_on_ctrl_c() -> Iterator[threading.Event]:
    """Yield an event that a Ctrl-C sets. A KeyboardInterrupt could come anywhere and lose results."""
    stopping = threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        # A running item may wait for minutes, if AWS does not answer.
        interrupt.end_at_ctrl_c()
        os.write(2, b"\nFinishing the running items. Press Ctrl-C again to stop at once.\n")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopping
    finally:
        signal.signal(signal.SIGINT, before)
