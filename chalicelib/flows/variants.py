"""Make and store the processed and the resized variant from one decode, for REST and for S3 events."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PIL.Image import Image

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.flows import objects
from chalicelib.imaging.codec import decode
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.edges import EdgeMap
from chalicelib.imaging.encoding import Encoding, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Size
from chalicelib.imaging.lost import find_losses
from chalicelib.imaging.recipe import Recipe
from chalicelib.imaging.views import View, ViewFor, plan_view
from chalicelib.records import ImageRecord, Loss, Variant, VariantName
from chalicelib.settings import Limits, Settings

#: The value of RESIZED_FORMAT that leaves the format to the recipe and the picture.
AUTO = "auto"
#: What the name of a planned variant ends with, if it is only for a picture with transparent pixels.
_TRANSPARENT = ", transparent"


@dataclass(frozen=True)
class Output:
    """One encoded variant, not stored yet; `size` in pixels."""

    data: bytes
    format: ImageFormat
    size: Size


@dataclass(frozen=True)
class Rendered:
    """A photo's format, its size in pixels after orientation, its outputs, and what the processed one lost."""

    format: ImageFormat
    size: Size
    outputs: dict[VariantName, Output]
    lost: tuple[Loss, ...] = ()


def render_variants(
    data: bytes, recipe: Recipe, settings: Settings, font_data: bytes | None = None, *, probed: bool = False
) -> Rendered:
    """Decode a photo once and render both variants, with the watermark's font.

    `probed` says that the caller has probed the photo for the same recipe.
    Raises ImageRejected, or InvalidRequest for a damaged font.
    """
    recipes = {VariantName.PROCESSED: recipe, VariantName.RESIZED: resized_recipe(recipe, settings)}
    with telemetry.processing(len(data)) as work:
        decoded = decode(data, settings.limits.input_pixels, _view_for(recipes.values()), probed=probed)
        image_format, size = decoded.format, decoded.size
        lost = find_losses(read_contents(data, image_format), decoded, recipe.encoding.format)
        images = {each: each.apply(decoded, settings.limits.output_pixels, font_data) for each in set(recipes.values())}
        del decoded  # it needs most of the memory
        # Two equal recipes, as with preset=thumbnail, have one output under both keys.
        made = {each: _encode(image, each, settings.limits) for each, image in images.items()}
        outputs = {name: made[each] for name, each in recipes.items()}
        work.bytes_out = sum(len(output.data) for output in outputs.values())
    return Rendered(image_format, size, outputs, lost)


def _encode(image: Image, recipe: Recipe, limits: Limits) -> Output:
    data = encode(image, recipe.encoding, limits.output_pixels)
    return Output(data, recipe.encoding.format_of(image), Size(*image.size))


def needed_view(recipe: Recipe, settings: Settings) -> ViewFor:
    """Return the function that tells decode() what both variants of a recipe need of a photo."""
    return _view_for({recipe, resized_recipe(recipe, settings)})


def _view_for(recipes: Collection[Recipe]) -> ViewFor:
    # A grey output costs a third of a colour one: it is not made from a colour one.
    apart = len({each.grayscale for each in recipes}) > 1
    seeks = any(each.needs_edges for each in recipes)

    def view_of(size: Size, edges: EdgeMap | None = None) -> View:
        return plan_view([each.place(size, edges) for each in recipes], apart=apart)

    return lambda size: replace(view_of(size), aimed=partial(view_of, size) if seeks else None)


def resized_recipe(recipe: Recipe, settings: Settings) -> Recipe:
    """Return the recipe of the resized variant: the stage's box and format, in colour, without watermark."""
    width, height, fit = settings.resized_width, settings.resized_height, Fit(settings.resized_fit)
    encoding = _resized_encoding(recipe, settings.resized_format)
    return replace(recipe, width=width, height=height, fit=fit, grayscale=False, watermark=None, encoding=encoding)


def _resized_encoding(recipe: Recipe, name: str) -> Encoding:
    """Return the encoding for RESIZED_FORMAT. `auto` is the caller's format, else JPEG, or PNG for transparency."""
    if name != AUTO:
        return Encoding(ImageFormat[name.upper()], recipe.encoding.quality)
    if recipe.names_format:
        return recipe.encoding
    return Encoding(ImageFormat.JPEG, recipe.encoding.quality, transparent=ImageFormat.PNG)


def plan(settings: Settings, image_id: str, recipe: Recipe) -> dict[str, Variant]:
    """Return both variants before they are made: where they will be stored, and in which format.

    Where transparency decides the format, which only the pixels tell, both keys are planned.
    """
    encodings = {
        VariantName.PROCESSED: recipe.encoding,
        VariantName.RESIZED: resized_recipe(recipe, settings).encoding,
    }
    planned = {name.value: _planned(settings, image_id, name, each.format) for name, each in encodings.items()}
    others = {
        f"{name.value}{_TRANSPARENT}": _planned(settings, image_id, name, each.transparent)
        for name, each in encodings.items()
        if each.transparent
    }
    return planned | others


def store(backends: Backends, record: ImageRecord, rendered: Rendered) -> dict[str, Variant]:
    """Store both variants under the keys in `record.writing`. If one cannot be stored, the other is deleted again."""
    stored: dict[str, Variant] = {}
    try:
        for name, output in rendered.outputs.items():
            planned = _choose(record.writing, name, output)
            stored[name.value] = objects.put(backends, record, planned, output.data, output.format.media_type)
    except Exception:
        objects.delete_or_log(backends, stored.values())
        raise
    return stored


def describe(data: bytes, recipe: Recipe, rendered: Rendered, planned: Mapping[str, Variant]) -> dict[str, Any]:
    """Return the fields of a completed record that describe the photo and its result."""
    processed = planned[VariantName.PROCESSED.value]
    return {
        "s3_path": f"s3://{processed.bucket}/{processed.key}",
        "size": len(data),
        "format": rendered.format.name,
        "width": rendered.size.width,
        "height": rendered.size.height,
        "sha256": hashlib.sha256(data).hexdigest(),
        "recipe": recipe.options(),
        "lost": rendered.lost,
    }


def _choose(writing: Mapping[str, Variant], name: VariantName, output: Output) -> Variant:
    """Return the planned variant of the format that the output has."""
    planned = writing[name.value]
    if planned.format != output.format.name:
        planned = writing[f"{name.value}{_TRANSPARENT}"]
    return replace(planned, width=output.size.width, height=output.size.height)


def _planned(settings: Settings, image_id: str, name: VariantName, image_format: ImageFormat) -> Variant:
    key = f"{name.value}/{image_id}{image_format.suffix}"
    return Variant(settings.images_bucket, key, image_format.name, size=0)
