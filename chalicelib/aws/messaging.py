"""Publish to SNS topics, and start Step Functions executions."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.aws.clients import Clients, calling

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


class Messaging:
    """The topics and state machines of a stage, named by their ARNs."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def publish(self, topic: str, subject: str, message: str, attributes: Mapping[str, str] | None = None) -> None:
        """Publish a message with attributes for filters. The subject is cut to 100 characters, the limit of SNS."""
        values: dict[str, MessageAttributeValueTypeDef] = {
            name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()
        }
        with calling("SNS"):
            self._clients.sns.publish(TopicArn=topic, Subject=subject[:100], Message=message, MessageAttributes=values)

    def start(self, machine: str, name: str, state: Mapping[str, object]) -> bool:
        """Start an execution with `state` as its input. Return False if an execution of this name exists."""
        client = self._clients.stepfunctions
        text = json.dumps(state, sort_keys=True)
        with calling("Step Functions"):
            try:
                client.start_execution(stateMachineArn=machine, name=name, input=text)
            except client.exceptions.ExecutionAlreadyExists:
                return False
        return True
