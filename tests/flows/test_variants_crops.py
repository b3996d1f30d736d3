"""What gravity and focus keep of a photo in both variants, whichever way it came in."""

from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from chalicelib.backends import Backends
from chalicelib.errors import InvalidRequest
from chalicelib.flows import resize, upload, variants
from chalicelib.flows.accept import Photo, UploadRequest
from chalicelib.imaging import recipe as recipes
from chalicelib.records import ImageRecord, Status
from tests import stage
from tests.flows.deliveries import s3_record
from tests.flows.photos import opened
from tests.flows.test_object_options import put_photo
from tests.imaging.test_focus import BLUE, GREEN, RED, bands
from tests.pictures import encoded, near, pixel

BANDS = encoded(bands(), "PNG")


def _middles(backends: Backends, options: dict[str, object], data: bytes = BANDS) -> dict[str, tuple[int, ...]]:
    recipe = recipes.parse({"grayscale": False, "format": "png"} | options)
    outputs = variants.render_variants(data, recipe, backends.settings).outputs
    images = {name: opened(each.data) for name, each in outputs.items()}
    return {name: pixel(image, image.width // 2, image.height // 2) for name, image in images.items()}


@pytest.mark.parametrize(
    ("options", "processed", "resized"),
    [
        ({"gravity": "north"}, GREEN, RED),
        ({"focus": "0.5,0.9"}, GREEN, BLUE),
        ({"fit": "cover", "width": 90, "height": 90, "gravity": "south"}, BLUE, BLUE),
        ({"watermark": "x", "gravity": "north"}, GREEN, GREEN),
        ({"watermark": "x", "gravity": "north", "watermark_gravity": "south-east"}, GREEN, RED),
    ],
)
def test_the_crop_of_resized_keeps_what_the_caller_names(
    backends: Backends, options: dict[str, object], processed: tuple[int, ...], resized: tuple[int, ...]
) -> None:
    found = _middles(backends, options)
    assert near(found["processed"], processed, 2)
    assert near(found["resized"], resized, 2)


def test_a_stage_that_does_not_crop_shows_the_whole_picture(backends: Backends) -> None:
    contained = replace(backends, settings=replace(backends.settings, resized_fit="contain"))
    assert near(_middles(contained, {"gravity": "north"})["resized"], GREEN, 2)


def test_both_variants_find_the_busiest_part_each_in_its_own_box(backends: Backends) -> None:
    image = Image.new("RGB", (600, 1800), "grey")
    image.paste(Image.effect_noise((600, 300), 90).convert("RGB"), (0, 1450))
    recipe = recipes.parse({"width": 300, "height": 150, "fit": "cover", "gravity": "auto", "grayscale": False})
    outputs = variants.render_variants(encoded(image, "PNG"), recipe, backends.settings).outputs
    for output in outputs.values():
        grey = opened(output.data).convert("L").tobytes()
        assert sum(abs(value - 128) > 3 for value in grey) > 0.3 * len(grey)


@pytest.mark.parametrize("steered", [{"gravity": "auto"}, {"gravity": "north-west"}, {"focus": "0.5,0.9"}])
def test_every_way_in_gives_the_same_bytes_and_so_does_the_recipe(
    backends: Backends, steered: dict[str, object]
) -> None:
    options = {"width": 90, "height": 60, "fit": "cover", "watermark": "Ann"} | steered
    posted = upload.receive(backends, Photo(BANDS, "ann", options=options))
    again = upload.receive(backends, Photo(BANDS, "ann", options=posted.recipe))
    found = put_photo(backends, "uploads/a.jpg", BANDS, {name: str(value) for name, value in options.items()})

    assert posted.recipe == again.recipe == found.recipe
    assert len({_etags(each) for each in (posted, again, found)}) == 1


def _etags(record: ImageRecord) -> tuple[str, str]:
    return record.variants["processed"].etag, record.variants["resized"].etag


def test_an_upload_whose_record_is_from_before_keeps_its_crop(backends: Backends) -> None:
    options: dict[str, object] = {"width": 90, "height": 60, "fit": "cover", "watermark": "Ann"}
    pending, _ = upload.create_upload(backends, UploadRequest("ann", "", "image/png", len(BANDS), options=options))
    before: dict[str, Any] = {**pending.recipe, "gravity": "north"}
    del before["watermark_gravity"]
    backends.catalog.update(replace(pending, recipe=before))
    stage.put(backends.settings.images_bucket, pending.source, BANDS)

    resize.handle(backends, s3_record(backends.settings.images_bucket, pending.source), "delivery")

    expected = upload.receive(backends, Photo(BANDS, "ann", options=options | {"watermark_gravity": "north"}))
    assert _etags(backends.catalog.get(pending.id)) == _etags(expected)


def test_gravity_with_focus_is_refused_at_every_way_in(backends: Backends) -> None:
    options = {"gravity": "north", "focus": "0,0"}
    for way in (
        lambda: upload.receive(backends, Photo(BANDS, "ann", options=options)),
        lambda: upload.create_upload(backends, UploadRequest("ann", "", "image/png", 9, options=options)),
    ):
        with pytest.raises(InvalidRequest, match="focus and gravity"):
            way()
    record = put_photo(backends, "uploads/a.jpg", BANDS, options)
    assert (record.status, record.error and record.error.code) == (Status.REJECTED, "bad_option")
