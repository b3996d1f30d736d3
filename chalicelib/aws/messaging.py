"""SNS and Step Functions: tell people, start a workflow."""

import json
from collections.abc import Mapping

from chalicelib.aws.clients import Clients, calling


class Messaging:
    """What a stage sends out."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def publish(self, topic: str, subject: str, message: str) -> None:
        """Send a message to a topic, named by its ARN; the subject is cut to the 100 characters that SNS takes."""
        with calling("SNS"):
            self._clients.sns.publish(TopicArn=topic, Subject=subject[:100], Message=message)

    def start(self, machine: str, name: str, state: Mapping[str, object]) -> bool:
        """Start an execution; False when one of that name was started before."""
        client = self._clients.stepfunctions
        text = json.dumps(state, sort_keys=True)
        with calling("Step Functions"):
            try:
                client.start_execution(stateMachineArn=machine, name=name, input=text)
            except client.exceptions.ExecutionAlreadyExists:
                return False
        return True
