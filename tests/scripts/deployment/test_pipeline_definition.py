"""The definition of the dog workflow: its states, retries, time-outs and role."""

import json
from typing import Any

import boto3
import pytest

from app import app
from chalicelib import errors
from chalicelib.settings import Settings
from scripts.deployment.pipeline_definition import Arns, arns_of, definition, policy, trust

STATES = {"FetchAndUploadDogImage", "LogToDynamoDB", "CheckType", "MarkUnexpectedType", "AlertPNG", "PublishPNGAlert"}
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


def test_the_states_follow_each_other_as_specified(arns: Arns, states: dict[str, Any]) -> None:
    assert set(states) == STATES
    assert definition(arns)["StartAt"] == "FetchAndUploadDogImage"
    assert [states[name].get("Next") for name in ("FetchAndUploadDogImage", "LogToDynamoDB", "AlertPNG")] == [
        "LogToDynamoDB",
        "CheckType",
        "PublishPNGAlert",
    ]


def test_the_choice_is_by_the_type_of_the_bytes(states: dict[str, Any]) -> None:
    chosen = {each["StringEquals"]: each["Next"] for each in states["CheckType"]["Choices"]}
    assert {each["Variable"] for each in states["CheckType"]["Choices"]} == {"$.logged_item.file_type"}
    assert chosen == {"png": "AlertPNG", "gif": "MarkUnexpectedType", "webp": "MarkUnexpectedType"}
    assert states["CheckType"]["Default"] == "SuccessState"


def test_every_transition_leads_to_a_state(states: dict[str, Any]) -> None:
    targets = [state["Next"] for state in states.values() if "Next" in state]
    targets += [each["Next"] for state in states.values() for each in state.get("Catch", []) + state.get("Choices", [])]
    targets += [state["Default"] for state in states.values() if "Default" in state]
    assert set(targets) | {"FetchAndUploadDogImage"} == STATES


def test_every_task_has_a_retry_a_catch_and_a_time_out(states: dict[str, Any]) -> None:
    for name, task in tasks(states).items():
        retry, [catch] = task["Retry"][0], task["Catch"]
        assert (retry["JitterStrategy"], retry["BackoffRate"]) == ("FULL", 2)
        if name != "AlertPNG":
            assert (retry["MaxAttempts"], retry["MaxDelaySeconds"]) == (6, 60)
        assert catch["ErrorEquals"] == ["States.ALL"]
        assert catch["Next"] == ("FailState" if name == "NotifyFailure" else "NotifyFailure")
        assert task["TimeoutSeconds"] > 60


def test_an_alert_is_retried_for_hours_unless_the_error_is_permanent(arns: Arns, states: dict[str, Any]) -> None:
    permanent, long = states["PublishPNGAlert"]["Retry"]
    [alerting] = states["AlertPNG"]["Retry"]
    assert (alerting["MaxAttempts"], alerting["MaxDelaySeconds"]) == (100, 900)
    longest, attempts = long["MaxDelaySeconds"], range(long["MaxAttempts"])
    longest_in_all = sum(min(long["IntervalSeconds"] * 2**attempt, longest) for attempt in attempts)
    # With full jitter, a pause is half as long on average.
    assert longest_in_all / 2 > 8 * 3600
    # AlertPNG may have been retried for as long before.
    assert 2 * (longest_in_all + 90 * len(attempts)) < definition(arns)["TimeoutSeconds"]
    assert long["ErrorEquals"] == ["States.TaskFailed", "States.Timeout"]
    # Step Functions uses boto3's names of SNS's exceptions, with the service as prefix.
    known = {f"SNS.{each.__name__}" for each in vars(boto3.client("sns").exceptions)["_code_to_exception"].values()}
    assert set(permanent["ErrorEquals"]) <= known


def test_the_first_task_gets_the_name_of_the_execution(states: dict[str, Any]) -> None:
    assert states["FetchAndUploadDogImage"]["Parameters"] == {"run.$": "$$.Execution.Name"}


def test_the_execution_ends_with_its_first_error_even_if_the_notification_fails(states: dict[str, Any]) -> None:
    assert states["FetchAndUploadDogImage"]["Catch"][0]["ResultPath"] == "$.error"
    assert states["NotifyFailure"]["Catch"][0]["ResultPath"] != "$.error"
    assert states["FailState"] == {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def test_the_app_s_transient_errors_are_retried_by_their_class_names(states: dict[str, Any]) -> None:
    [retry] = states["FetchAndUploadDogImage"]["Retry"]
    own = {name for name in retry["ErrorEquals"] if "." not in name}
    assert own == {errors.DogApiUnavailable.__name__, errors.BackendUnavailable.__name__}


def test_the_tasks_are_functions_of_the_app(states: dict[str, Any], settings: Settings) -> None:
    functions = {f"darkroom-{settings.stage}-{each.name}" for each in app.pure_lambda_functions}
    called = {task["Resource"].split(":")[-1] for task in tasks(states).values() if ":lambda:" in task["Resource"]}
    # That one is the task of the ingestion.
    assert called == functions - {f"darkroom-{settings.stage}-IngestDog"}


def test_the_role_may_only_do_what_the_tasks_need(arns: Arns) -> None:
    invoke, publish, logs = policy(arns)["Statement"]
    assert (invoke["Action"], invoke["Resource"]) == ("lambda:InvokeFunction", [arns.fetch, arns.log, arns.alert])
    assert (publish["Action"], publish["Resource"]) == ("sns:Publish", [arns.png_alerts, arns.alarms])
    assert all(action.startswith("logs:") for action in logs["Action"])
    assert "*" not in json.dumps([invoke, publish])
    assert trust(arns.machine)["Statement"][0]["Principal"] == {"Service": "states.amazonaws.com"}


def test_the_alert_names_the_picture_and_the_execution(states: dict[str, Any]) -> None:
    parameters = states["PublishPNGAlert"]["Parameters"]
    assert parameters["Message.$"] == "States.Format('A PNG file was detected and processed: {}', $.image)"
    assert parameters["MessageAttributes"]["alert_id"]["StringValue.$"] == "$$.Execution.Name"
    assert states["LogToDynamoDB"]["Parameters"]["alert_id.$"] == "$$.Execution.Name"
