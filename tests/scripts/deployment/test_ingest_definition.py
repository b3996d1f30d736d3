"""The definition of the ingestion: a Map whose items fail alone, within the quotas of Step Functions."""

import json
from typing import Any

import pytest

from app import app
from chalicelib.flows.dog_ingestion import MAX_REASON
from chalicelib.flows.dogs import RETRIES
from chalicelib.settings import Settings
from scripts.deployment.ingest_definition import CONCURRENCY, MAX_ITEMS, IngestArns, arns_of, definition, policy

#: Quotas of a standard execution (Step Functions guide, "Service quotas"): events, and bytes of a state's result.
EVENTS, BYTES = 25_000, 262_144


@pytest.fixture
def arns(settings: Settings) -> IngestArns:
    return arns_of(settings)


@pytest.fixture
def mapped(arns: IngestArns) -> dict[str, Any]:
    state: dict[str, Any] = definition(arns)["States"]["IngestDogs"]
    return state


def test_an_item_is_an_address_with_the_name_of_the_execution(mapped: dict[str, Any]) -> None:
    assert (mapped["Type"], mapped["ItemsPath"]) == ("Map", "$.addresses")
    assert mapped["ItemSelector"] == {"address.$": "$$.Map.Item.Value", "run.$": "$$.Execution.Name"}
    assert mapped["ItemProcessor"]["ProcessorConfig"] == {"Mode": "INLINE"}
    # An inline Map runs at most 40 items at once.
    assert mapped["MaxConcurrency"] == CONCURRENCY <= 40


def test_the_history_holds_all_retries_of_all_items(arns: IngestArns, mapped: dict[str, Any]) -> None:
    task = mapped["ItemProcessor"]["States"]["IngestDog"]
    [retry] = task["Retry"]
    # Scheduled, started, failed for each attempt; the start and the end of the item and of each of its two states.
    an_item = 3 * (1 + retry["MaxAttempts"]) + 6
    assert MAX_ITEMS * an_item + 10 < EVENTS
    pauses = sum(min(retry["IntervalSeconds"] * 2**n, retry["MaxDelaySeconds"]) for n in range(retry["MaxAttempts"]))
    longest = task["TimeoutSeconds"] * (1 + retry["MaxAttempts"]) + pauses
    assert MAX_ITEMS / CONCURRENCY * longest < definition(arns)["TimeoutSeconds"]


def test_the_results_of_all_items_fit_into_the_output() -> None:
    # Reasons are ASCII. JSON doubles a quotation mark.
    longest = {"outcome": "failed", "reason": '"' * MAX_REASON}
    assert len(json.dumps([longest] * MAX_ITEMS)) < BYTES


def test_an_item_that_fails_for_good_ends_alone(mapped: dict[str, Any]) -> None:
    states = mapped["ItemProcessor"]["States"]
    [catch] = states["IngestDog"]["Catch"]
    assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "ItemFailed")
    assert states["ItemFailed"]["Parameters"] == {"outcome": "failed", "reason.$": "$.error.Error"}
    assert states["IngestDog"]["TimeoutSeconds"] > 60


def test_the_function_knows_its_last_retry(mapped: dict[str, Any]) -> None:
    task = mapped["ItemProcessor"]["States"]["IngestDog"]
    assert task["Parameters"].pop("retry_count.$") == "$$.State.RetryCount"
    assert {name.removesuffix(".$") for name in task["Parameters"]} == {"address", "run"}
    assert [retry["MaxAttempts"] for retry in task["Retry"]] == [RETRIES]


def test_the_task_is_a_function_of_the_app(arns: IngestArns, settings: Settings) -> None:
    functions = {f"darkroom-{settings.stage}-{each.name}" for each in app.pure_lambda_functions}
    assert arns.ingest.split(":")[-1] in functions


def test_the_role_may_invoke_that_function_and_log(arns: IngestArns) -> None:
    invoke, logs = policy(arns)["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", [arns.ingest])
    assert all(action.startswith("logs:") for action in logs["Action"])
