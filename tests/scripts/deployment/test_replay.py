"""The dead-letter queue is read in each of its forms, and a message goes only when Lambda has taken its event."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from scripts.deployment.target import Target
from scripts.replay import read_letter, replay

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:darkroom-dev-resize_image"


class Lambda:
    """Takes every event but those of a function that is gone."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Any]] = []

    def invoke(self, FunctionName: str, InvocationType: str, Payload: str) -> None:  # noqa: N803 -- boto3's own names
        assert InvocationType == "Event"
        if FunctionName.endswith("gone"):
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke")
        self.taken.append((FunctionName, json.loads(Payload)))


class Queue:
    """A stage's target whose functions are not moto's, and its queue."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.target = Target("dev", say=self.said.append, pause=0)
        self.functions = Lambda()
        self.target._clients["lambda"] = self.functions
        self.client = boto3.client("sqs")
        self.url = self.client.create_queue(QueueName="darkroom-dev-dead-letters")["QueueUrl"]

    def send(self, body: dict[str, Any], **attributes: str) -> None:
        said: Any = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
        self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(body), MessageAttributes=said)

    def left(self) -> int:
        answer = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        return int(answer["ApproximateNumberOfMessages"])


@pytest.fixture
def queue() -> Iterator[Queue]:
    with mock_aws():
        yield Queue()


def message(body: dict[str, Any], **attributes: str) -> dict[str, Any]:
    said = {name: {"StringValue": text} for name, text in attributes.items()}
    return {"Body": json.dumps(body), "MessageAttributes": said, "ReceiptHandle": "r"}


def destination(function: str = ARN) -> dict[str, Any]:
    context = {"functionArn": f"{function}:$LATEST", "condition": "RetriesExhausted", "requestId": "1"}
    response = {"errorType": "BackendUnavailable", "errorMessage": "S3 is away"}
    return {"version": "1.0", "requestContext": context, "requestPayload": {"a": 1}, "responsePayload": response}


def test_a_letter_is_read_in_each_of_its_forms() -> None:
    lambdas = read_letter(message(destination()))
    bridges = read_letter(message({"a": 1}, TARGET_ARN=ARN, ERROR_CODE="NO_PERMISSIONS"))
    embedded = read_letter(message({"a": 1}, FunctionName="darkroom-dev-resize_image", ErrorType="OSError"))
    assert [(each.function, each.event) for each in (lambdas, bridges, embedded)] == [
        ("darkroom-dev-resize_image", {"a": 1})
    ] * 3
    assert [each.cause for each in (lambdas, bridges, embedded)] == ["BackendUnavailable", "NO_PERMISSIONS", "OSError"]


def test_every_letter_is_handed_over_once_and_leaves(queue: Queue) -> None:
    for number in range(12):
        queue.send({"n": number}, FunctionName="darkroom-dev-cleanup")
    assert replay(queue.target) == 0
    assert sorted(event["n"] for _, event in queue.functions.taken) == list(range(12))
    assert queue.left() == 0
    assert queue.said[-1] == "12 replayed, 0 left."


def test_a_dry_run_tells_and_changes_nothing(queue: Queue) -> None:
    queue.send(destination())
    assert replay(queue.target, dry_run=True) == 0
    assert queue.functions.taken == []
    assert queue.left() == 1
    assert queue.said == ["  darkroom-dev-resize_image: BackendUnavailable", "1 would be replayed, 0 left."]


def test_a_letter_that_is_not_taken_or_not_read_stays(queue: Queue) -> None:
    queue.send(destination(f"{ARN}-gone"))
    queue.send({"a": 1})
    assert replay(queue.target) == 2
    assert queue.left() == 2
