"""Requests to S3 and DynamoDB are handled one after the other, but a slow body does not stop the others."""

import io
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from scripts.embedded.deployed.chalice_compat import Environ, StartResponse
from scripts.embedded.one_at_a_time import OneAtATime
from scripts.embedded.server import application_of

#: Seconds that a test waits for what must happen, and for what must not happen.
_LONG, _SHORT = 30.0, 0.2


class Service:
    """An application whose first request waits until the test lets it end; it keeps what it was sent."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.bodies: list[bytes] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        self.entered.release()
        self.may_end.wait(_LONG)
        yield b"done"


def _call(app: OneAtATime, answers: list[Iterable[bytes]], **environ: Any) -> threading.Thread:
    """Send a request from a thread of its own."""
    thread = threading.Thread(target=lambda: answers.append(app(environ, lambda *_: None)))
    thread.start()
    return thread


def test_a_request_waits_for_the_one_before() -> None:
    service, answers = Service(), list[Iterable[bytes]]()
    app = OneAtATime(service)
    threads = [_call(app, answers, **{"wsgi.input": io.BytesIO(b"ab"), "CONTENT_LENGTH": "2"}) for _ in range(2)]
    assert service.entered.acquire(timeout=_LONG)
    assert not service.entered.acquire(timeout=_SHORT)

    service.may_end.set()
    for thread in threads:
        thread.join(_LONG)
    assert answers == [[b"done"]] * 2
    assert service.bodies == [b"ab"] * 2


def test_a_body_that_is_slow_to_come_stops_nobody() -> None:
    service, answers, body_may_end = Service(), list[Iterable[bytes]](), threading.Event()
    service.may_end.set()

    class SlowBody(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            body_may_end.wait(_LONG)
            return super().read(size)

    app = OneAtATime(service)
    slow = _call(app, answers, **{"wsgi.input": SlowBody(b"slow"), "CONTENT_LENGTH": "4"})
    _call(app, answers, **{"wsgi.input": io.BytesIO()}).join(_LONG)
    assert service.bodies == [b""]

    body_may_end.set()
    slow.join(_LONG)
    assert service.bodies == [b"", b"slow"]


def test_a_body_in_chunks_is_read_to_its_end() -> None:
    service, answers = Service(), list[Iterable[bytes]]()
    service.may_end.set()
    _call(OneAtATime(service), answers, **{"wsgi.input": io.BytesIO(b"abc"), "wsgi.input_terminated": True}).join(_LONG)
    assert service.bodies == [b"abc"]


@pytest.mark.parametrize(("service", "expected"), [("s3", True), ("dynamodb", True), ("lambda", False), ("sqs", False)])
def test_the_services_whose_requests_wait_for_nothing_are_wrapped(service: str, expected: bool) -> None:
    assert isinstance(application_of(service), OneAtATime) is expected
