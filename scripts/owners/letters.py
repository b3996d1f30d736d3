"""The messages of the dead-letter queue that name an owner's photos."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.backends import Backends
from scripts.owners.who import ClientFor, Owner, OwnerError
from scripts.replay import VISIBILITY_TIMEOUT, DeadLetter, read_message

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def refuse_hidden(services: Backends, clients: ClientFor) -> None:
    """Raise OwnerError while another reader of the queue hides letters.

    An erasure would leave them, and without the records nobody knows afterwards whose photos they name.
    """
    client = clients("sqs")
    name = "ApproximateNumberOfMessagesNotVisible"
    found = client.get_queue_attributes(QueueUrl=_queue_of(services, client), AttributeNames=[name])
    if hidden := int(found["Attributes"][name]):
        raise OwnerError(
            f"{hidden} dead letters are hidden: another command reads the queue, or one has broken off. "
            f"Run the same command again in at most {VISIBILITY_TIMEOUT // 60} minutes"
        )


def take(
    services: Backends, clients: ClientFor, owner: Owner, ids: Collection[str], *, delete: bool, wait: int = 0
) -> list[DeadLetter]:
    """Receive the whole queue once, and return the letters that name the owner's photos.

    They are deleted if `delete` is true. All others are visible again at once. `wait` is in seconds.
    """
    client = clients("sqs")
    queue = _queue_of(services, client)
    received: list[DeadLetter] = []
    deleted: set[str] = set()
    try:
        received += _receive(client, queue, wait)
        found = [each for each in received if names(services, owner, ids, each.event)]
        for each in found if delete else ():
            client.delete_message(QueueUrl=queue, ReceiptHandle=each.receipt_handle)
            deleted.add(each.receipt_handle)
    finally:
        for each in received:
            if each.receipt_handle not in deleted:
                client.change_message_visibility(QueueUrl=queue, ReceiptHandle=each.receipt_handle, VisibilityTimeout=0)
    return found


def names(services: Backends, owner: Owner, ids: Collection[str], event: Any) -> bool:
    """Return whether an event has the id of an image, or an object under the prefix of an uploader."""
    if any(each in ids for each in _ID.findall(json.dumps(event))):
        return True
    return bool(owner.prefix) and any(key.startswith(owner.prefix) for key in _landing_keys(services, event))


def _queue_of(services: Backends, client: Any) -> str:
    return str(client.get_queue_url(QueueName=f"darkroom-{services.settings.stage}-dead-letters")["QueueUrl"])


def _landing_keys(services: Backends, event: Any) -> Iterator[str]:
    """Yield the keys of the landing bucket in an S3 event. They are form-urlencoded."""
    for record in event.get("Records", []) if isinstance(event, dict) else []:
        stored = record.get("s3", {})
        if stored.get("bucket", {}).get("name") == services.settings.landing_bucket:
            yield unquote_plus(stored["object"]["key"])


def _receive(client: Any, queue: str, wait: int) -> Iterator[DeadLetter]:
    request = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "VisibilityTimeout": VISIBILITY_TIMEOUT}
    while messages := client.receive_message(QueueUrl=queue, WaitTimeSeconds=wait, **request).get("Messages"):
        yield from (read_message(each) for each in messages)
