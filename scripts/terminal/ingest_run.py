"""Run the ingestion's state machine over many addresses: start executions, follow them, and collect their results."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

#: Executions at once, and seconds between two looks at one.
AT_ONCE, POLL_SECONDS = 2, 2.0
#: Characters of an execution's addresses as JSON. Step Functions accepts an input of 256 KB.
_MAX_INPUT = 200_000
_PAGE = 1_000
#: Characters of the reason of an execution that failed as a whole.
_MAX_REASON = 300


@dataclass
class Execution:
    """A running execution, its addresses, and how many of them are done."""

    arn: str
    addresses: Sequence[str]
    done: int = 0
    #: Where the last page of the history began, and what was done before it.
    _page: str = ""
    _before: int = 0

    def update(self, client: "SFNClient") -> None:
        """Count the items that are done. Only the pages that may have grown are read."""
        while True:
            start: dict[str, Any] = {"nextToken": self._page} if self._page else {}
            page = client.get_execution_history(executionArn=self.arn, maxResults=_PAGE, **start)
            found = sum(event["type"] == "MapIterationSucceeded" for event in page["events"])
            self.done = self._before + found
            if not page.get("nextToken"):
                return
            self._page, self._before = page["nextToken"], self.done


#: Called with the results of an execution: for each address its outcome and its reason.
Take = Callable[[Sequence[str], Sequence[Mapping[str, str]]], object]


def batches(addresses: Sequence[str], most: int) -> Iterator[list[str]]:
    """Split addresses into the inputs of executions, of at most `most` items and about 200 KB each."""
    batch: list[str] = []
    size = 0
    for address in addresses:
        length = len(json.dumps(address)) + 2
        if batch and (len(batch) == most or size + length > _MAX_INPUT):
            yield batch
            batch, size = [], 0
        batch.append(address)
        size += length
    if batch:
        yield batch


def follow_all(
    client: "SFNClient",
    machine: str,
    waiting: list[list[str]],
    take: Take,
    advance: Callable[[int], object],
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Start an execution for each batch, AT_ONCE at a time, and pass on the results of each as it ends.

    `advance` is called with each number of further items. What was started goes on after an exception.
    """
    running: list[Execution] = []
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            batch = waiting.pop(0)
            running.append(Execution(start_or_find(client, machine, batch), batch))
        for each in list(running):
            before, ended = each.done, _ended(client, each)
            advance(each.done - before)
            if ended is not None:
                running.remove(each)
                take(each.addresses, ended)
        if running:
            pause(POLL_SECONDS)


def start_or_find(client: "SFNClient", machine: str, addresses: Sequence[str]) -> str:
    """Start an execution for these addresses, or find the one that runs for them. Return its ARN.

    The name depends on the addresses, and a number tells it from executions that have ended.
    """
    text = json.dumps({"addresses": addresses})
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    for number in count(1):
        name = f"ingest-{digest}-{number}"
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            if client.describe_execution(executionArn=arn)["status"] == "RUNNING":
                return arn
        except client.exceptions.ExecutionDoesNotExist:
            return client.start_execution(stateMachineArn=machine, name=name, input=text)["executionArn"]
    raise AssertionError  # count() does not end


def _ended(client: "SFNClient", execution: Execution) -> list[dict[str, str]] | None:
    """Return the results of an execution that has ended, or None."""
    # Before the history is read: no event can follow the end of the execution.
    description = client.describe_execution(executionArn=execution.arn)
    if description["status"] == "RUNNING":
        execution.update(client)
        return None
    execution.done = len(execution.addresses)
    if description["status"] == "SUCCEEDED":
        results: list[dict[str, str]] = json.loads(description["output"])
        return results
    parts = (f"the execution ended with {description['status']}", description.get("error"), description.get("cause"))
    reason = ": ".join(part for part in parts if part)[:_MAX_REASON]
    return [{"outcome": "failed", "reason": reason}] * len(execution.addresses)
