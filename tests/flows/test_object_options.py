"""A photo that is put into S3 brings its options with it."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.flows import resize, upload
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.object_created import ObjectCreated
from chalicelib.flows.object_options import with_options
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import opened, photo


def put(backends: Backends, key: str, **metadata: str) -> ImageRecord:
    """Put a photo with metadata, handle its event, and return its record."""
    return put_photo(backends, key, photo(), metadata)


def put_photo(backends: Backends, key: str, data: bytes, metadata: dict[str, str]) -> ImageRecord:
    """Put these bytes as put() does."""
    bucket = backends.settings.images_bucket
    named = {name.replace("_", "-"): value for name, value in metadata.items()}
    stage.s3().put_object(Bucket=bucket, Key=key, Body=data, Metadata=named)
    resize.handle(backends, s3_record(bucket, key), "delivery")
    return backends.catalog.newest_from(["system"], key)


def processed(record: ImageRecord) -> Any:
    variant = record.variants["processed"]
    return opened(stage.read(variant.bucket, variant.key))


@pytest.mark.parametrize(
    ("key", "metadata", "size", "image_format"),
    [
        ("uploads/a.jpg", {}, (640, 480), "PNG"),
        ("uploads/a.jpg", {"width": "64", "format": "avif"}, (64, 48), "AVIF"),
        ("uploads/a.jpg", {"preset": "thumbnail"}, (300, 300), "JPEG"),
        ("uploads/thumbnail/a.jpg", {"preset": "", "width": ""}, (300, 300), "JPEG"),
        ("uploads/thumbnail/a.jpg", {}, (300, 300), "JPEG"),
        ("uploads/thumbnail/2026/a.jpg", {}, (300, 300), "JPEG"),
        ("uploads/thumbnail/a.jpg", {"preset": "web"}, (640, 480), "WEBP"),
        ("uploads/thumbnail/a.jpg", {"format": "png"}, (300, 300), "PNG"),
        ("uploads/2026/web/a.jpg", {}, (640, 480), "PNG"),
        ("uploads/web", {}, (640, 480), "PNG"),
        ("uploads/a.jpg", {"s3cmd_attrs": "x", "mtime": "1", "colour": "red"}, (640, 480), "PNG"),
    ],
)
def test_metadata_beats_the_folder_and_the_folder_the_default(
    backends: Backends, key: str, metadata: dict[str, str], size: tuple[int, int], image_format: str
) -> None:
    record = put(backends, key, **metadata)

    picture = processed(record)
    assert (picture.size, picture.format) == (size, image_format)
    assert record.variants["processed"].format == image_format


def test_the_result_is_that_of_a_post_with_the_same_options(backends: Backends) -> None:
    options = {"width": "90", "height": "60", "fit": "cover", "watermark": "Ann", "grayscale": "no"}
    posted = upload.receive(backends, Photo(photo(), "ann", options=options))

    found = put(backends, "uploads/a.jpg", **options)

    assert found.recipe == posted.recipe
    assert {name: each.etag for name, each in posted.variants.items()}.items() <= {
        name: each.etag for name, each in found.variants.items()
    }.items()


def test_a_photo_without_options_gets_the_preset_of_the_stage_whichever_way_it_came(backends: Backends) -> None:
    of_stage = replace(backends, settings=replace(backends.settings, default_preset="thumbnail"))

    found, posted = put(of_stage, "uploads/a.jpg"), upload.receive(of_stage, Photo(photo(), "ann"))

    assert processed(found).size == (300, 300)
    assert found.recipe == posted.recipe == upload.receive(backends, named("thumbnail")).recipe
    assert {each.variants["processed"].etag for each in (found, posted)} == {posted.variants["processed"].etag}


def test_a_preset_that_is_named_beats_that_of_the_stage_also_in_the_recipe(backends: Backends) -> None:
    of_stage = replace(backends, settings=replace(backends.settings, default_preset="web"))

    first = upload.receive(of_stage, named("default"))
    again = upload.receive(of_stage, Photo(photo(), "ann", options=first.recipe))

    assert first.recipe["preset"] == "default"
    assert {processed(each).format for each in (first, again)} == {"PNG"}
    assert processed(put(of_stage, "uploads/thumbnail/a.jpg")).size == (300, 300)


def named(preset: str) -> Photo:
    """Return a photo whose caller names a preset."""
    return Photo(photo(), "ann", options={"preset": preset})


@pytest.mark.parametrize(
    ("metadata", "code"),
    [({"preset": "tiny"}, "bad_option"), ({"grayscale": "maybe"}, "bad_option"), ({"width": "0"}, "out_of_range")],
)
def test_a_bad_option_rejects_the_photo_and_the_photo_stays(
    backends: Backends, metadata: dict[str, str], code: str
) -> None:
    record = put(backends, "uploads/a.jpg", **metadata)

    assert (record.status, record.error and record.error.code) == (Status.REJECTED, code)
    assert stage.keys(backends.settings.images_bucket) == ["uploads/a.jpg"]


@pytest.mark.parametrize("before", [{"preset": "tiny"}, {"width": "50"}, {}], ids=["bad", "another", "none"])
def test_the_same_photo_that_is_put_again_with_other_options_is_processed_again(
    backends: Backends, before: dict[str, str]
) -> None:
    first = put(backends, "uploads/a.jpg", **before)
    again = put(backends, "uploads/a.jpg", preset="thumbnail")

    assert (again.id, again.status) == (first.id, Status.COMPLETED)
    assert processed(again).size == (300, 300)
    named = {(each.key, each.version_id) for name, each in again.variants.items()}
    outputs = {each for each in stage.versions(backends.settings.images_bucket) if each[0] != "uploads/a.jpg"}
    assert outputs == {each for each in named if each[0] != "uploads/a.jpg"}


def test_the_same_photo_that_is_put_again_without_options_gets_the_default(backends: Backends) -> None:
    first = put(backends, "uploads/a.jpg", width="50")
    again = put(backends, "uploads/a.jpg")

    assert (processed(again).size, again.id) == ((640, 480), first.id)
    assert again.recipe == upload.receive(backends, Photo(photo(), "ann")).recipe


def test_the_same_photo_that_is_put_again_with_the_same_options_is_not(backends: Backends) -> None:
    first = put(backends, "uploads/a.jpg", preset="thumbnail")
    again = put(backends, "uploads/a.jpg", preset="thumbnail")

    assert again.variants["processed"] == first.variants["processed"]


def test_an_upload_of_the_api_keeps_the_options_of_its_request(backends: Backends) -> None:
    request = UploadRequest("ann", "a.jpg", "image/jpeg", len(photo()), options={"width": 50})
    pending, _ = upload.create_upload(backends, request)
    bucket = backends.settings.images_bucket
    stage.s3().put_object(Bucket=bucket, Key=pending.source, Body=photo(), Metadata={"width": "9"})

    resize.handle(backends, s3_record(bucket, pending.source), "delivery")

    assert processed(backends.catalog.get(pending.id)).size == (50, 38)


def test_s3_is_not_asked_for_an_upload_of_the_api_or_a_folder(backends: Backends) -> None:
    watched: Any = stage.with_failures(backends)
    for key in (f"uploads/{'a' * 32}/original.jpg", "uploads/folder/"):
        event = ObjectCreated(backends.settings.images_bucket, key, "delivery", "v1", "etag")
        assert with_options(watched, event) == event
    assert watched.storage.calls == []


def test_an_object_that_is_gone_has_no_options(backends: Backends) -> None:
    event = ObjectCreated(backends.settings.images_bucket, "uploads/a.jpg", "delivery", "v1", "etag")
    assert with_options(backends, event) == replace(event, options={})
