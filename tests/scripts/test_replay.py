"""Replaying dead letters: each form of a message, and when a message is deleted."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from scripts.deployment.target import Target
from scripts.replay import read_message, replay

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:darkroom-dev-resize_image"


class Lambda:
    """Lambda that accepts every event, except those of a deleted function."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, Any]] = []

    def invoke(self, FunctionName: str, InvocationType: str, Payload: str) -> None:  # noqa: N803 -- boto3's own names
        assert InvocationType == "Event"
        if FunctionName.endswith("gone"):
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke")
        self.accepted.append((FunctionName, json.loads(Payload)))


class Queue:
    """The queue of a stage, and a target whose Lambda is the class above."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.target = Target("dev", log=self.log.append, poll_seconds=0)
        self.functions = Lambda()
        self.target._clients["lambda"] = self.functions
        self.client = boto3.client("sqs")
        self.url = self.client.create_queue(QueueName="darkroom-dev-dead-letters")["QueueUrl"]

    def send(self, body: dict[str, Any], **attributes: str) -> None:
        attached: Any = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(body), MessageAttributes=attached)

    def left(self) -> int:
        answer = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return int(answer["ApproximateNumberOfMessages"])


@pytest.fixture
def queue() -> Iterator[Queue]:
    with mock_aws():
        yield Queue()


def message(body: dict[str, Any], **attributes: str) -> dict[str, Any]:
    attached = {name: {"StringValue": text} for name, text in attributes.items()}
    return {"Body": json.dumps(body), "MessageAttributes": attached, "ReceiptHandle": "r"}


def destination(function: str = ARN) -> dict[str, Any]:
    context = {"functionArn": f"{function}:$LATEST", "condition": "RetriesExhausted", "requestId": "1"}
    response = {"errorType": "BackendUnavailable", "errorMessage": "S3 is down"}
    return {"version": "1.0", "requestContext": context, "requestPayload": {"a": 1}, "responsePayload": response}


def test_a_message_is_read_in_each_of_its_three_forms() -> None:
    from_lambda = read_message(message(destination()))
    from_eventbridge = read_message(message({"a": 1}, TARGET_ARN=ARN, ERROR_CODE="NO_PERMISSIONS"))
    from_embedded = read_message(message({"a": 1}, FunctionName="darkroom-dev-resize_image", ErrorType="OSError"))
    assert [(each.function, each.event) for each in (from_lambda, from_eventbridge, from_embedded)] == [
        ("darkroom-dev-resize_image", {"a": 1})
    ] * 3
    assert [each.error for each in (from_lambda, from_eventbridge, from_embedded)] == [
        "BackendUnavailable",
        "NO_PERMISSIONS",
        "OSError",
    ]


@pytest.mark.parametrize(
    "body", ["no event", "[]", '{"requestPayload": {}}', '{"requestPayload": 1, "requestContext": {}}']
)
def test_a_message_that_somebody_sent_by_hand_names_no_function(body: str) -> None:
    assert read_message({"Body": body, "ReceiptHandle": "1"}).function == ""


def test_every_message_is_replayed_once_and_deleted(queue: Queue) -> None:
    for number in range(12):
        queue.send({"n": number}, FunctionName="darkroom-dev-cleanup")
    assert replay(queue.target) == 0
    assert sorted(event["n"] for _, event in queue.functions.accepted) == list(range(12))
    assert queue.left() == 0
    assert queue.log[-1] == "12 replayed, 0 kept."


def test_a_dry_run_lists_the_messages_and_changes_nothing(queue: Queue) -> None:
    queue.send(destination())
    assert replay(queue.target, dry_run=True) == 0
    assert queue.functions.accepted == []
    assert queue.left() == 1
    assert queue.log == ["  darkroom-dev-resize_image: BackendUnavailable", "1 would be replayed, 0 kept."]


def test_a_message_stays_if_lambda_refuses_it_or_it_names_no_function(queue: Queue) -> None:
    queue.send(destination(f"{ARN}-gone"))
    queue.send({"a": 1})
    assert replay(queue.target) == 2
    assert queue.left() == 2
