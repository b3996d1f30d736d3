"""moto still has the private names that are replaced, and every kind of invocation runs the given functions."""

import importlib
import inspect
import json
import sys
import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.config import default_user_config
from moto.s3 import notifications

from chalicelib.settings import Settings
from scripts.embedded import local_stage, moto_patches
from scripts.embedded.dead_letters import dead_letter_sender
from scripts.embedded.delivery import DeadLetter, Delivery
from scripts.embedded.functions import Event, Function, Functions, LambdaContext, register_functions
from scripts.embedded.notifications import put_notifications
from scripts.project import Notification

#: Only a function that hangs takes this long.
SECONDS = 600.0
BUCKET = "darkroom-local-images"
FAIL_ARN = "arn:aws:lambda:us-east-1:123456789012:function:fail"


class UnluckyDogError(Exception):
    """An error that a state machine catches by its name."""


class Calls:
    """The functions of these tests; `seen` has the event and the context of each call."""

    def __init__(self) -> None:
        self.seen: list[tuple[Event, LambdaContext]] = []

    def note(self, event: Event, context: LambdaContext) -> dict[str, Any]:
        self.seen.append((event, context))
        return {"received": event}

    def fail(self, event: Event, context: LambdaContext) -> None:
        self.note(event, context)
        raise UnluckyDogError("no luck")


class Stage:
    """moto's server with resources and two functions, and its clients."""

    def __init__(self, settings: Settings, calls: Calls, delivery: Delivery) -> None:
        self.settings = settings
        self.calls = calls
        self.delivery = delivery

    @cached_property
    def aws(self) -> "dict[str, Any]":
        names: Any = ("lambda", "s3", "sns", "sqs", "stepfunctions")
        return {name: boto3.client(name, endpoint_url=self.settings.endpoint_url) for name in names}

    def invoke(self, name: str, kind: str, payload: bytes = b'{"a": 1}') -> tuple[int, str | None, str]:
        answer = self.aws["lambda"].invoke(FunctionName=name, InvocationType=kind, Payload=payload)
        return answer["StatusCode"], answer.get("FunctionError"), answer["Payload"].read().decode()

    def notify(self, name: str) -> None:
        notification = Notification(name, BUCKET, ("s3:ObjectCreated:*",), "uploads/")
        put_notifications([notification], self.aws["s3"])

    def put(self, key: str) -> None:
        self.aws["s3"].put_object(Bucket=BUCKET, Key=key, Body=b"photo")

    def drained_calls(self) -> list[tuple[Event, LambdaContext]]:
        assert self.delivery.drain(SECONDS)
        return self.calls.seen


