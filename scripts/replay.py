"""Invoke functions again with the events in the dead-letter queue: python -m scripts.replay --stage dev [--dry-run]

A message is deleted only after Lambda has accepted its event. An event that fails again comes back to the queue.
"""

import sys
from pathlib import Path

if not __package__:  # Started as a file: Python then searches the folder scripts, not the project's root.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    __import__("scripts")  # Its import handles a Ctrl-C while the rest is imported.

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.deployment.target import DeployError, Target, step
from scripts.terminal import interrupt

#: Seconds for which SQS hides a received message from other consumers.
VISIBILITY_TIMEOUT = 600


@dataclass(frozen=True)
class DeadLetter:
    """A failed event, the name of its function, and the name of its error; "" if the message does not have it."""

    function: str
    event: Any
    error: str
    receipt_handle: str


def main() -> int:
    """Replay the queue of a stage. Return 1 if a message could not be replayed, or AWS did not answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument("--dry-run", action="store_true", help="only list the messages, replay nothing")
    options = parser.parse_args()
    target = Target(options.stage)
    try:
        return int(replay(target, dry_run=options.dry_run) > 0)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1


def replay(target: Target, *, dry_run: bool = False) -> int:
    """Replay each message of the queue once. Return the number of messages that could not be replayed."""
    with step("reading the dead-letter queue", "run the same command again"):
        queue = target.client("sqs").get_queue_url(QueueName=f"{target.name}-dead-letters")["QueueUrl"]
        replayed, failed, kept = 0, 0, list[DeadLetter]()
        for letter in _receive_all(target, queue):
            accepted = _replay_one(target, queue, letter, dry_run=dry_run)
            replayed, failed = replayed + accepted, failed + (not accepted)
            kept += [letter] if dry_run or not accepted else []
        for letter in kept:
            # Other consumers need not wait for the time-out.
            target.client("sqs").change_message_visibility(
                QueueUrl=queue, ReceiptHandle=letter.receipt_handle, VisibilityTimeout=0
            )
    target.log(f"{replayed} {'would be replayed' if dry_run else 'replayed'}, {failed} kept.")
    return failed


def read_message(message: dict[str, Any]) -> DeadLetter:
    """Read a message in any of its three forms: from Lambda's destination, from EventBridge, from the embedded AWS.

    One that somebody sent by hand has no function, and may be any text.
    """
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    attributes = {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}
    receipt = message["ReceiptHandle"]
    if isinstance(body, dict) and "requestPayload" in body:
        context, response = body.get("requestContext") or {}, body.get("responsePayload") or {}
        function = context.get("functionArn", "").partition(":function:")[2].partition(":")[0]
        error = f"{response.get('errorType', context.get('condition', ''))}"
        return DeadLetter(function, body["requestPayload"], error, receipt)
    if "TARGET_ARN" in attributes:
        function = attributes["TARGET_ARN"].split(":function:")[-1].partition(":")[0]
        return DeadLetter(function, body, attributes.get("ERROR_CODE", ""), receipt)
    return DeadLetter(attributes.get("FunctionName", ""), body, attributes.get("ErrorType", ""), receipt)


def _receive_all(target: Target, queue: str) -> Iterator[DeadLetter]:
    """Yield each message of the queue once: SQS hides a message that was received."""
    while True:
        answer = target.client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=VISIBILITY_TIMEOUT,
            # Without a wait, SQS asks only some of its servers and may return no message.
            WaitTimeSeconds=int(target.poll_seconds),
        )
        if not answer.get("Messages"):
            return
        yield from (read_message(message) for message in answer["Messages"])


def _replay_one(target: Target, queue: str, letter: DeadLetter, *, dry_run: bool) -> bool:
    """Invoke the function, then delete the message. Return False if Lambda did not accept the event."""
    if not letter.function:
        target.log(f"  ? {letter.error}: the message does not name its function, and is kept")
        return False
    target.log(f"  {letter.function}: {letter.error}")
    if dry_run:
        return True
    try:
        target.client("lambda").invoke(
            FunctionName=letter.function, InvocationType="Event", Payload=json.dumps(letter.event)
        )
    except (BotoCoreError, ClientError) as error:
        target.log(f"    not accepted: {error}")
        return False
    target.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=letter.receipt_handle)
    return True


if __name__ == "__main__":
    interrupt.run(main)
