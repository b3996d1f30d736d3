"""Sends an event to the dead-letter queue when its retries are used up."""

import json
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from scripts.embedded.delivery import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

#: Characters of the error message that Lambda keeps (1 KB).
MESSAGE_LENGTH = 1024
#: The service and the stage at the start of a function's name.
_STAGE = re.compile(r"darkroom-[a-z][a-z0-9]*")

logger = logging.getLogger(__name__)


def dead_letter_sender(client: "SQSClient", queue_name: str) -> Callable[[DeadLetter], None]:
    """Return a function that sends a dead letter to its stage's queue: the event as body, the error as attributes.

    `queue_name` is the queue of a function whose name has no stage.
    """

    def send(letter: DeadLetter) -> None:
        stage = _STAGE.match(letter.function_name)
        try:
            queue_url = client.get_queue_url(QueueName=f"{stage[0]}-dead-letters" if stage else queue_name)["QueueUrl"]
            client.send_message(
                QueueUrl=queue_url, MessageBody=json.dumps(letter.event), MessageAttributes=_attributes(letter)
            )
        except (BotoCoreError, ClientError) as error:
            # One line: a traceback would say nothing more.
            logger.log(logging.ERROR, "The dead-letter queue did not accept an event: %s", error)

    return send


def _attributes(letter: DeadLetter) -> "dict[str, MessageAttributeValueTypeDef]":
    texts = {
        "RequestID": letter.request_id,
        "FunctionName": letter.function_name,
        "ErrorType": letter.error_type,
        "ErrorMessage": (letter.error_message or letter.error_type)[:MESSAGE_LENGTH],
    }
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
