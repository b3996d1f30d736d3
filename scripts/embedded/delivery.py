"""Lambda's asynchronous invocation: a queue, two retries under one request id, then the dead-letter queue.

AWS waits one and two minutes before the retries. Here the delays are a parameter, and short by default.
"""

import heapq
import itertools
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from scripts.embedded.functions import Event, Outcome

#: Seconds before the first and the second retry; 60 and 120 on AWS.
DELAYS = (1.0, 2.0)
WORKERS = 4

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeadLetter:
    """An event whose retries are used up, with the last error."""

    function_name: str
    event: Event
    request_id: str
    error_type: str
    error_message: str


@dataclass(frozen=True, order=True)
class _Attempt:
    due: float
    #: Sorts events that are due at the same time: the first one received comes first.
    order: int
    function_name: str = field(compare=False)
    event: Event = field(compare=False)
    request_id: str = field(compare=False)
    number: int = field(compare=False, default=1)


class Delivery:
    """Runs functions for events, on worker threads.

    `invoke(name, event, request_id)` runs a function; `send_dead_letter(letter)` stores an event that always failed.
    """

    def __init__(
        self,
        invoke: Callable[[str, Event, str], Outcome],
        send_dead_letter: Callable[[DeadLetter], None],
        delays: Sequence[float] = DELAYS,
        workers: int = WORKERS,
    ) -> None:
        self._invoke = invoke
        self._send_dead_letter = send_dead_letter
        self._delays = tuple(delays)
        self._waiting: list[_Attempt] = []
        self._running = 0
        self._closed = False
        self._orders = itertools.count()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._work, name=f"delivery-{n}", daemon=True) for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, function_name: str, event: Event) -> str:
        """Queue an event and return the request id of all its attempts. After close() the event is dropped."""
        request_id = str(uuid.uuid4())
        self._queue(_Attempt(time.monotonic(), next(self._orders), function_name, event, request_id))
        return request_id

    def drain(self, timeout: float) -> bool:
        """Wait until no event is queued or running; return False if that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._running, timeout)

    def close(self, timeout: float) -> bool:
        """Drop queued events and wait for running ones; return False if they take longer than `timeout` seconds."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _queue(self, attempt: _Attempt) -> None:
        with self._changed:
            if not self._closed:
                heapq.heappush(self._waiting, attempt)
                self._changed.notify_all()

    def _work(self) -> None:
        while (attempt := self._next()) is not None:
            try:
                self._deliver(attempt)
            finally:
                self._finish()

    def _next(self) -> _Attempt | None:
        with self._changed:
            while not self._closed:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    self._running += 1
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait)
            return None

    def _finish(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def _deliver(self, attempt: _Attempt) -> None:
        try:
            outcome = self._invoke(attempt.function_name, attempt.event, attempt.request_id)
        except Exception as error:
            # The event must not be lost with a fault of the embedded AWS itself.
            logger.exception("%s could not be invoked", attempt.function_name)
            outcome = Outcome("", type(error).__name__, str(error))
        if outcome.error_type is None:
            return
        if attempt.number <= len(self._delays):
            self._retry(attempt, outcome.error_type)
            return
        letter = DeadLetter(
            attempt.function_name, attempt.event, attempt.request_id, outcome.error_type, outcome.error_message
        )
        _log("no retries left, the event goes to the dead-letter queue", attempt, outcome.error_type)
        self._send_dead_letter(letter)

    def _retry(self, attempt: _Attempt, error_type: str) -> None:
        delay = self._delays[attempt.number - 1]
        _log(f"failed, next attempt in {delay:g} s", attempt, error_type)
        self._queue(replace(attempt, due=time.monotonic() + delay, number=attempt.number + 1))


def _log(message: str, attempt: _Attempt, error_type: str) -> None:
    fields = {"function_name": attempt.function_name, "errorType": error_type, "attempt": attempt.number}
    fields["function_request_id"] = attempt.request_id
    logger.warning("%s: %s", attempt.function_name, message, extra=fields)
