"""An event that fails is run three times under one request id, and then becomes a dead letter."""

import threading
from collections.abc import Callable, Iterator

import pytest

from scripts.embedded.delivery import DeadLetter, Delivery
from scripts.embedded.functions import Event, Outcome

#: Only a worker that hangs takes this long.
SECONDS = 240.0
EVENT: Event = {"Records": [{"number": 1}]}

Starter = Callable[..., Delivery]


class Recorder:
    """A function that fails the first `failures` times, with its calls and the dead letters."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.calls: list[tuple[str, Event, str]] = []
        self.letters: list[DeadLetter] = []

    def invoke(self, name: str, event: Event, request_id: str) -> Outcome:
        self.calls.append((name, event, request_id))
        if len(self.calls) <= self.failures:
            return Outcome("{}", "OSError", f"attempt {len(self.calls)}")
        return Outcome("null")


@pytest.fixture
def start() -> Iterator[Starter]:
    started: list[Delivery] = []

    def build(invoke: Callable[[str, Event, str], Outcome], recorder: Recorder, delays: tuple[float, ...]) -> Delivery:
        started.append(Delivery(invoke, recorder.letters.append, delays, workers=2))
        return started[-1]

    yield build
    closed = [delivery.close(SECONDS) for delivery in started]
    assert all(closed)


def test_an_event_that_succeeds_is_delivered_once(start: Starter) -> None:
    recorder = Recorder()
    delivery = start(recorder.invoke, recorder, (0, 0))
    request_id = delivery.submit("resize", EVENT)
    assert delivery.drain(SECONDS)
    assert recorder.calls == [("resize", EVENT, request_id)]
    assert recorder.letters == []


def test_an_event_that_fails_once_is_delivered_again_under_the_same_request_id(start: Starter) -> None:
    recorder = Recorder(failures=1)
    delivery = start(recorder.invoke, recorder, (0, 0))
    request_id = delivery.submit("resize", EVENT)
    assert delivery.drain(SECONDS)
    assert recorder.calls == [("resize", EVENT, request_id)] * 2
    assert recorder.letters == []


def test_an_event_that_always_fails_becomes_a_dead_letter_after_two_retries(start: Starter) -> None:
    recorder = Recorder(failures=9)
    delivery = start(recorder.invoke, recorder, (0, 0))
    request_id = delivery.submit("resize", EVENT)
    assert delivery.drain(SECONDS)
    assert len(recorder.calls) == 3
    assert recorder.letters == [DeadLetter("resize", EVENT, request_id, "OSError", "attempt 3")]


def test_a_fault_of_the_embedded_aws_does_not_lose_the_event(start: Starter) -> None:
    """With an exception in a worker, the event and the worker would be gone."""
    recorder = Recorder(failures=1)

    def invoke(name: str, event: Event, request_id: str) -> Outcome:
        if recorder.invoke(name, event, request_id).error_type:
            raise ValueError("seek of closed file")
        return Outcome("null")

    delivery = start(invoke, recorder, (0, 0))
    delivery.submit("resize", EVENT)
    assert delivery.drain(SECONDS)
    assert len(recorder.calls) == 2
    assert recorder.letters == []


def test_two_events_have_two_request_ids(start: Starter) -> None:
    recorder = Recorder()
    delivery = start(recorder.invoke, recorder, ())
    assert delivery.submit("resize", EVENT) != delivery.submit("resize", EVENT)


def test_submitting_does_not_wait_for_the_function(start: Starter) -> None:
    recorder, gate = Recorder(), threading.Event()

    def invoke(name: str, event: Event, request_id: str) -> Outcome:
        assert gate.wait(SECONDS)
        return recorder.invoke(name, event, request_id)

    delivery = start(invoke, recorder, ())
    delivery.submit("resize", EVENT)
    assert not delivery.drain(0)
    assert recorder.calls == []
    gate.set()
    assert delivery.drain(SECONDS)
    assert len(recorder.calls) == 1


def test_closing_drops_the_retries_that_are_queued(start: Starter) -> None:
    recorder, failed = Recorder(failures=9), threading.Event()

    def invoke(name: str, event: Event, request_id: str) -> Outcome:
        failed.set()
        return recorder.invoke(name, event, request_id)

    delivery = start(invoke, recorder, (3600.0,))
    delivery.submit("resize", EVENT)
    assert failed.wait(SECONDS)
    assert delivery.close(SECONDS)
    assert len(recorder.calls) == 1
    assert recorder.letters == []


def test_closing_waits_for_a_running_function_and_accepts_no_more_events(start: Starter) -> None:
    recorder, begun, gate = Recorder(), threading.Event(), threading.Event()

    def invoke(name: str, event: Event, request_id: str) -> Outcome:
        begun.set()
        assert gate.wait(SECONDS)
        return recorder.invoke(name, event, request_id)

    delivery = start(invoke, recorder, ())
    delivery.submit("resize", EVENT)
    assert begun.wait(SECONDS)
    assert not delivery.close(0)
    gate.set()
    assert delivery.close(SECONDS)
    delivery.submit("resize", EVENT)
    assert len(recorder.calls) == 1
