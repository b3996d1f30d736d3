"""The work of the functions that S3 events, the schedule and the dog workflow start, step by step."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import BackendUnavailable, Conflict
from chalicelib.flows import images, resize, sanitize, upload
from chalicelib.flows.accept import Purpose, UploadRequest
from chalicelib.keys import new_id
from chalicelib.records import ANONYMOUS, SYSTEM, ImageRecord
from tests import stage
from tests.flows.deliveries import s3_record
from tests.imaging.made_fonts import font_with
from tests.imaging.test_logo import logo
from tests.privilege.enforcement import disable_iam_authentication
from tests.privilege.policy_rig import Changed, PolicyRig, Step


def handles_an_event(function: str) -> Step:
    """Handle the event of a photo that was put into S3."""

    def event_is_handled(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.put_photo(function)
        yield
        rig.deliver(function, bucket, key)
        yield
        record = rig.backends.catalog.newest_from([SYSTEM], key)
        assert (record.status, record.owed) == ("completed", ())

    return event_is_handled


def handles_an_event_twice(function: str) -> Step:
    """Handle the event of a completed photo again."""

    def event_is_handled_twice(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.put_photo(function)
        rig.deliver(function, bucket, key)
        yield
        rig.deliver(function, bucket, key)

    return event_is_handled_twice


def makes_a_deleted_output_again(function: str) -> Step:
    """Handle the event again of a photo whose output was deleted meanwhile."""

    def output_is_made_again(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.put_photo(function)
        rig.deliver(function, bucket, key)
        (version,) = rig.backends.storage.versions_of(rig.backends.settings.destination_bucket, key)
        rig.backends.storage.delete_versions(rig.backends.settings.destination_bucket, [version])
        yield
        rig.deliver(function, bucket, key)
        yield
        assert key in stage.keys(rig.backends.settings.destination_bucket)

    return output_is_made_again


def ignores_a_missing_photo(function: str) -> Step:
    """Handle the event of a photo that was deleted before: there is nothing to do, and nothing to retry."""

    def photo_is_missing(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.put_photo(function)
        event = s3_record(bucket, key)
        version = event["s3"]["object"]["versionId"]
        stage.s3().delete_object(Bucket=bucket, Key=key, VersionId=version)
        yield
        rig.deliver(function, bucket, key)
        rig.client.lambda_.invoke(function, {"Records": [event]})

    return photo_is_missing


def meets_another_object(function: str) -> Step:
    """Find another object under the key of an output: nothing is overwritten, and a retry deletes it."""

    def outputs_are_not_overwritten(rig: PolicyRig) -> Iterator[None]:
        settings, data = rig.backends.settings, rig.photo()
        purpose = Purpose.PROCESS if function == "resize_image" else Purpose.SANITIZE
        bucket = settings.images_bucket if function == "resize_image" else settings.landing_bucket
        events = []
        for folder, suffix in OUTPUTS[function]:
            options = {"renditions": "s:8"} if folder else {}
            request = UploadRequest(ANONYMOUS, "", "image/jpeg", len(data), purpose, options)
            created, _ = upload.create_upload(rig.backends, request)
            stage.put(bucket, created.source, data)
            output = f"{folder}/{created.id}{suffix}" if folder else created.source
            stage.put(settings.images_bucket if folder else settings.destination_bucket, output, b"another object")
            events.append(s3_record(bucket, created.source))
        yield
        for event in events:
            with pytest.raises(Conflict):
                rig.client.lambda_.invoke(function, {"Records": [event]})

    return outputs_are_not_overwritten


#: The folders and suffixes of a function's outputs; "" if they have the keys of their originals.
OUTPUTS = {
    "resize_image": (("processed", ".png"), ("resized", ".jpg"), ("renditions", "/s.png")),
    "sanitize_image": (("", ""),),
}


def fails_for_good(function: str) -> Step:
    """Send an event to the dead-letter queue, as Lambda does with the function's own role after the last retry."""

    def event_is_kept(rig: PolicyRig) -> Iterator[None]:
        yield
        rig.queues.send_message(QueueUrl=rig.dead_letters, MessageBody=function)

    return event_is_kept


