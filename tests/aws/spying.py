"""Clients whose calls a test can read, and clients that lose answers."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ReadTimeoutError
from moto.core.models import botocore_stubber

from chalicelib.aws.clients import Clients


def calls_of(clients: Clients, service: str, operation: str) -> list[dict[str, Any]]:
    """Return a list that gets the parameters of each further call of an operation, such as dynamodb and GetItem."""
    calls: list[dict[str, Any]] = []
    client: Any = getattr(clients, service)

    def note(params: dict[str, Any], **_event: object) -> None:
        calls.append(dict(params))

    client.meta.events.register(f"provide-client-params.{service}.{operation}", note)
    return calls


def lose_first_answer(
    clients: Clients, service: str, operation: str, meanwhile: Callable[[], object] = lambda: None
) -> list[int]:
    """Apply the next call of an operation and lose its answer, so that botocore sends the call again.

    `meanwhile` runs between the two sends. Return a list that grows by each send.
    """
    sends: list[int] = []

    def lose(request: Any, event_name: str, **_event: object) -> None:
        sends.append(1)
        if len(sends) == 1:
            botocore_stubber(event_name, request)
            meanwhile()
            raise ReadTimeoutError(endpoint_url="the answer is lost")

    events: Any = getattr(clients, service).meta.events
    events.register_first(f"before-send.{service}.{operation}", lose)
    return sends
