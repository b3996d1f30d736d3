"""The messages that the ends of images owe, by the history of the table, and those that SNS was sent."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sns.models import sns_backends

from chalicelib.aws.record_items import from_item
from chalicelib.flows.states.owing import ENDS
from chalicelib.records import ImageRecord, Status
from chalicelib.settings import Settings
from tests import stage
from tests.trust.world import World


def watch(settings: Settings) -> None:
    """Keep the history of the table from now on, and forget the messages that were sent before."""
    view: Any = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    stage.dynamodb().update_table(TableName=settings.images_table, StreamSpecification=view)
    messages(settings).clear()


def messages(settings: Settings) -> list[Any]:
    """Return what moto keeps of each message: its id, text, subject, attributes and group."""
    topic: Any = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[settings.images_topic]
    sent: list[Any] = topic.sent_notifications
    return sent


def violations(world: World) -> Iterator[str]:
    """Each end has one message id, all copies are equal, and no end is without its message."""
    sent, copies = dict[str, tuple[str, str]](), dict[str, set[str]]()
    for _, text, _, attributes, _ in messages(world.base.settings):
        message = json.loads(text)
        sent[message["id"]] = (message["image"], message["status"])
        copies.setdefault(message["id"], set()).add(f"{text} {attributes}")
    if any(len(each) > 1 for each in copies.values()):
        yield "copies of a message differ"
    expected, told = Counter(_ends(world)), Counter(sent.values())
    for _, status in (expected - told).elements():
        yield f"an image that ended as {status} was not told"
    for _, status in (told - expected).elements():
        yield f"an image was told as {status}, once too often"


def _ends(world: World) -> Iterator[tuple[str, str]]:
    """Yield the id and the status of each end in the history of the table."""
    for before, after in _writes(world):
        if after is None or after.status not in ENDS or (before and before.status is after.status):
            continue
        is_undone_post = after.status is Status.DELETED and after.id not in world.deletions
        if not (is_undone_post and before and before.status not in ENDS):
            yield after.id, after.status.value


def _writes(world: World) -> Iterator[tuple[ImageRecord | None, ImageRecord | None]]:
    """Yield the record before and after each write that was applied."""
    table: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables[world.base.settings.images_table]
    for each in table.stream_shard.items:
        images = [each.record["dynamodb"].get(name) for name in ("OldImage", "NewImage")]
        before, after = (from_item(image) if image else None for image in images)
        yield before, after
