"""Links and keys of images, as their owner asks for them."""

from dataclasses import replace

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import ImageExpired, ImageNotFound
from chalicelib.flows import images, upload
from chalicelib.flows.accept import Photo, UploadRequest
from tests.conftest import Clock
from tests.flows.photos import photo


def test_the_owner_finds_an_image_by_the_key_of_its_original(backends: Backends) -> None:
    waiting = upload.receive(backends, Photo(photo(), "ann", asynchronous=True))

    assert images.show_by_key(backends, "ann", waiting.source).record.id == waiting.id
    with pytest.raises(ImageNotFound):
        images.show_by_key(backends, "bob", waiting.source)


def test_an_upload_whose_time_is_over_has_no_content(backends: Backends, clock: Clock) -> None:
    record, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/png", 10))
    clock.advance(backends.settings.upload_seconds + 3601)

    with pytest.raises(ImageExpired):
        images.content_link(backends, "ann", record.id, None)


def test_a_link_to_the_content_lives_as_long_as_the_setting(backends: Backends) -> None:
    short = replace(backends, settings=replace(backends.settings, link_seconds=77))
    record = upload.receive(short, Photo(photo(), "ann"))

    assert "X-Amz-Expires=77&" in images.content_link(short, "ann", record.id, None)


def test_an_image_without_a_main_variant_names_the_processed_one(backends: Backends) -> None:
    record = upload.receive(backends, Photo(photo(), "ann"))
    backends.catalog.update(replace(record, variants={"resized": record.variants["resized"]}))

    with pytest.raises(ImageNotFound, match="no variant 'processed'"):
        images.content_link(backends, "ann", record.id, None)


def test_a_missing_image_is_named_by_40_characters_at_most(backends: Backends) -> None:
    with pytest.raises(ImageNotFound, match=f"There is no image '{'x' * 40}'"):
        images.show(backends, "ann", "x" * 50)
