"""Start an execution of a state machine, and print its states in the terminal as they come."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

#: Seconds between two reads of the history.
POLL_SECONDS = 0.3
#: A failed task may be retried, so its line is only a warning.
_STYLES = {"entered": "cyan", "failed": "yellow", "done": "green"}

#: One printed line: the key of its style, its time, its text.
Line = tuple[str, datetime, str]


def start(client: "SFNClient", machine: str) -> str:
    """Start one execution of the state machine with this ARN. Return the ARN of the execution."""
    name = f"by-hand-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%fZ}"
    return client.start_execution(stateMachineArn=machine, name=name, input="{}")["executionArn"]


def follow(client: "SFNClient", execution: str, poll_seconds: float = POLL_SECONDS) -> bool:
    """Print each state of an execution as it comes. Return True if the execution succeeded."""
    console, printed = Console(highlight=False, soft_wrap=True), 0
    console.print(execution)
    while True:
        # Before the history is read: no event can follow the end of the execution.
        description = client.describe_execution(executionArn=execution)
        events = _history(client, execution)
        for line in lines(events[printed:]):
            console.print(_styled(line))
        printed = len(events)
        if description["status"] != "RUNNING":
            return _print_end(console, description)
        time.sleep(poll_seconds)


def lines(events: list[dict[str, Any]]) -> Iterator[Line]:
    """Yield a line for each event of a history that a person wants to see: states, errors, results."""
    for event in events:
        kind, at = str(event["type"]), event["timestamp"]
        if kind.endswith("StateEntered"):
            yield "entered", at, str(event["stateEnteredEventDetails"]["name"])
        elif kind in ("LambdaFunctionFailed", "TaskFailed", "LambdaFunctionTimedOut", "TaskTimedOut"):
            yield "failed", at, f"  {_error(_details(event))}"
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


def _error(details: Mapping[str, Any]) -> str:
    """Return the name of an error and its message. The cause of a function's error is Lambda's whole payload."""
    cause = str(details.get("cause", ""))
    try:
        cause = json.loads(cause)["errorMessage"]
    except (ValueError, TypeError, KeyError):
        cause = cause.partition(" (Service:")[0]
    return f"{details.get('error', 'error')}: {_short(cause)}"


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300]}..."


def _styled(line: Line) -> Text:
    kind, at, text = line
    return Text(f"{at:%H:%M:%S} ").append(text, style=_STYLES[kind])


def _print_end(console: Console, description: Mapping[str, Any]) -> bool:
    succeeded = bool(description["status"] == "SUCCEEDED")
    text = _short(description.get("output", "")) if succeeded else _error(description)
    console.print(Text(f"{description['status']} ", style="green" if succeeded else "red").append(text))
    return succeeded
