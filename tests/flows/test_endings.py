"""The message that an image has ended: its contents, and when it is sent again."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import endings, images, reconcile, resize, sanitize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.records import TELL_SECONDS, Ending, ImageRecord, Status, shown_owner
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import s3_record
from tests.flows.photos import photo
from tests.flows.test_reconcile import DAY, run

ARN = "arn:aws:iam::123456789012:user/ann"


class Topic:
    """A topic that takes no message as long as it is down."""

    def __init__(self, backends: Backends) -> None:
        self.inner, self.is_down, self.tries = backends.messaging, True, 0

    def publish(self, *message: Any) -> None:
        self.tries += 1
        if self.is_down:
            raise BackendUnavailable("SNS is not available.")
        self.inner.publish(*message)


@pytest.fixture
def inbox(backends: Backends) -> stage.Inbox:
    return stage.Inbox(backends.settings.images_topic)


def without_sns(backends: Backends) -> tuple[Backends, Topic]:
    topic: Any = Topic(backends)
    return replace(backends, messaging=topic), topic


def told(inbox: stage.Inbox) -> list[dict[str, str]]:
    return [json.loads(each["Message"]) for each in inbox.read()]


def stored(backends: Backends, image: ImageRecord) -> ImageRecord:
    record = backends.catalog.find(image.id)
    assert record
    return record


def test_a_message_names_the_image_and_has_attributes_to_filter_by(backends: Backends, inbox: stage.Inbox) -> None:
    image = upload.receive(backends, Photo(photo(), ARN, "private name.png"))

    (envelope,) = inbox.read()

    message = json.loads(envelope["Message"])
    owner = shown_owner(backends.settings.stage, ARN)
    shared = {"status": "completed", "owner": owner, "format": image.source_format.lower(), "entry": "api"}
    assert {name: each["Value"] for name, each in envelope["MessageAttributes"].items()} == shared
    assert len(message.pop("id")) == 32
    assert message == {
        **shared,
        "image": image.id,
        "key": "",
        "error": "",
        "ended_at": "2026-03-01T12:00:00.000Z",
    }
    assert envelope["Subject"] == f"darkroom-{backends.settings.stage}: an image is completed"
    assert not any(secret in str(envelope["Message"]) for secret in ("123456789012", "private", "http"))
    assert stored(backends, image).owed == ()


def test_a_photo_in_s3_is_told_with_its_key_and_its_error(backends: Backends, inbox: stage.Inbox) -> None:
    settings = backends.settings
    for bucket, key, data in (
        (settings.images_bucket, "uploads/a b.jpg", b"no photo"),
        (settings.landing_bucket, "in/b.png", photo()),
    ):
        stage.put(bucket, key, data)
        flow = resize if bucket == settings.images_bucket else sanitize
        flow.handle(backends, s3_record(bucket, key), "delivery")

    rejected, completed = told(inbox)

    names = ("status", "entry", "key", "format", "error", "owner")
    assert [rejected[name] for name in names] == [
        *("rejected", "uploads", "uploads/a b.jpg", "unknown"),
        *("unsupported_format", "system"),
    ]
    assert [completed[name] for name in names] == ["completed", "landing", "in/b.png", "jpeg", "", "system"]


def test_a_form_that_expires_and_a_deletion_are_told(backends: Backends, clock: Clock, inbox: stage.Inbox) -> None:
    form, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))
    clock.advance(2 * DAY)
    run(backends)
    images.delete(backends, "ann", form.id)

    messages = told(inbox)

    assert [(each["image"], each["status"], each["entry"]) for each in messages] == [
        (form.id, "expired", "api"),
        (form.id, "deleted", "api"),
    ]
    assert backends.catalog.find(form.id) is None


def test_a_post_succeeds_without_sns_and_the_reconciliation_sends_its_message_once(
    backends: Backends, clock: Clock, inbox: stage.Inbox, log: io.StringIO
) -> None:
    down, topic = without_sns(backends)
    image = upload.receive(down, Photo(photo(), "ann"))
    (owed,) = image.owed
    assert backends.catalog.due(int(clock().timestamp()) + TELL_SECONDS - 1, 9) == []
    clock.advance(TELL_SECONDS)

    outcomes = [run(backends), run(backends)]

    (message,) = told(inbox)
    assert (image.status, image.due_at, message["id"], message["image"]) == (
        Status.COMPLETED,
        None,
        owed.id,
        image.id,
    )
    assert [(each.due, each.told, each.untold, each.errors) for each in outcomes] == [(1, 1, 0, 0), (0, 0, 0, 0)]
    assert (topic.tries, stored(backends, image).owed) == (1, ())
    assert "a message is not sent yet" in log.getvalue()


def test_a_message_that_is_not_marked_is_sent_again_with_the_same_contents(
    backends: Backends, clock: Clock, inbox: stage.Inbox
) -> None:
    image = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    original = image.original
    assert original
    failing = stage.with_failures(backends)
    updates: Any = failing.catalog

    def publish(*message: Any) -> None:
        backends.messaging.publish(*message)
        updates.fails["update"] = 1

    messaging: Any = type("Messaging", (), {"publish": staticmethod(publish)})()
    resize.handle(replace(failing, messaging=messaging), s3_record(original.bucket, original.key), "delivery")
    clock.advance(TELL_SECONDS)
    run(backends)

    first, second = told(inbox)
    assert first == second
    assert stored(backends, image).owed == ()


def test_a_record_that_changed_meanwhile_keeps_its_change_and_loses_the_message(backends: Backends) -> None:
    image = upload.receive(backends, Photo(photo(), "ann"))
    ends = tuple(Ending(each, "completed", 5) for each in ("one", "two"))
    owing = backends.catalog.update(replace(image, owed=ends[:1]))
    backends.catalog.update(replace(owing, filename="changed", owed=ends))

    assert endings.tell(backends, owing).owed == ()

    assert (stored(backends, image).filename, stored(backends, image).owed) == ("changed", ends[1:])


def test_a_record_that_is_gone_meanwhile_is_not_written_again(backends: Backends) -> None:
    image = upload.receive(backends, Photo(photo(), "ann"))
    owing = backends.catalog.update(replace(image, owed=(Ending("one", "completed", 5),)))
    backends.catalog.delete(owing)

    assert endings.tell(backends, owing).owed == ()

    assert backends.catalog.find(image.id) is None


def test_a_deleted_image_stays_until_its_message_is_sent(backends: Backends, clock: Clock, inbox: stage.Inbox) -> None:
    image = upload.receive(backends, Photo(photo(), "ann"))
    down, topic = without_sns(backends)

    images.delete(down, "ann", image.id)

    assert stored(backends, image).status is Status.DELETED
    assert stage.keys(backends.settings.images_bucket) == []
    clock.advance(DAY)
    with pytest.raises(BackendUnavailable, match="No record could be reconciled"):
        run(down)
    assert stored(backends, image).removing
    topic.is_down = False
    clock.advance(DAY)
    assert run(down).deleted == 1
    assert backends.catalog.find(image.id) is None
    assert [each["status"] for each in told(inbox)] == ["completed", "deleted"]


def test_without_sns_a_run_tries_once_and_ends_what_is_due(backends: Backends, clock: Clock) -> None:
    down, topic = without_sns(backends)
    for _ in range(3):
        upload.receive(down, Photo(photo(), "ann"))
    forms = [upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))[0] for _ in range(2)]
    clock.advance(2 * DAY)
    topic.tries = 0

    outcome = run(down)

    assert (outcome.due, outcome.unused, outcome.untold, outcome.errors, topic.tries) == (5, 2, 3, 3, 1)
    assert {stored(backends, each).status for each in forms} == {Status.EXPIRED}


def test_a_post_that_fails_tells_nothing(backends: Backends, inbox: stage.Inbox) -> None:
    failing = stage.with_failures(backends, catalog={"update": 1})

    with pytest.raises(BackendUnavailable):
        upload.receive(failing, Photo(photo(), "ann"))

    assert told(inbox) == []
    assert stage.record_count(backends.settings.images_table) == 0


def test_the_next_request_of_a_key_keeps_the_message_of_the_record_that_it_overwrites(
    backends: Backends, clock: Clock, inbox: stage.Inbox
) -> None:
    sent = Photo(photo(), "ann", idempotency_key="key")
    down, _ = without_sns(backends)
    died = stage.with_failures(down, catalog={"find": 9, "update": 9})
    with pytest.raises(BackendUnavailable):
        upload.receive(died, sent)
    clock.advance(DAY / 2)
    reconcile.handle(down, lambda: 900_000)

    image = upload.receive(backends, sent)

    assert [(each["image"], each["status"]) for each in told(inbox)] == [
        (image.id, "failed"),
        (image.id, "completed"),
    ]
