"""The work of the functions that S3's events and the dogs' workflow start, step by step."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import BackendUnavailable
from chalicelib.flows import dogs, resize, sanitize
from chalicelib.records import SYSTEM, ImageRecord
from tests import stage
from tests.conftest import ROOT
from tests.flows.photos import photo
from tests.flows.test_dogs import serving
from tests.privilege.enforcement import disable_iam_authentication
from tests.privilege.policy_rig import Changed, PolicyRig, Step

SCHEDULED = json.loads((ROOT / "tests" / "events" / "schedule.json").read_text())


def lands(function: str) -> Step:
    """Handle a photo that a person put."""

    def photo_lands(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.by_hand(function)
        yield
        rig.land(function, bucket, key)
        yield
        record = rig.backends.catalog.newest_from([SYSTEM], key)
        assert record.status == "completed"

    return photo_lands


def lands_twice(function: str) -> Step:
    """Handle the event again of a photo that is done."""

    def photo_lands_twice(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.by_hand(function)
        rig.land(function, bucket, key)
        yield
        rig.land(function, bucket, key)

    return photo_lands_twice


def lands_again_without_output(function: str) -> Step:
    """Handle the event again of a photo whose output went since."""

    def output_is_made_again(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.by_hand(function)
        rig.land(function, bucket, key)
        stage.s3().delete_object(Bucket=rig.backends.settings.destination_bucket, Key=key)
        yield
        rig.land(function, bucket, key)
        yield
        assert key in stage.keys(rig.backends.settings.destination_bucket)

    return output_is_made_again


def is_missing(function: str) -> Step:
    """Handle the event of a photo that went before: nothing to do, and nothing to try again."""

    def photo_is_missing(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.by_hand(function)
        stage.s3().delete_object(Bucket=bucket, Key=key)
        yield
        rig.land(function, bucket, key)

    return photo_is_missing


def dies(function: str) -> Step:
    """Keep an event whose retries are used up, as Lambda does under the function's own role."""

    def event_is_kept(rig: PolicyRig) -> Iterator[None]:
        yield
        rig.queues.send_message(QueueUrl=rig.dead_letters, MessageBody=function)

    return event_is_kept


def deleted_while_it_was_resized(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.by_hand("resize_image")
    catalog, before = rig.backends.catalog, stage.keys(bucket)

    def replace_deleted(record: ImageRecord) -> None:
        with disable_iam_authentication():
            catalog.delete(record.id)
        catalog.replace(record)

    changed: Any = Changed(catalog, {"replace": replace_deleted})
    yield
    resize.handle(replace(rig.backends, catalog=changed), bucket, key, "delivery")
    yield
    assert stage.keys(bucket) == before


def rejects_what_is_no_photo(rig: PolicyRig) -> Iterator[None]:
    settings, key = rig.backends.settings, rig.fresh()
    stage.put(settings.landing_bucket, key, b"no photo")
    stage.put(settings.destination_bucket, key, b"an older output")
    yield
    rig.land("sanitize_image", settings.landing_bucket, key)
    yield
    assert key not in stage.keys(settings.destination_bucket)


def ends_the_original(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.by_hand("sanitize_image")
    settings = replace(rig.backends.settings, landing_keep=False)
    yield
    sanitize.handle(replace(rig.backends, settings=settings), bucket, key, "delivery")
    yield
    assert key not in stage.keys(bucket)


def the_clock_strikes(rig: PolicyRig) -> Iterator[None]:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=int(rig.fresh("").split("-")[1]))
    yield
    rig.client.lambda_.invoke("dog_fetch", SCHEDULED | {"time": instant.isoformat()})


def fetches_a_dog_twice(rig: PolicyRig) -> Iterator[None]:
    backends = serving(rig.backends, photo(), f"https://images.dog.ceo/breeds/hound-afghan/{rig.fresh()}")
    yield
    first, second = dogs.fetch(backends), dogs.fetch(backends)
    assert first == second


def records_a_dog_twice(rig: PolicyRig) -> Iterator[None]:
    name = f"html/{rig.fresh()}"
    event = {"uploaded_image": name, "image_url": "https://example.test/a", "file_type": "jpeg", "alert_id": "a"}
    yield
    first, second = (rig.client.lambda_.invoke("LogToDynamoDB", event).payload for _ in range(2))
    assert first == second
    # There is no such picture.
    assert first["logged_item"]["expired"]


def takes_a_dog_back(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.backends.settings.dog_bucket, f"html/{rig.fresh()}"
    event = {"uploaded_image": key, "image_url": "https://example.test/a", "file_type": "jpeg", "retry_count": 6}
    stage.s3().put_object(Bucket=bucket, Key=key, Body=photo(), Metadata={"run": "a"})
    rows: Any = Changed(rig.backends.dogs, {"record": unavailable})
    yield
    with pytest.raises(BackendUnavailable, match="away"):
        dogs.log(replace(rig.backends, dogs=rows), event | {"alert_id": "a"})
    yield
    assert key not in stage.keys(bucket)


def says_what_the_alert_is_about(rig: PolicyRig) -> Iterator[None]:
    yield
    event = {"logged_item": {"image_name": "html/a.png"}}
    assert rig.client.lambda_.invoke("AlertPNG", event).payload["image"] == "html/a.png"


def unavailable(*_: object) -> None:
    raise BackendUnavailable("away")


RESIZE = (
    lands("resize_image"),
    lands_twice("resize_image"),
    is_missing("resize_image"),
    deleted_while_it_was_resized,
    dies("resize_image"),
)
SANITIZE = (
    lands("sanitize_image"),
    lands_again_without_output("sanitize_image"),
    is_missing("sanitize_image"),
    rejects_what_is_no_photo,
    ends_the_original,
    dies("sanitize_image"),
)
DOG_FETCH = (the_clock_strikes, dies("dog_fetch"))
FETCH = (fetches_a_dog_twice,)
LOG = (records_a_dog_twice, takes_a_dog_back)
ALERT = (says_what_the_alert_is_about,)
