"""The dogs' workflow as it is written: every task is retried and caught, every way leads somewhere."""

import json
from typing import Any

import boto3
import pytest

from app import app
from chalicelib import errors
from chalicelib.settings import Settings
from scripts.deployment.pipeline_definition import Arns, arns_of, definition, policy, trust

STATES = {"FetchAndUploadDogImage", "LogToDynamoDB", "CheckIfPNG", "AlertPNG", "PublishPNGAlert"}
STATES |= {"SuccessState", "NotifyFailure", "FailState"}


@pytest.fixture
def arns(settings: Settings) -> Arns:
    return arns_of(settings)


@pytest.fixture
def states(arns: Arns) -> dict[str, Any]:
    states: dict[str, Any] = definition(arns)["States"]
    return states


def tasks(states: dict[str, Any]) -> dict[str, Any]:
    return {name: state for name, state in states.items() if state["Type"] == "Task"}


def test_the_states_are_those_that_were_asked_for(arns: Arns, states: dict[str, Any]) -> None:
    assert set(states) == STATES
    assert definition(arns)["StartAt"] == "FetchAndUploadDogImage"
    assert [states[name].get("Next") for name in ("FetchAndUploadDogImage", "LogToDynamoDB", "AlertPNG")] == [
        "LogToDynamoDB",
        "CheckIfPNG",
        "PublishPNGAlert",
    ]


def test_every_way_leads_to_a_state(states: dict[str, Any]) -> None:
    ways = [state["Next"] for state in states.values() if "Next" in state]
    ways += [each["Next"] for state in states.values() for each in state.get("Catch", []) + state.get("Choices", [])]
    ways += [state["Default"] for state in states.values() if "Default" in state]
    assert set(ways) | {"FetchAndUploadDogImage"} == STATES


def test_every_task_is_retried_caught_and_ended(states: dict[str, Any]) -> None:
    for name, task in tasks(states).items():
        retry, [catch] = task["Retry"][0], task["Catch"]
        assert (retry["JitterStrategy"], retry["BackoffRate"]) == ("FULL", 2)
        if name != "AlertPNG":
            assert (retry["MaxAttempts"], retry["MaxDelaySeconds"]) == (6, 60)
        assert catch["ErrorEquals"] == ["States.ALL"]
        assert catch["Next"] == ("FailState" if name == "NotifyFailure" else "NotifyFailure")
        assert task["TimeoutSeconds"] > 60


def test_an_alert_outlasts_an_outage_and_not_what_stays_refused(arns: Arns, states: dict[str, Any]) -> None:
    refused, patient = states["PublishPNGAlert"]["Retry"]
    [alerting] = states["AlertPNG"]["Retry"]
    assert (alerting["MaxAttempts"], alerting["MaxDelaySeconds"]) == (100, 900)
    longest, turns = patient["MaxDelaySeconds"], range(patient["MaxAttempts"])
    longest_in_all = sum(min(patient["IntervalSeconds"] * 2**turn, longest) for turn in turns)
    # With full jitter a pause is half as long in the mean.
    assert longest_in_all / 2 > 8 * 3600
    # AlertPNG may have waited as long before.
    assert 2 * (longest_in_all + 90 * len(turns)) < definition(arns)["TimeoutSeconds"]
    assert patient["ErrorEquals"] == ["States.TaskFailed", "States.Timeout"]
    # What boto3 calls an exception of SNS is what Step Functions names, with the service before it.
    known = {f"SNS.{each.__name__}" for each in vars(boto3.client("sns").exceptions)["_code_to_exception"].values()}
    assert set(refused["ErrorEquals"]) <= known


def test_every_task_says_which_execution_it_is_of(states: dict[str, Any]) -> None:
    assert states["FetchAndUploadDogImage"]["Parameters"] == {"run.$": "$$.Execution.Name"}


def test_the_first_fault_is_kept_when_telling_of_it_fails_too(states: dict[str, Any]) -> None:
    assert states["FetchAndUploadDogImage"]["Catch"][0]["ResultPath"] == "$.error"
    assert states["NotifyFailure"]["Catch"][0]["ResultPath"] != "$.error"
    assert states["FailState"] == {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def test_what_is_retried_is_transient_and_named_as_the_code_names_it(states: dict[str, Any]) -> None:
    [retry] = states["FetchAndUploadDogImage"]["Retry"]
    own = {name for name in retry["ErrorEquals"] if "." not in name}
    assert own == {errors.DogApiUnavailable.__name__, errors.BackendUnavailable.__name__}


def test_the_tasks_are_functions_of_the_app(states: dict[str, Any], settings: Settings) -> None:
    functions = {f"darkroom-{settings.stage}-{each.name}" for each in app.pure_lambda_functions}
    called = {task["Resource"].split(":")[-1] for task in tasks(states).values() if ":lambda:" in task["Resource"]}
    assert called == functions


def test_the_role_may_do_what_the_tasks_do_and_no_more(arns: Arns) -> None:
    invoke, publish, logs = policy(arns)["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", [arns.fetch, arns.log, arns.alert])
    assert (publish["Action"], publish["Resource"]) == ("sns:Publish", [arns.png_alerts, arns.alarms])
    assert all(action.startswith("logs:") for action in logs["Action"])
    assert "*" not in json.dumps([invoke, publish])
    assert trust(arns)["Statement"][0]["Principal"] == {"Service": "states.amazonaws.com"}


def test_the_alert_says_which_picture_and_carries_the_execution_s_name(states: dict[str, Any]) -> None:
    parameters = states["PublishPNGAlert"]["Parameters"]
    assert parameters["Message.$"] == "States.Format('A PNG file was detected and processed: {}', $.image)"
    assert parameters["MessageAttributes"]["alert_id"]["StringValue.$"] == "$$.Execution.Name"
    assert states["LogToDynamoDB"]["Parameters"]["alert_id.$"] == "$$.Execution.Name"
