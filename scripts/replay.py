"""Hand the events in the dead-letter queue to their functions again: python -m scripts.replay --stage dev [--dry-run]

A message leaves the queue only when Lambda has taken its event; one that fails again comes back to the queue by itself.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.deployment.target import DeployError, Target, step

#: Seconds that a message is hidden from others while it is replayed.
HIDDEN = 600


@dataclass(frozen=True)
class Letter:
    """An event, the function that it is for, and why it failed; empty where the message does not say."""

    function: str
    event: Any
    cause: str
    receipt: str


def main() -> int:
    """Replay the stage of the command line; 1 when a message could not be, or AWS does not answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", required=True, help="dev, staging or prod")
    parser.add_argument("--dry-run", action="store_true", help="tell what is there and replay nothing")
    options = parser.parse_args()
    target = Target(options.stage)
    try:
        return int(replay(target, dry_run=options.dry_run) > 0)
    except DeployError as error:
        print(f"darkroom: {error}", file=sys.stderr)
        return 1


def replay(target: Target, *, dry_run: bool = False) -> int:
    """Replay each message that is there now, once; returns how many could not be."""
    with step("reading the dead-letter queue", "run the same command again"):
        queue = target.client("sqs").get_queue_url(QueueName=f"{target.name}-dead-letters")["QueueUrl"]
        seen, left, stays = 0, 0, list[Letter]()
        for letter in _letters(target, queue):
            taken = _handed_over(target, queue, letter, dry_run=dry_run)
            seen, left = seen + 1, left + (not taken)
            stays += [letter] if dry_run or not taken else []
        for letter in stays:
            # Visible at once again for whoever looks next.
            target.client("sqs").change_message_visibility(
                QueueUrl=queue, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )
    what = "would be replayed" if dry_run else "replayed"
    target.say(f"{seen - left} {what}, {left} left.")
    return left


def read_letter(message: dict[str, Any]) -> Letter:
    """Read a message in any of its three forms: of Lambda's destination, of EventBridge, of the embedded AWS."""
    body = json.loads(message["Body"])
    attributes = {name: each["StringValue"] for name, each in message.get("MessageAttributes", {}).items()}
    receipt = message["ReceiptHandle"]
    if "requestPayload" in body:
        context, response = body["requestContext"], body.get("responsePayload") or {}
        function = context["functionArn"].split(":function:")[1].partition(":")[0]
        return Letter(function, body["requestPayload"], f"{response.get('errorType', context['condition'])}", receipt)
    if "TARGET_ARN" in attributes:
        function = attributes["TARGET_ARN"].split(":function:")[-1].partition(":")[0]
        return Letter(function, body, attributes.get("ERROR_CODE", ""), receipt)
    return Letter(attributes.get("FunctionName", ""), body, attributes.get("ErrorType", ""), receipt)


def _letters(target: Target, queue: str) -> Iterator[Letter]:
    """Receive what is there, each message once: those received are hidden meanwhile."""
    while True:
        answer = target.client("sqs").receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=HIDDEN,
            # Without waiting SQS asks some of its servers only, and may say that there is none.
            WaitTimeSeconds=int(target.pause),
        )
        if not answer.get("Messages"):
            return
        yield from (read_letter(message) for message in answer["Messages"])


def _handed_over(target: Target, queue: str, letter: Letter, *, dry_run: bool) -> bool:
    """Hand one event over, and only then take its message away."""
    if not letter.function:
        target.say(f"  ? {letter.cause}: the message does not say for which function it is; it stays")
        return False
    target.say(f"  {letter.function}: {letter.cause}")
    if dry_run:
        return True
    try:
        target.client("lambda").invoke(
            FunctionName=letter.function, InvocationType="Event", Payload=json.dumps(letter.event)
        )
    except (BotoCoreError, ClientError) as error:
        target.say(f"    not taken: {error}")
        return False
    target.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=letter.receipt)
    return True


if __name__ == "__main__":
    sys.exit(main())
