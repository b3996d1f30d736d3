"""A dead letter is a message of the queue: the event as body, the error as attributes."""

import json
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from scripts.embedded.dead_letters import MESSAGE_LENGTH, dead_letter_sender
from scripts.embedded.delivery import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUE = "dead-letters"


@pytest.fixture
def queues() -> Iterator["SQSClient"]:
    with mock_aws():
        client = boto3.client("sqs")
        client.create_queue(QueueName=QUEUE)
        yield client


def letter(error_type: str = "OSError", error_message: str = "no luck") -> DeadLetter:
    return DeadLetter("resize", {"a": 1}, "request-1", error_type, error_message)


def received(queues: "SQSClient") -> tuple[Any, dict[str, str]]:
    url = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    [message] = queues.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    return json.loads(message["Body"]), attributes


def test_the_event_is_the_body_and_the_error_is_in_the_attributes(queues: "SQSClient") -> None:
    dead_letter_sender(queues, QUEUE)(letter())
    body, attributes = received(queues)
    assert body == {"a": 1}
    assert attributes == {
        "RequestID": "request-1",
        "FunctionName": "resize",
        "ErrorType": "OSError",
        "ErrorMessage": "no luck",
    }


def test_a_long_message_is_cut_at_lambda_s_limit(queues: "SQSClient") -> None:
    dead_letter_sender(queues, QUEUE)(letter(error_message="x" * 3000))
    assert received(queues)[1]["ErrorMessage"] == "x" * MESSAGE_LENGTH


def test_an_empty_message_is_replaced_by_the_type(queues: "SQSClient") -> None:
    # SQS refuses an attribute without a value.
    dead_letter_sender(queues, QUEUE)(letter(error_message=""))
    assert received(queues)[1]["ErrorMessage"] == "OSError"


def test_a_dead_letter_goes_to_the_queue_of_its_stage(queues: "SQSClient") -> None:
    url = queues.create_queue(QueueName="darkroom-dev-dead-letters")["QueueUrl"]
    send = dead_letter_sender(queues, QUEUE)

    for name in ("darkroom-dev-resize_image", "darkroom-dev"):
        send(DeadLetter(name, {"a": 1}, "request-1", "OSError", "no luck"))

    messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"]) for message in messages] == [{"a": 1}] * 2


def test_a_queue_that_fails_is_logged_and_does_not_stop_the_worker(
    queues: "SQSClient", caplog: pytest.LogCaptureFixture
) -> None:
    send = dead_letter_sender(queues, QUEUE)
    queues.delete_queue(QueueUrl=queues.get_queue_url(QueueName=QUEUE)["QueueUrl"])
    with caplog.at_level(logging.ERROR):
        send(letter())
    assert "The dead-letter queue did not accept an event" in caplog.text
