"""Renditions: made from one decode by every way in, stored all or none, and deleted with their image."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, ImageNotFound, ImageTooLarge, InvalidRequest
from chalicelib.flows import images, upload, variants
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.flows.cleanup.records import DeletedObject, expire_records, image_id
from chalicelib.imaging import recipe as recipes
from chalicelib.records import ImageRecord, Status
from scripts.measuring import samples
from tests import stage
from tests.flows.deliveries import resized
from tests.flows.photos import photo
from tests.flows.test_object_options import put_photo

OPTIONS = {"renditions": "s:320,m:500,original-2:400,thumbnail", "format": "webp", "grayscale": "false"}
NAMES = {"s", "m", "original-2", "thumbnail"}
SIZES = {"s": (320, 240), "m": (500, 375), "original-2": (400, 300), "thumbnail": (300, 300)}
DATA = photo((640, 480))


def _etags(record: ImageRecord) -> dict[str, str]:
    return {name: each.etag for name, each in record.variants.items() if name != "original"}


def _keys(backends: Backends) -> list[str]:
    return [each for each in stage.keys(backends.settings.images_bucket) if each.startswith("renditions/")]


def test_every_way_in_makes_the_renditions(backends: Backends) -> None:
    posted = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS))
    again = upload.receive(backends, Photo(DATA, "ann", options=posted.recipe))
    later = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS, asynchronous=True))
    uploaded, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/jpeg", len(DATA), options=OPTIONS))
    stage.put(backends.settings.images_bucket, uploaded.source, DATA)
    found = put_photo(backends, "uploads/a.jpg", DATA, OPTIONS)

    records = [posted, again, found, *(resized(backends, each) for each in (later, uploaded))]
    assert {each.status for each in records} == {Status.COMPLETED}
    assert all(_etags(each) == _etags(posted) for each in records)
    assert set(_etags(posted)) == {"processed", "resized"} | NAMES


def test_a_rendition_has_its_key_size_and_format(backends: Backends) -> None:
    record = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS))
    for name, size in SIZES.items():
        made = record.variants[name]
        assert made.key == f"renditions/{record.id}/{name}.webp"
        assert record.owns_key(made.key)
        stored = Image.open(io.BytesIO(stage.read(made.bucket, made.key)))
        assert (stored.format, stored.size, (made.width, made.height)) == ("WEBP", size, size)
    assert record.writing == {}


def test_no_rendition_is_enlarged(backends: Backends) -> None:
    record = upload.receive(backends, Photo(DATA, "ann", options={"renditions": "xl:4000"}))
    assert (record.variants["xl"].width, record.variants["xl"].height) == (640, 480)


def test_the_stage_says_what_a_caller_leaves_open(backends: Backends) -> None:
    on = replace(backends, settings=replace(backends.settings, renditions="s:32"))
    records = [
        upload.receive(on, Photo(DATA, "ann")),
        put_photo(on, "uploads/b.jpg", DATA, {}),
        resized(on, upload.receive(on, Photo(DATA, "ann", asynchronous=True))),
    ]
    assert [each.variants["s"].width for each in records] == [32, 32, 32]
    assert upload.receive(backends, Photo(DATA, "ann", options=records[0].recipe)).variants["s"].width == 32
    none = upload.receive(on, Photo(DATA, "ann", options={"renditions": "none"}))
    assert "s" not in upload.receive(on, Photo(DATA, "ann", options=none.recipe)).variants


@pytest.mark.parametrize("name", ["gif", "webp", "avif"])
def test_a_rendition_of_an_animation_is_a_still(backends: Backends, name: str) -> None:
    options = {"format": name, "renditions": "s:20"}
    rendered = variants.render_variants(samples.animation("GIF"), recipes.parse(options), backends.settings)
    frames = {
        each: getattr(Image.open(io.BytesIO(rendered.outputs[each].data)), "n_frames", 1) for each in ("s", "processed")
    }
    assert frames == {"s": 1, "processed": 3}


def test_equal_boxes_are_encoded_once(backends: Backends) -> None:
    options = {"preset": "thumbnail", "renditions": "thumbnail"}
    rendered = variants.render_variants(DATA, recipes.parse(options), backends.settings)
    assert rendered.outputs["thumbnail"] is rendered.outputs["processed"]


def test_the_pixels_of_all_together_are_bounded(backends: Backends) -> None:
    limits = replace(backends.settings.limits, output_pixels=640 * 480 * 2)
    settings = replace(backends.settings, limits=limits)
    most = recipes.parse({"renditions": "a:640"})
    variants.render_variants(DATA, most, settings)
    with pytest.raises(ImageTooLarge, match="together") as raised:
        variants.render_variants(DATA, recipes.parse({"renditions": "a:640,b:1"}), settings)
    assert (raised.value.code, raised.value.limit, raised.value.actual) == ("output_too_large", 614400, 614401)


class StoresFew:
    """A storage that fails at the third object of its images bucket."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.left = inner, 3

    def put_new(self, *arguments: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise BackendUnavailable("S3 is away.")
        return self.inner.put_new(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_all_are_stored_or_none(backends: Backends) -> None:
    broken: Any = StoresFew(backends.storage)
    with pytest.raises(BackendUnavailable):
        upload.receive(replace(backends, storage=broken), Photo(DATA, "ann", options=OPTIONS))
    assert broken.left < 0
    assert stage.keys(backends.settings.images_bucket) == []


def test_a_deletion_deletes_the_renditions(backends: Backends) -> None:
    record = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS))
    other = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS))
    assert len(_keys(backends)) == 8
    images.delete(backends, "ann", record.id)
    assert _keys(backends) == sorted(each.key for name, each in other.variants.items() if name in NAMES)


def test_the_clean_up_takes_a_rendition_out_of_its_record(backends: Backends) -> None:
    record = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS))
    gone, bucket = record.variants["s"], backends.settings.images_bucket
    deleted = DeletedObject(gone.key, gone.etag, gone.version_id)
    assert image_id(backends, bucket, deleted) == record.id
    expire_records(backends, bucket, [deleted])
    left = backends.catalog.get(record.id)
    assert (left.status, set(left.variants)) == (Status.COMPLETED, set(record.variants) - {"s"})


def test_content_finds_a_rendition_by_its_name(backends: Backends) -> None:
    record = upload.receive(backends, Photo(DATA, "ann", options=OPTIONS))
    assert record.variants["m"].key in images.content_link(backends, "ann", record.id, "m")
    with pytest.raises(ImageNotFound, match="no variant 'other'"):
        images.content_link(backends, "ann", record.id, "other")


def test_a_bad_option_writes_nothing(backends: Backends) -> None:
    with pytest.raises(InvalidRequest):
        upload.receive(backends, Photo(DATA, "ann", options={"renditions": "processed:5"}))
    assert stage.keys(backends.settings.images_bucket) == []
    assert put_photo(backends, "uploads/c.jpg", DATA, {"renditions": "processed:5"}).status is Status.REJECTED
