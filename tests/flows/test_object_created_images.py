"""Which image an object in S3 belongs to, and what S3 and the table are asked for it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable
from chalicelib.flows import resize, sanitize, upload
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.flows.object_created import LEASE_SECONDS, ObjectCreated, read_event, start
from chalicelib.records import ImageRecord, Status, Variant
from tests import stage
from tests.conftest import Clock
from tests.flows.deliveries import put_and_resize, s3_record
from tests.flows.photos import photo, photo_with_metadata

KEY = "uploads/a.jpg"


def plan(backends: Backends, record: ImageRecord) -> Mapping[str, Variant]:
    return {"processed": Variant(backends.settings.images_bucket, f"processed/{record.id}.png", "PNG", 0)}


def created(backends: Backends) -> ObjectCreated:
    stage.put(backends.settings.images_bucket, KEY, b"photo")
    return read_event(backends, s3_record(backends.settings.images_bucket, KEY), "delivery")


def begin(backends: Backends, event: ObjectCreated) -> ImageRecord:
    record = start(backends, event, plan, ends_original=False)
    assert record
    return record


def watched(backends: Backends) -> tuple[Backends, list[str], list[str]]:
    """Return backends, and the lists of the names of their calls: those of storage, and those of the catalog."""
    changed = stage.with_failures(backends)
    return changed, cast(Any, changed.storage).calls, cast(Any, changed.catalog).calls


def test_an_object_under_the_key_of_another_bucket_is_not_the_image(backends: Backends) -> None:
    """The sanitized bucket has an output under this key; whoever knows it must not replace the image."""
    record = sanitize.receive(backends, Photo(photo_with_metadata(), "ann"))
    bucket, key = backends.settings.images_bucket, record.variants["sanitized"].key
    stage.put(bucket, key, photo(colour="red"))

    resize.handle(backends, s3_record(bucket, key), "delivery")

    assert backends.catalog.get(record.id) == record
    assert stage.versions(bucket) == []


def test_a_form_for_landing_may_be_used_again_after_its_original_has_ended(backends: Backends) -> None:
    """Then only the path of its output tells that the object belongs to the image."""
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    request = UploadRequest("ann", "a.jpg", "image/jpeg", len(photo()), Purpose.SANITIZE)
    pending, _ = upload.create_upload(not_keeping, request)
    sizes = []
    for number, data in enumerate((photo(), photo((320, 240)))):
        stage.put(backends.settings.landing_bucket, pending.source, data)
        event = s3_record(backends.settings.landing_bucket, pending.source)
        sanitize.handle(not_keeping, event, f"delivery {number}")
        record = backends.catalog.get(pending.id)
        sizes.append((record.status, record.width))

    assert sizes == [(Status.COMPLETED, 640), (Status.COMPLETED, 320)]


def test_a_repeated_event_finds_its_image_before_it_writes(backends: Backends) -> None:
    put_and_resize(backends, KEY, photo())
    changed, _, catalog_calls = watched(backends)

    resize.handle(changed, s3_record(backends.settings.images_bucket, KEY), "repeated")

    assert "create" not in catalog_calls


def test_a_retry_does_not_look_for_other_photos_of_its_key(backends: Backends) -> None:
    pending = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))
    original = pending.variants["original"]
    event = ObjectCreated(original.bucket, original.key, "delivery", original.version_id, original.etag, 1, "01")
    record = start(backends, event, lambda *_: {}, ends_original=False)
    assert record
    changed, storage_calls, _ = watched(backends)

    again = start(changed, event, lambda *_: {}, ends_original=False)

    assert again
    assert again.attempt
    assert (again.attempt.number, storage_calls) == (2, [])


def test_an_image_whose_original_is_to_end_is_not_made_again(backends: Backends) -> None:
    """Somebody has deleted its output. Its original is going or gone, and without it the image would be rejected."""
    not_keeping = replace(backends, settings=replace(backends.settings, landing_keep=False))
    landing, sanitized = backends.settings.landing_bucket, backends.settings.destination_bucket
    original = stage.put(landing, KEY, photo())
    event = s3_record(landing, KEY)
    with pytest.raises(BackendUnavailable):
        sanitize.handle(stage.with_failures(not_keeping, storage={"delete_objects": 1}), event, "delivery")
    backends.storage.delete_objects(landing, [(KEY, original.version_id)])
    backends.storage.delete_objects(sanitized, stage.versions(sanitized))

    sanitize.handle(not_keeping, event, "another")

    record = backends.catalog.newest_from(["system"], KEY)
    assert (record.status, record.removing) == (Status.COMPLETED, {})


def test_a_new_attempt_deletes_the_keys_that_the_last_one_has_named(backends: Backends) -> None:
    """The settings of the stage may have changed, so that the new attempt names others."""
    event = created(backends)
    record = begin(backends, event)
    bucket = backends.settings.images_bucket
    earlier = Variant(bucket, f"processed/{record.id}.jpg", "JPEG", 0)
    backends.catalog.update(replace(record, writing={"processed": earlier}))
    stage.put(bucket, earlier.key, b"output")

    begin(backends, event)

    assert stage.keys(bucket) == [KEY]


def test_what_an_attempt_from_before_revisions_has_written_is_deleted(backends: Backends, clock: Clock) -> None:
    """Its record names no keys, so they are those that the new attempt plans."""
    event = created(backends)
    record = begin(backends, event)
    bucket = backends.settings.images_bucket
    stage.dynamodb().update_item(
        TableName=backends.settings.images_table,
        Key={"ID": {"S": record.id}},
        UpdateExpression="REMOVE rev, writing, #token",
        ExpressionAttributeNames={"#token": "token"},
    )
    stage.put(bucket, f"processed/{record.id}.png", b"output")
    clock.advance(LEASE_SECONDS)

    begin(backends, event)

    assert stage.keys(bucket) == [KEY]