@pytest.fixture(scope="module")
def shared_stage(served: Settings) -> Iterator[Stage]:
    """A stage with the functions `note` and `fail`. All tests share it, since clients are slow to create."""
    calls = Calls()
    functions = Functions([Function("note", calls.note, timeout=7), Function("fail", calls.fail)])
    local_stage.create_all(served)
    send = dead_letter_sender(
        boto3.client("sqs", endpoint_url=served.endpoint_url), local_stage.dead_letter_queue(served)
    )
    stage = Stage(served, calls, Delivery(functions.invoke, send, (0, 0), workers=2))
    register_functions(functions, stage.aws["lambda"], local_stage.function_role(served))
    with moto_patches.installed(functions, stage.delivery):
        yield stage
    assert stage.delivery.close(SECONDS)


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """The stage, with no calls yet."""
    shared_stage.calls.seen.clear()
    return shared_stage


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (LambdaFunction._invoke_lambda, ["self", "event"]),
        (LambdaFunction.invoke, ["self", "body", "request_headers", "response_headers"]),
        (notifications._invoke_awslambda, ["account_id", "event_body", "fn_arn", "region_name"]),
    ],
)
def test_moto_s_private_functions_have_the_parameters_of_the_patches(function: Any, parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_moto_still_has_the_setting_that_runs_state_machines() -> None:
    assert default_user_config["stepfunctions"] == {"execute_state_machine": False}


def test_moto_still_sends_sns_messages_to_functions_without_request_headers() -> None:
    assert "func.invoke(json.dumps(event), {}, {})" in inspect.getsource(LambdaBackend.send_sns_message)


def test_a_package_whose_init_is_skipped_still_has_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "slow_to_import"
    package.mkdir()
    (package / "__init__.py").write_text("everything = 1\n")
    (package / "words.py").write_text("SUCCEEDED = 'SUCCEEDED'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("slow_to_import", "slow_to_import.words"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))  # so that it is removed after the test
        del sys.modules[name]
    moto_patches.skip_package_init("slow_to_import")
    assert importlib.import_module("slow_to_import.words").SUCCEEDED == "SUCCEEDED"
    assert not hasattr(sys.modules["slow_to_import"], "everything")


def test_moto_s_step_functions_still_find_what_they_need_of_batch() -> None:
    from moto.batch.utils import JobStatus

    assert JobStatus.SUCCEEDED.value == "SUCCEEDED"


def test_the_patches_are_removed_when_the_block_ends() -> None:
    def names() -> set[object]:
        return {LambdaFunction._invoke_lambda, LambdaFunction.invoke, notifications._invoke_awslambda}

    before, letters = names(), list[DeadLetter]()
    functions = Functions([Function("note", Calls().note)])
    delivery = Delivery(functions.invoke, letters.append, ())
    with moto_patches.installed(functions, delivery):
        assert not before & names()
        assert default_user_config["stepfunctions"] == {"execute_state_machine": True}
    assert before == names()
    assert default_user_config["stepfunctions"] == {"execute_state_machine": False}
    assert delivery.close(SECONDS)


def test_an_invocation_runs_the_function_with_a_context(stage: Stage) -> None:
    assert stage.invoke("note", "RequestResponse") == (200, None, '{"received": {"a": 1}}')
    [(event, context)] = stage.calls.seen
    assert event == {"a": 1}
    assert (context.function_name, context.memory_limit_in_mb) == ("note", 128)
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:note"
    assert 0 < context.get_remaining_time_in_millis() <= 7000
    assert context.aws_request_id


def test_an_invocation_without_payload_has_an_empty_event(stage: Stage) -> None:
    stage.invoke("note", "RequestResponse", b"")
    assert stage.calls.seen[0][0] == {}


def test_an_exception_is_lambda_s_error_payload(stage: Stage) -> None:
    status, error, payload = stage.invoke("fail", "RequestResponse")
    answer = json.loads(payload)
    assert (status, bool(error)) == (200, True)
    assert (answer["errorType"], answer["errorMessage"]) == ("UnluckyDogError", "no luck")
    assert "raise UnluckyDogError" in "".join(answer["stackTrace"])


def test_a_dry_run_runs_nothing(stage: Stage) -> None:
    assert stage.invoke("note", "DryRun")[0] == 204
    assert stage.drained_calls() == []


def test_an_asynchronous_invocation_is_retried_twice(stage: Stage) -> None:
    assert stage.invoke("fail", "Event") == (202, None, "")
    calls = stage.drained_calls()
    assert [event for event, _ in calls] == [{"a": 1}] * 3
    assert len({context.aws_request_id for _, context in calls}) == 1


def test_an_event_whose_retries_are_used_up_is_in_the_dead_letter_queue(stage: Stage) -> None:
    queues = stage.aws["sqs"]
    url = queues.get_queue_url(QueueName=local_stage.dead_letter_queue(stage.settings))["QueueUrl"]
    queues.purge_queue(QueueUrl=url)
    stage.invoke("fail", "Event")
    request_id = stage.drained_calls()[0][1].aws_request_id
    [message] = queues.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    error = {"ErrorType": "UnluckyDogError", "ErrorMessage": "no luck"}
    assert json.loads(message["Body"]) == {"a": 1}
    assert attributes == {"RequestID": request_id, "FunctionName": "fail"} | error


def test_an_object_put_into_s3_invokes_the_function_of_its_prefix(stage: Stage) -> None:
    stage.notify("note")
    stage.put("uploads/a b+c.jpg")
    stage.put("resized/a.jpg")
    [(event, _)] = stage.drained_calls()
    [record] = event["Records"]
    assert record["s3"]["object"]["key"] == "uploads/a+b%2Bc.jpg"
    assert record["s3"]["object"]["sequencer"]
    assert record["s3"]["bucket"]["name"] == BUCKET


def test_a_failing_function_does_not_fail_the_put(stage: Stage) -> None:
    stage.notify("fail")
    stage.put("uploads/a.jpg")
    assert len(stage.drained_calls()) == 3


def test_an_sns_message_is_retried_twice(stage: Stage) -> None:
    topics = stage.aws["sns"]
    topic = topics.create_topic(Name="news")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FAIL_ARN)
    topics.publish(TopicArn=topic, Message="hello")
    assert [event["Records"][0]["Sns"]["Message"] for event, _ in stage.drained_calls()] == ["hello"] * 3


def test_a_workflow_catches_an_error_by_its_python_name(stage: Stage) -> None:
    steps = stage.aws["stepfunctions"]
    catch = [{"ErrorEquals": ["UnluckyDogError"], "Next": "Caught"}]
    task = {"Type": "Task", "Resource": FAIL_ARN, "Catch": catch, "End": True}
    states = {"Try": task, "Caught": {"Type": "Pass", "Result": {"caught": True}, "End": True}}
    role = "arn:aws:iam::123456789012:role/steps"
    definition = json.dumps({"StartAt": "Try", "States": states})
    machine = steps.create_state_machine(name="dogs", definition=definition, roleArn=role)["stateMachineArn"]
    run = steps.start_execution(stateMachineArn=machine, name="one")["executionArn"]
    assert json.loads(_output(steps, run)) == {"caught": True}


def _output(steps: Any, run: str) -> str:
    deadline = time.monotonic() + SECONDS
    while (state := steps.describe_execution(executionArn=run))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return str(state["output"])
