"""Dead letters that name an owner's photos are found and deleted; all others stay, and are visible again."""

import json
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.records import ImageRecord
from scripts.owners import letters
from scripts.owners.who import OwnerError
from tests import stage
from tests.scripts.owners import world
from tests.scripts.owners.world import ANN, BOB, clients, owner


@pytest.fixture
def queue(backends: Backends) -> str:
    assert backends.settings.stage == "test"
    return world.make_queue()


def send(backends: Backends, queue: str, record: ImageRecord) -> None:
    stage.put(backends.settings.images_bucket, f"uploads/{record.id}/original.jpg", b"a photo")
    world.send_letter(queue, backends.settings.images_bucket, f"uploads/{record.id}/original.jpg")


def take(backends: Backends, given: str, ids: set[str], *, delete: bool) -> list[Any]:
    return letters.take(backends, clients, owner(backends, given), ids, delete=delete)


def test_a_letter_that_names_an_image_is_found_and_goes_back(backends: Backends, queue: str) -> None:
    record = world.reserve(backends, ANN)
    send(backends, queue, record)
    [found] = take(backends, ANN, {record.id}, delete=False)
    assert (found.function, found.error) == ("darkroom-test-sanitize_image", "RuntimeError")
    assert world.letters(queue) == 1


def test_only_the_letters_of_the_owner_are_deleted(backends: Backends, queue: str) -> None:
    ours, others = world.reserve(backends, ANN), world.reserve(backends, BOB)
    for record in (ours, others, ours):
        send(backends, queue, record)
    assert len(take(backends, ANN, {ours.id}, delete=True)) == 2
    assert world.letters(queue) == 1
    assert len(take(backends, BOB, {others.id}, delete=False)) == 1


@pytest.mark.parametrize(("key", "found"), [("backend/a b.jpg", 1), ("backend2/a.jpg", 0), ("a/backend/b.jpg", 0)])
def test_the_letter_of_an_uploader_is_found_by_its_prefix(backends: Backends, queue: str, key: str, found: int) -> None:
    stage.put(backends.settings.landing_bucket, key, b"a photo")
    world.send_letter(queue, backends.settings.landing_bucket, key)
    assert len(take(backends, "uploader:backend", set(), delete=False)) == found


def test_a_letter_without_a_photo_belongs_to_nobody(backends: Backends, queue: str) -> None:
    stage.sqs().send_message(QueueUrl=queue, MessageBody=json.dumps({"source": "aws.events", "id": "a" * 32}))
    assert take(backends, "uploader:backend", {"b" * 32}, delete=True) == []
    assert world.letters(queue) == 1


def test_more_letters_than_one_call_returns_are_read(backends: Backends, queue: str) -> None:
    record = world.reserve(backends, ANN)
    for _ in range(23):
        send(backends, queue, record)
    assert len(take(backends, ANN, {record.id}, delete=True)) == 23
    assert world.letters(queue) == 0


@pytest.mark.parametrize(
    "body", ["no event", "[]", "7", '{"requestPayload": {}}', '{"requestPayload": [], "requestContext": {}}']
)
def test_a_message_of_another_form_belongs_to_nobody_and_stops_nothing(
    backends: Backends, queue: str, body: str
) -> None:
    record = world.reserve(backends, ANN)
    stage.sqs().send_message(QueueUrl=queue, MessageBody=body)
    send(backends, queue, record)
    assert len(take(backends, ANN, {record.id}, delete=True)) == 1
    assert world.letters(queue) == 1


def test_a_message_by_hand_that_names_an_image_is_found(backends: Backends, queue: str) -> None:
    record = world.reserve(backends, ANN)
    stage.sqs().send_message(QueueUrl=queue, MessageBody=f"Look at {record.id}!")
    assert len(take(backends, ANN, {record.id}, delete=True)) == 1


def test_letters_that_another_reader_hides_are_an_error(backends: Backends, queue: str) -> None:
    record = world.reserve(backends, ANN)
    letters.refuse_hidden(backends, clients)
    send(backends, queue, record)
    letters.refuse_hidden(backends, clients)
    stage.sqs().receive_message(QueueUrl=queue, VisibilityTimeout=600)
    with pytest.raises(OwnerError, match=r"^1 dead letters are hidden: .* in at most 10 minutes$"):
        letters.refuse_hidden(backends, clients)
