"""Messages to topics, and executions of state machines."""

import json

import boto3
import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from tests import stage

DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@pytest.mark.parametrize(("subject", "sent"), [("short", "short"), ("s" * 101, "s" * 100)])
def test_a_message_has_a_subject_of_at_most_100_characters(backends: Backends, subject: str, sent: str) -> None:
    inbox = stage.Inbox(backends.settings.alarms_topic)

    backends.messaging.publish(backends.settings.alarms_topic, subject, "the text")

    (message,) = inbox.read()
    assert (message["Subject"], message["Message"]) == (sent, "the text")


def test_a_message_has_attributes_for_filters(backends: Backends) -> None:
    inbox = stage.Inbox(backends.settings.alarms_topic)

    backends.messaging.publish(backends.settings.alarms_topic, "subject", "the text", {"status": "failed"})

    (message,) = inbox.read()
    assert message["MessageAttributes"] == {"status": {"Type": "String", "Value": "failed"}}


def test_a_topic_that_does_not_exist_is_unavailable(backends: Backends) -> None:
    with pytest.raises(BackendUnavailable):
        backends.messaging.publish("arn:aws:sns:us-east-1:123456789012:none", "subject", "text")


def test_an_execution_starts_once_for_each_name(backends: Backends) -> None:
    client = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/a-role"
    machine = client.create_state_machine(name="a-machine", definition=json.dumps(DEFINITION), roleArn=role)
    arn = machine["stateMachineArn"]

    starts = [backends.messaging.start(arn, "name-1", {"b": number, "a": 1}) for number in (1, 2)]
    starts.append(backends.messaging.start(arn, "name-2", {}))

    assert starts == [True, False, True]
    executions = client.list_executions(stateMachineArn=arn)["executions"]
    assert sorted(each["name"] for each in executions) == ["name-1", "name-2"]
    (first,) = [each["executionArn"] for each in executions if each["name"] == "name-1"]
    assert client.describe_execution(executionArn=first)["input"] == '{"a": 1, "b": 1}'


def test_a_state_machine_that_does_not_exist_is_unavailable(backends: Backends) -> None:
    with pytest.raises(BackendUnavailable):
        backends.messaging.start("arn:aws:states:us-east-1:123456789012:stateMachine:none", "name", {})
