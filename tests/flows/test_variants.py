"""Both variants are rendered from one decode, and both are stored or none."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.backends import Backends
from chalicelib.errors import BackendUnavailable, CorruptImage, ImageTooLarge
from chalicelib.flows import objects, upload, variants
from chalicelib.flows.accept import Photo
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.records import ImageRecord, Status, VariantName
from tests import pictures, stage
from tests.flows.photos import opened, photo

RECORD = ImageRecord("0" * 32, "ann", Status.PROCESSING, "2026-03-01T12:00:00.000Z")


def test_the_outputs_have_the_sizes_of_their_recipes(backends: Backends) -> None:
    recipe = recipes.parse({"width": 60, "height": 60, "format": "jpeg"})

    rendered = variants.render_variants(photo((640, 480)), recipe, backends.settings)

    assert (rendered.format.name, rendered.size) == ("JPEG", Size(640, 480))
    sizes = {name: opened(output.data).size for name, output in rendered.outputs.items()}
    assert sizes == {VariantName.PROCESSED: (60, 45), VariantName.RESIZED: (300, 300)}
    assert {output.format.name for output in rendered.outputs.values()} == {"JPEG"}


def test_the_resized_variant_is_in_colour_and_has_no_watermark(backends: Backends) -> None:
    plain = recipes.parse({"grayscale": False, "format": "png"})
    marked = recipes.parse({"grayscale": True, "format": "png", "watermark": "ann"})

    outputs = [variants.render_variants(photo(), each, backends.settings).outputs for each in (plain, marked)]

    assert outputs[0][VariantName.RESIZED] == outputs[1][VariantName.RESIZED]
    assert outputs[0][VariantName.PROCESSED] != outputs[1][VariantName.PROCESSED]


def test_the_box_of_the_resized_variant_is_a_setting(backends: Backends) -> None:
    settings = replace(backends.settings, resized_width=40, resized_height=90, resized_fit="contain")

    recipe = variants.resized_recipe(recipes.parse({}), settings)

    assert (recipe.width, recipe.height, recipe.fit) == (40, 90, "contain")


@pytest.mark.parametrize(
    ("options", "data", "error"),
    [({}, photo()[:-200], CorruptImage), ({"width": 16000, "height": 16000, "fit": "stretch"}, photo(), ImageTooLarge)],
)
def test_a_photo_that_cannot_be_rendered_is_an_error(
    backends: Backends, options: dict[str, object], data: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        variants.render_variants(data, recipes.parse(options), backends.settings)


def test_the_variants_are_planned_before_they_are_rendered(backends: Backends) -> None:
    planned = variants.plan(backends.settings, RECORD.id, recipes.parse({"format": "webp"}))

    assert {name: each.key for name, each in planned.items()} == {
        "processed": f"processed/{RECORD.id}.webp",
        "resized": f"resized/{RECORD.id}.webp",
    }


def test_the_fields_describe_the_photo_and_the_stored_variants_their_objects(backends: Backends) -> None:
    recipe, bucket = recipes.parse({}), backends.settings.images_bucket
    record = replace(RECORD, writing=variants.plan(backends.settings, RECORD.id, recipe))
    rendered = variants.render_variants(photo(), recipe, backends.settings)

    stored = variants.store(backends, record, rendered)
    fields = variants.describe(photo(), recipe, rendered, stored)

    assert fields["s3_path"] == f"s3://{bucket}/processed/{RECORD.id}.png"
    assert (fields["source_size"], fields["source_format"]) == (len(photo()), "JPEG")
    assert (fields["size"], fields["format"]) == (stored["processed"].size, "PNG")
    assert (fields["width"], fields["height"]) == (640, 480)
    for variant in stored.values():
        assert len(stage.read(bucket, variant.key)) == variant.size
        assert (variant.key, variant.version_id) in stage.versions(bucket)


def test_the_first_variant_is_deleted_if_the_second_cannot_be_stored(backends: Backends) -> None:
    """At once, also for an object from S3, whose handler does not undo what a retry may do again."""

    class SecondPutFails:
        puts = 0

        def __getattr__(self, name: str) -> object:
            if name == "put_new":
                self.puts += 1
                if self.puts == 2:
                    raise BackendUnavailable("AWS is not available.")
            return getattr(backends.storage, name)

    storage: Any = SecondPutFails()
    recipe = recipes.parse({})
    rendered = variants.render_variants(photo(), recipe, backends.settings)
    record = replace(RECORD, writing=variants.plan(backends.settings, RECORD.id, recipe))

    with pytest.raises(BackendUnavailable):
        variants.store(replace(backends, storage=storage), record, rendered)

    assert stage.versions(backends.settings.images_bucket) == []


def test_two_equal_recipes_are_encoded_once(backends: Backends) -> None:
    recipe = recipes.parse({"preset": "thumbnail"})
    assert variants.resized_recipe(recipe, backends.settings) == recipe

    outputs = variants.render_variants(photo(), recipe, backends.settings).outputs

    assert outputs[VariantName.PROCESSED] is outputs[VariantName.RESIZED]
    record = upload.receive(backends, Photo(photo(), "ann", options={"preset": "thumbnail"}))
    assert len({each.etag for each in record.variants.values()}) == 1
    assert len({each.key for each in record.variants.values()}) == 2


@pytest.mark.parametrize(
    ("setting", "options", "mode", "expected"),
    [
        ("auto", {}, "RGB", "JPEG"),
        ("auto", {}, "RGBA", "PNG"),
        ("auto", {"preset": "default"}, "RGB", "JPEG"),
        ("auto", {"preset": "web"}, "RGB", "WEBP"),
        ("auto", {"format": "png"}, "RGB", "PNG"),
        ("auto", {"format": "jpeg"}, "RGBA", "JPEG"),
        ("png", {}, "RGB", "PNG"),
        ("jpeg", {"format": "webp"}, "RGBA", "JPEG"),
        ("avif", {"preset": "thumbnail"}, "RGB", "AVIF"),
    ],
)
def test_resized_format_or_the_caller_or_transparency_decides_the_format_of_resized(
    backends: Backends, setting: str, options: dict[str, object], mode: str, expected: str
) -> None:
    """The key, the bytes and the content type agree, and nothing else is stored."""
    changed = replace(backends, settings=replace(backends.settings, resized_format=setting))
    data = pictures.photo(pillow_name="PNG", mode=mode)

    record = upload.receive(changed, Photo(data, "ann", options=options))

    resized, image_format = record.variants["resized"], ImageFormat[expected]
    assert (resized.format, resized.key) == (expected, f"resized/{record.id}{image_format.suffix}")
    stored = stage.s3().get_object(Bucket=resized.bucket, Key=resized.key)
    assert stored["ContentType"] == image_format.media_type
    assert opened(stored["Body"].read()).format == expected
    assert len(stage.keys(backends.settings.images_bucket)) == 2
    assert record.writing == {}


def test_an_alpha_channel_without_transparent_pixels_makes_no_png(backends: Backends) -> None:
    data = pictures.encoded(pictures.picture().convert("RGBA"), "PNG")
    outputs = variants.render_variants(data, recipes.parse({}), backends.settings).outputs
    assert outputs[VariantName.RESIZED].format is ImageFormat.JPEG


def test_an_attempt_that_died_leaves_neither_of_the_two_planned_keys(backends: Backends) -> None:
    planned = variants.plan(backends.settings, RECORD.id, recipes.parse({}))
    assert {each.key for each in planned.values()} == {
        f"processed/{RECORD.id}.png",
        f"resized/{RECORD.id}.jpg",
        f"resized/{RECORD.id}.png",
    }
    for each in planned.values():
        stage.s3().put_object(Bucket=each.bucket, Key=each.key, Body=b"x")
    left = objects.left_behind(backends, replace(RECORD, writing=planned))
    assert {each.key for each in left} == {each.key for each in planned.values()}
