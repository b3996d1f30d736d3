"""Executions of the ingestion: how addresses are split, which execution is followed, and what comes back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from scripts.terminal.ingest_run import AT_ONCE, Execution, batches, follow_all, start_or_find

ROLE = "arn:aws:iam::123456789012:role/ingestion"


def test_a_batch_has_at_most_so_many_addresses() -> None:
    addresses = [f"https://a.example/{number}" for number in range(1_201)]
    split = list(batches(addresses, 500))
    assert [len(each) for each in split] == [500, 500, 201]
    assert [address for each in split for address in each] == addresses
    assert list(batches([], 500)) == []


@pytest.mark.parametrize("character", ["a", "\u20ac", '"'])
def test_the_input_of_an_execution_fits_into_256_kb(character: str) -> None:
    split = list(batches([f"{number}{character * 1_990}" for number in range(500)], 500))
    assert len(split) > 1
    assert sum(len(each) for each in split) == 500
    # boto3 sends the text as it is, and Step Functions counts its bytes.
    assert all(len(json.dumps({"addresses": each})) < 256_000 for each in split)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A state machine on moto, whose executions run until they are stopped."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
        client = boto3.client("stepfunctions")
        made = client.create_state_machine(name="dogs", definition=definition, roleArn=ROLE)
        yield made["stateMachineArn"]


def test_an_execution_that_runs_is_found_and_one_that_ended_is_followed_by_another(machine: str) -> None:
    client = boto3.client("stepfunctions")
    first = start_or_find(client, machine, ["a", "b"])
    assert start_or_find(client, machine, ["a", "b"]) == first
    assert start_or_find(client, machine, ["b", "a"]) not in (first, "")

    client.stop_execution(executionArn=first)
    second = start_or_find(client, machine, ["a", "b"])

    assert (first[-2:], second[-2:]) == ("-1", "-2")
    assert first[:-1] == second[:-1]
    assert json.loads(client.describe_execution(executionArn=second)["input"]) == {"addresses": ["a", "b"]}
    assert start_or_find(client, machine, ["a", "b"]) == second


def test_what_was_stopped_fails_for_each_of_its_addresses(machine: str) -> None:
    client = boto3.client("stepfunctions")
    taken: list[tuple[Sequence[str], Sequence[Mapping[str, str]]]] = []
    done: list[int] = []

    def stop(_seconds: float) -> None:
        for each in client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
            client.stop_execution(executionArn=each["executionArn"])

    waiting = [["a", "b"], ["c"], ["d"]]
    follow_all(client, machine, waiting, lambda *each: taken.append(each), done.append, stop)

    assert sorted(address for addresses, _ in taken for address in addresses) == ["a", "b", "c", "d"]
    results = [result for _, each in taken for result in each]
    assert results == [{"outcome": "failed", "reason": "the execution ended with ABORTED"}] * 4
    assert sum(done) == 4


class Failing:
    """Step Functions whose executions fail as a whole at once."""

    exceptions = SimpleNamespace(ExecutionDoesNotExist=KeyError)

    def __init__(self) -> None:
        self.started: dict[str, dict[str, str]] = {}

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803 -- boto3's own names
        return self.started[executionArn]

    def start_execution(self, name: str, **_: Any) -> dict[str, str]:
        arn = f"dogs:execution:{name}"
        self.started[arn] = {"status": "FAILED", "error": "States.Runtime", "cause": "The role is missing. " * 50}
        return {"executionArn": arn}


def test_an_execution_that_fails_as_a_whole_says_why_within_some_lines() -> None:
    client: Any = Failing()
    results: list[Mapping[str, str]] = []
    follow_all(client, "dogs:stateMachine:x", [["a", "b"]], lambda _, each: results.extend(each), lambda _: None)
    assert len(results) == 2
    assert results[0]["reason"].startswith("the execution ended with FAILED: States.Runtime: The role is missing. ")
    assert len(results[0]["reason"]) == 300


def test_only_so_many_executions_run_at_once(machine: str) -> None:
    client = boto3.client("stepfunctions")
    running: list[int] = []

    def stop_one(_seconds: float) -> None:
        found = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        running.append(len(found))
        client.stop_execution(executionArn=found[0]["executionArn"])

    follow_all(client, machine, [[name] for name in "abcde"], lambda *_: None, lambda _: None, stop_one)

    assert max(running) == AT_ONCE


class History:
    """Step Functions with one history, which grows by a page for each call of grow()."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = [[]]
        self.read: list[str] = []

    def get_execution_history(self, nextToken: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803 -- boto3's own names
        self.read.append(nextToken)
        number = int(nextToken)
        more = {"nextToken": str(number + 1)} if number + 1 < len(self.pages) else {}
        return {"events": [{"type": each} for each in self.pages[number]], **more}


def test_items_are_counted_and_full_pages_are_read_once() -> None:
    history: Any = History()
    execution = Execution("arn", ["a"] * 9)
    history.pages = [["MapStateEntered", "MapIterationStarted", "MapIterationSucceeded"]]
    execution.update(history)
    assert execution.done == 1
    history.pages = [[*history.pages[0], "MapIterationSucceeded"], ["MapIterationSucceeded"] * 2, []]
    execution.update(history)
    assert (execution.done, history.read) == (4, ["0", "0", "1", "2"])
    history.pages[2] = ["MapIterationSucceeded"]
    execution.update(history)
    assert (execution.done, history.read[4:]) == (5, ["2"])
