"""One execution of a state machine, followed in the terminal state by state."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

#: Seconds between two looks at the history.
POLL = 0.3
_STYLES = {"entered": "cyan", "retried": "yellow", "failed": "red", "done": "green"}

#: What is shown: how it is told, when, and what.
Line = tuple[str, datetime, str]


def follow(client: "SFNClient", machine: str, poll: float = POLL) -> bool:
    """Start one execution and print each state as it comes; True when it succeeded."""
    name = f"by-hand-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%fZ}"
    execution = client.start_execution(stateMachineArn=machine, name=name, input="{}")["executionArn"]
    console, seen = Console(highlight=False, soft_wrap=True), 0
    console.print(f"{name} of {machine.rsplit(':', 1)[-1]}")
    while True:
        # Asked before the history is read, so that nothing can come after the last look.
        description = client.describe_execution(executionArn=execution)
        events = _history(client, execution)
        for line in lines(events[seen:]):
            console.print(_shown(line))
        seen = len(events)
        if description["status"] != "RUNNING":
            break
        time.sleep(poll)
    return _conclude(console, description)


def lines(events: list[dict[str, Any]]) -> Iterator[Line]:
    """Tell what a person wants to know of a history: states, faults, results."""
    for event in events:
        kind, at = str(event["type"]), event["timestamp"]
        if kind.endswith("StateEntered"):
            yield "entered", at, str(event["stateEnteredEventDetails"]["name"])
        elif kind in ("LambdaFunctionFailed", "TaskFailed", "LambdaFunctionTimedOut", "TaskTimedOut"):
            yield "retried", at, f"  {_fault(_details(event))}"
        elif kind in ("LambdaFunctionSucceeded", "TaskSucceeded"):
            yield "done", at, f"  {_short(_details(event).get('output', ''))}"


def _history(client: "SFNClient", execution: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    token: dict[str, Any] = {}
    while True:
        page = client.get_execution_history(executionArn=execution, maxResults=1000, **token)
        events += [dict(event) for event in page["events"]]
        if "nextToken" not in page:
            return events
        token = {"nextToken": page["nextToken"]}


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((value for name, value in event.items() if name.endswith("EventDetails")), {})


def _fault(details: Mapping[str, Any]) -> str:
    """Name a fault and its sentence; a function's cause is Lambda's whole payload."""
    cause = str(details.get("cause", ""))
    try:
        cause = json.loads(cause)["errorMessage"]
    except (ValueError, TypeError, KeyError):
        cause = cause.partition(" (Service:")[0]
    return f"{details.get('error', 'error')}: {_short(cause)}"


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300]}..."


def _shown(line: Line) -> Text:
    kind, at, text = line
    return Text(f"{at:%H:%M:%S} ").append(text, style=_STYLES[kind])


def _conclude(console: Console, description: Mapping[str, Any]) -> bool:
    succeeded = bool(description["status"] == "SUCCEEDED")
    style = _STYLES["done" if succeeded else "failed"]
    said = _short(description.get("output", "")) if succeeded else _fault(description)
    console.print(Text(f"{description['status']} ", style=style).append(said))
    return succeeded
