"""The seams: moto's private names are where they were, and every way to a function runs the app's own code."""

import inspect
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.config import default_user_config
from moto.s3 import notifications

from chalicelib.settings import Settings
from scripts.embedded import resources, seams
from scripts.embedded.dead_letters import queue_keeper
from scripts.embedded.delivery import Delivery
from scripts.embedded.functions import Event, Function, Functions, LambdaContext, register_functions
from scripts.embedded.notifications import Notification, wire_notifications

SECONDS = 30.0
BUCKET = "darkroom-local-images"


class UnluckyDogError(Exception):
    """What the workflow's state machine must be able to name."""


class Calls:
    """The functions of these tests, and what they were called with."""

    def __init__(self) -> None:
        self.seen: list[tuple[Event, LambdaContext]] = []

    def note(self, event: Event, context: LambdaContext) -> dict[str, Any]:
        self.seen.append((event, context))
        return {"heard": event}

    def fail(self, event: Event, context: LambdaContext) -> None:
        self.note(event, context)
        raise UnluckyDogError("no luck")


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def delivery(calls: Calls, settings: Settings) -> Iterator[Delivery]:
    """The resources and two functions, `note` and `fail`, in moto with the seams installed."""
    resources.create_all(settings)
    functions = Functions([Function("note", calls.note, timeout=7), Function("fail", calls.fail)])
    register_functions(functions, client("lambda", settings), resources.function_role(settings))
    keep = queue_keeper(client("sqs", settings), resources.dead_letter_queue(settings))
    delivery = Delivery(functions.invoke, keep, (0, 0), workers=2)
    with seams.installed(functions, delivery):
        yield delivery
    assert delivery.close(SECONDS)


def client(name: Any, settings: Settings) -> Any:
    return boto3.client(name, endpoint_url=settings.endpoint_url)


def invoke(settings: Settings, name: str, kind: str, payload: bytes = b'{"a": 1}') -> tuple[int, str | None, str]:
    answer = client("lambda", settings).invoke(FunctionName=name, InvocationType=kind, Payload=payload)
    return answer["StatusCode"], answer.get("FunctionError"), answer["Payload"].read().decode()


def wire(settings: Settings, name: str) -> None:
    notification = Notification(name, BUCKET, ("s3:ObjectCreated:*",), "uploads/")
    wire_notifications([notification], client("s3", settings))


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (LambdaFunction._invoke_lambda, ["self", "event"]),
        (LambdaFunction.invoke, ["self", "body", "request_headers", "response_headers"]),
        (notifications._invoke_awslambda, ["account_id", "event_body", "fn_arn", "region_name"]),
    ],
)
def test_moto_s_private_names_take_what_the_seams_take(function: Any, parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_moto_still_has_the_switch_that_makes_workflows_run() -> None:
    assert default_user_config["stepfunctions"] == {"execute_state_machine": False}


def test_moto_still_sends_sns_messages_to_functions_without_request_headers() -> None:
    assert "func.invoke(json.dumps(event), {}, {})" in inspect.getsource(LambdaBackend.send_sns_message)


def test_the_seams_are_gone_when_the_block_ends(calls: Calls) -> None:
    before = (LambdaFunction._invoke_lambda, LambdaFunction.invoke, notifications._invoke_awslambda)
    functions = Functions([Function("note", calls.note)])
    delivery = Delivery(functions.invoke, lambda letter: None, ())
    with seams.installed(functions, delivery):
        during = (LambdaFunction._invoke_lambda, LambdaFunction.invoke, notifications._invoke_awslambda)
        assert not set(before) & set(during)
    assert before == (LambdaFunction._invoke_lambda, LambdaFunction.invoke, notifications._invoke_awslambda)
    assert default_user_config["stepfunctions"] == {"execute_state_machine": False}
    assert delivery.close(SECONDS)


def test_an_invocation_runs_the_function_with_a_context(delivery: Delivery, calls: Calls, settings: Settings) -> None:
    assert invoke(settings, "note", "RequestResponse") == (200, None, '{"heard": {"a": 1}}')
    [(event, context)] = calls.seen
    assert event == {"a": 1}
    assert (context.function_name, context.memory_limit_in_mb) == ("note", 128)
    assert context.invoked_function_arn == "arn:aws:lambda:us-east-1:123456789012:function:note"
    assert 0 < context.get_remaining_time_in_millis() <= 7000
    assert context.aws_request_id


def test_an_invocation_with_no_payload_hands_on_an_empty_event(
    delivery: Delivery, calls: Calls, settings: Settings
) -> None:
    invoke(settings, "note", "RequestResponse", b"")
    assert calls.seen[0][0] == {}


def test_what_a_function_raises_is_lambda_s_error_payload(delivery: Delivery, settings: Settings) -> None:
    status, error, payload = invoke(settings, "fail", "RequestResponse")
    answer = json.loads(payload)
    assert status == 200
    assert error
    assert (answer["errorType"], answer["errorMessage"]) == ("UnluckyDogError", "no luck")
    assert "raise UnluckyDogError" in "".join(answer["stackTrace"])


def test_a_dry_run_runs_nothing(delivery: Delivery, calls: Calls, settings: Settings) -> None:
    assert invoke(settings, "note", "DryRun")[0] == 204
    assert calls.seen == []


def test_an_asynchronous_invocation_is_delivered_with_retries(
    delivery: Delivery, calls: Calls, settings: Settings
) -> None:
    assert invoke(settings, "fail", "Event") == (202, None, "")
    assert delivery.drain(SECONDS)
    assert [event for event, _ in calls.seen] == [{"a": 1}] * 3
    assert len({context.aws_request_id for _, context in calls.seen}) == 1


def test_an_event_whose_retries_are_used_up_is_in_the_dead_letter_queue(
    delivery: Delivery, calls: Calls, settings: Settings
) -> None:
    invoke(settings, "fail", "Event")
    assert delivery.drain(SECONDS)
    queues = client("sqs", settings)
    url = queues.get_queue_url(QueueName=resources.dead_letter_queue(settings))["QueueUrl"]
    [message] = queues.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"a": 1}
    assert attributes == {
        "RequestID": calls.seen[0][1].aws_request_id,
        "FunctionName": "fail",
        "ErrorType": "UnluckyDogError",
        "ErrorMessage": "no luck",
    }


