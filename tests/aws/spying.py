"""Clients whose calls a test can read."""

from typing import Any

from chalicelib.aws.clients import Clients


def calls_of(clients: Clients, service: str, operation: str) -> list[dict[str, Any]]:
    """Return a list that gets the parameters of each further call of an operation, such as dynamodb and GetItem."""
    calls: list[dict[str, Any]] = []
    client: Any = getattr(clients, service)

    def note(params: dict[str, Any], **_event: object) -> None:
        calls.append(dict(params))

    client.meta.events.register(f"provide-client-params.{service}.{operation}", note)
    return calls