def resizes_a_photo_that_is_deleted_meanwhile(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.put_photo("resize_image")
    catalog, before = rig.backends.catalog, stage.keys(bucket)

    event = s3_record(bucket, key)

    def update_deleted(record: ImageRecord) -> ImageRecord:
        with disable_iam_authentication():
            images.delete(rig.backends, record.owner, record.id)
            stage.put(bucket, key, b"another photo")
        return catalog.update(record)

    changed: Any = Changed(catalog, {"update": update_deleted})
    yield
    resize.handle(replace(rig.backends, catalog=changed), event, "delivery")
    yield
    assert stage.keys(bucket) == before


def deletes_an_upload_without_a_record(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.backends.settings.images_bucket, f"uploads/{new_id()}/original.jpg"
    stage.put(bucket, key, rig.photo())
    event = s3_record(bucket, key)
    yield
    rig.client.lambda_.invoke("resize_image", {"Records": [event]})
    yield
    assert key not in stage.keys(bucket)


def makes_outputs_again_after_a_dead_attempt(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.put_photo("resize_image")
    event = s3_record(bucket, key)
    with pytest.raises(BackendUnavailable):
        resize.handle(stage.with_failures(rig.backends, catalog={"update": 1}), event, "delivery")
    yield
    resize.handle(rig.backends, event, "delivery")


def draws_a_watermark_with_a_font(rig: PolicyRig) -> Iterator[None]:
    bucket, data = rig.backends.settings.images_bucket, rig.photo()
    stage.put(bucket, "fonts/jp.otf", font_with("暗室"))
    options = {"watermark": "暗室", "font": "jp.otf"}
    created, _ = upload.create_upload(
        rig.backends, UploadRequest(ANONYMOUS, "", "image/jpeg", len(data), options=options)
    )
    stage.put(bucket, created.source, data)
    yield
    rig.deliver("resize_image", bucket, created.source)
    yield
    assert rig.backends.catalog.get(created.id).status == "completed"


def stamps_a_logo(rig: PolicyRig) -> Iterator[None]:
    bucket, data = rig.backends.settings.images_bucket, rig.photo()
    stage.put(bucket, "logos/a.png", logo())
    request = UploadRequest(ANONYMOUS, "", "image/jpeg", len(data), options={"logo": "a.png"})
    created, _ = upload.create_upload(rig.backends, request)
    stage.put(bucket, created.source, data)
    yield
    rig.deliver("resize_image", bucket, created.source)
    yield
    assert rig.backends.catalog.get(created.id).status == "completed"


def rejects_a_file_that_is_no_photo(rig: PolicyRig) -> Iterator[None]:
    settings, key = rig.backends.settings, rig.new_name()
    stage.put(settings.landing_bucket, key, b"no photo")
    yield
    rig.deliver("sanitize_image", settings.landing_bucket, key)
    yield
    assert key not in stage.keys(settings.destination_bucket)


def overwrites_a_photo(function: str) -> Step:
    """Handle the events of two photos under one key, the newer one first, and of the first one again."""

    def photo_is_overwritten(rig: PolicyRig) -> Iterator[None]:
        bucket, key = rig.put_photo(function)
        events = [s3_record(bucket, key)]
        stage.put(bucket, key, rig.photo())
        events = [s3_record(bucket, key), *events, *events]
        yield
        for event in events:
            rig.client.lambda_.invoke(function, {"Records": [event]})

    return photo_is_overwritten


def makes_an_output_after_a_dead_attempt(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.put_photo("sanitize_image")
    event = s3_record(bucket, key)
    with pytest.raises(BackendUnavailable):
        sanitize.handle(stage.with_failures(rig.backends, catalog={"update": 1}), event, "delivery")
    yield
    sanitize.handle(rig.backends, event, "delivery")


def deletes_the_original(rig: PolicyRig) -> Iterator[None]:
    bucket, key = rig.put_photo("sanitize_image")
    settings, event = replace(rig.backends.settings, landing_keep=False), s3_record(bucket, key)
    yield
    sanitize.handle(replace(rig.backends, settings=settings), event, "delivery")
    yield
    assert key not in stage.keys(bucket)


RESIZE = (
    handles_an_event("resize_image"),
    handles_an_event_twice("resize_image"),
    ignores_a_missing_photo("resize_image"),
    resizes_a_photo_that_is_deleted_meanwhile,
    overwrites_a_photo("resize_image"),
    deletes_an_upload_without_a_record,
    makes_outputs_again_after_a_dead_attempt,
    meets_another_object("resize_image"),
    draws_a_watermark_with_a_font,
    stamps_a_logo,
    fails_for_good("resize_image"),
)
SANITIZE = (
    handles_an_event("sanitize_image"),
    makes_a_deleted_output_again("sanitize_image"),
    ignores_a_missing_photo("sanitize_image"),
    meets_another_object("sanitize_image"),
    rejects_a_file_that_is_no_photo,
    overwrites_a_photo("sanitize_image"),
    makes_an_output_after_a_dead_attempt,
    deletes_the_original,
    fails_for_good("sanitize_image"),
)
