"""A process whose calls to AWS fail on purpose: one fault at one call, or a pause before it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.exceptions import ReadTimeoutError, ResponseStreamingError
from moto.core.models import botocore_stubber

from chalicelib.aws.clients import Clients

SERVICES = ("s3", "dynamodb", "sns", "stepfunctions")


class Crash(BaseException):
    """The end of a process, such as a time-out of Lambda. No handler catches it."""


class Mode(StrEnum):
    """What happens to one call."""

    #: The process dies before the call is sent.
    BEFORE = "before"
    #: The call is applied, then the process dies.
    AFTER = "after"
    #: The service answers with an error; nothing is applied.
    ERROR = "error"
    #: The call is applied, and its answer is lost in all tries.
    LOST = "lost"
    #: The call is applied, its answer is lost, and botocore sends it again.
    RESENT = "resent"
    #: The body of the answer breaks off.
    BROKEN = "broken"
    #: The service fails from this call on, also in all retries of Lambda or of the client.
    DOWN = "down"


@dataclass(frozen=True)
class Fault:
    """A fault at one call, counted from 1."""

    call: int
    mode: Mode


class _BrokenBody:
    def read(self, *_args: object) -> bytes:
        raise ResponseStreamingError(error="the connection broke")

    def close(self) -> None:
        """Close nothing."""


@dataclass
class Process:
    """One run of a request or a function: its calls so far, and the faults that it meets."""

    faults: tuple[Fault, ...] = ()
    #: Services that are down for this process.
    down: set[str] = field(default_factory=set)
    #: Called before each call with its number.
    pause: Callable[[int], None] = lambda _call: None
    trace: list[str] = field(default_factory=list)
    is_dead: bool = False

    def mode(self) -> Mode | None:
        """Return the fault of the present call."""
        return next((fault.mode for fault in self.faults if fault.call == len(self.trace)), None)

    def die(self) -> None:
        """End the process at this call."""
        self.is_dead = True
        raise Crash


class FaultyClients:
    """Clients whose calls go through the present process. Several of them are several processes at once."""

    def __init__(self, note_objects: Callable[[], None]) -> None:
        self.clients = Clients(None)
        self.process = Process()
        self._note_objects = note_objects
        for service in SERVICES:
            events: Any = getattr(self.clients, service).meta.events
            events.register_first(f"before-call.{service}", self._before)
            events.register_first(f"before-send.{service}", self._send)
            events.register_last(f"after-call.{service}", self._after)

    def _before(self, model: Any, **_event: Any) -> tuple[Any, dict[str, Any]] | None:
        process, service = self.process, str(model.service_model.service_name)
        if process.is_dead:
            raise Crash
        process.trace.append(f"{service}:{model.name}")
        process.pause(len(process.trace))
        mode = process.mode()
        if mode is Mode.BEFORE:
            process.die()
        if mode is Mode.DOWN:
            process.down.add(service)
        if mode is Mode.ERROR or service in process.down:
            return _Answer(), {"Error": {"Code": "InternalError", "Message": "a fault"}, "ResponseMetadata": {}}
        return None

    def _send(self, request: Any, event_name: str, **_event: Any) -> Any:
        """Apply a call whose answer is lost; botocore sends it again, and moto answers the second one."""
        if self.process.mode() is Mode.RESENT:
            stubber: Callable[[str, Any], Any] = botocore_stubber
            stubber(event_name, request)
            self._note_objects()
            request.reset_stream()

    def _after(self, parsed: dict[str, Any], model: Any, **_event: Any) -> None:
        if model.name == "PutObject":
            self._note_objects()
        mode = self.process.mode()
        if mode is Mode.AFTER:
            self.process.die()
        if mode is Mode.LOST:
            raise ReadTimeoutError(endpoint_url="a fault")
        if mode is Mode.BROKEN and "Body" in parsed:
            parsed["Body"] = _BrokenBody()


class _Answer:
    """The HTTP response of a service that fails."""

    status_code = 500