def test_an_object_put_into_s3_calls_the_function_of_its_prefix(
    delivery: Delivery, calls: Calls, settings: Settings
) -> None:
    wire(settings, "note")
    s3 = client("s3", settings)
    s3.put_object(Bucket=BUCKET, Key="uploads/a b+c.jpg", Body=b"photo")
    s3.put_object(Bucket=BUCKET, Key="resized/a.jpg", Body=b"photo")
    assert delivery.drain(SECONDS)
    [(event, _)] = calls.seen
    [record] = event["Records"]
    assert record["s3"]["object"]["key"] == "uploads/a+b%2Bc.jpg"
    assert record["s3"]["object"]["sequencer"]
    assert record["s3"]["bucket"]["name"] == BUCKET


def test_a_failing_function_does_not_fail_the_put(delivery: Delivery, calls: Calls, settings: Settings) -> None:
    wire(settings, "fail")
    client("s3", settings).put_object(Bucket=BUCKET, Key="uploads/a.jpg", Body=b"photo")
    assert delivery.drain(SECONDS)
    assert len(calls.seen) == 3


def test_a_message_on_a_topic_is_delivered_with_retries(delivery: Delivery, calls: Calls, settings: Settings) -> None:
    topics = client("sns", settings)
    topic = topics.create_topic(Name="darkroom-local-alarms")["TopicArn"]
    arn = "arn:aws:lambda:us-east-1:123456789012:function:fail"
    topics.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    topics.publish(TopicArn=topic, Message="hello")
    assert delivery.drain(SECONDS)
    assert [event["Records"][0]["Sns"]["Message"] for event, _ in calls.seen] == ["hello"] * 3


def test_a_workflow_catches_an_error_by_its_python_name(delivery: Delivery, calls: Calls, settings: Settings) -> None:
    steps = client("stepfunctions", settings)
    task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:fail", "End": True}
    catch = [{"ErrorEquals": ["UnluckyDogError"], "Next": "Caught"}]
    states = {"Try": task | {"Catch": catch}, "Caught": {"Type": "Pass", "Result": "caught", "End": True}}
    machine = steps.create_state_machine(
        name="dogs",
        definition=json.dumps({"StartAt": "Try", "States": states}),
        roleArn="arn:aws:iam::123456789012:role/steps",
    )["stateMachineArn"]
    run = steps.start_execution(stateMachineArn=machine, name="one")["executionArn"]
    waiting = 300
    while (state := steps.describe_execution(executionArn=run))["status"] == "RUNNING" and waiting:
        waiting -= 1
        delivery.drain(0)
    assert state["output"] == '"caught"'
    assert calls.seen[0][0] == {}
