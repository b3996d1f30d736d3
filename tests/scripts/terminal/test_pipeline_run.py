"""An execution in the terminal: a line for each state, error and result, and how it ends."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.terminal.pipeline_run import follow, lines, start

AT = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:dogs"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:dogs:by-hand"


def entered(name: str) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "timestamp": AT, "stateEnteredEventDetails": {"name": name}}


def failed(kind: str, **details: str) -> dict[str, Any]:
    return {"type": kind, "timestamp": AT, f"{kind[0].lower()}{kind[1:]}EventDetails": details}


class Steps:
    """Step Functions with one execution. It returns `pages` of the history, one more for each description."""

    def __init__(self, end: dict[str, Any], *pages: list[dict[str, Any]]) -> None:
        self.end, self.pages, self.described = end, pages, 0
        self.started: list[dict[str, str]] = []

    def start_execution(self, **arguments: str) -> dict[str, str]:
        self.started.append(arguments)
        return {"executionArn": EXECUTION}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803 -- boto3's own names
        assert executionArn == EXECUTION
        self.described += 1
        return {"status": "RUNNING"} if self.described < len(self.pages) else self.end

    def get_execution_history(self, nextToken: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803 -- boto3's own names
        number = int(nextToken)
        more = {"nextToken": str(number + 1)} if number + 1 < self.described else {}
        return {"events": self.pages[number], **more}


def test_each_start_has_a_name_of_its_own_and_no_input() -> None:
    steps: Any = Steps({})
    assert [start(steps, MACHINE) for _ in range(2)] == [EXECUTION] * 2
    assert len({each["name"] for each in steps.started}) == 2
    assert all(each["name"].startswith("by-hand-") and ":" not in each["name"] for each in steps.started)
    assert {(each["stateMachineArn"], each["input"]) for each in steps.started} == {(MACHINE, "{}")}


def test_every_event_is_printed_once_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    steps: Any = Steps({"status": "SUCCEEDED", "output": '{"a": 1}'}, [entered("One")], [entered("Two")])

    assert follow(steps, EXECUTION, 0.0)

    assert capsys.readouterr().out.splitlines() == [
        EXECUTION,
        "12:00:05 One",
        "12:00:05 Two",
        'SUCCEEDED {"a": 1}',
    ]


def test_a_failed_execution_is_printed_with_its_error(capsys: pytest.CaptureFixture[str]) -> None:
    end = {"status": "FAILED", "error": "DogImageEmpty", "cause": json.dumps({"errorMessage": "It is empty."})}
    steps: Any = Steps(end, [])

    assert not follow(steps, EXECUTION, 0.0)

    assert capsys.readouterr().out.splitlines()[-1] == "FAILED DogImageEmpty: It is empty."


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (entered("CheckType"), "CheckType"),
        (failed("LambdaFunctionFailed", error="E", cause='{"errorMessage": "why"}'), "  E: why"),
        (
            failed("TaskFailed", error="SNS.NotFoundException", cause="No topic (Service: Sns)"),
            "  SNS.NotFoundException: No topic",
        ),
        (failed("TaskTimedOut", error="States.Timeout"), "  States.Timeout: "),
        (failed("LambdaFunctionSucceeded", output="x" * 301), f"  {'x' * 300}..."),
    ],
    ids=["state", "function", "service", "time-out", "long result"],
)
def test_an_event_is_a_line_with_its_time(event: dict[str, Any], text: str) -> None:
    [(_, at, line)] = lines([event])
    assert (at, line) == (AT, text)


def test_other_events_have_no_line() -> None:
    assert not list(lines([{"type": "ExecutionStarted", "timestamp": AT}, {"type": "TaskScheduled", "timestamp": AT}]))
