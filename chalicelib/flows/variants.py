"""Make and store the variants and renditions of a photo from one decode, for REST and for S3 events."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PIL.Image import Image

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.flows import animations, objects
from chalicelib.imaging.codec import Decoded, decode
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.edges import EdgeMap
from chalicelib.imaging.encoding import Encoding, encode
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.geometry import Fit, Size
from chalicelib.imaging.limits import check_outputs
from chalicelib.imaging.lost import find_losses
from chalicelib.imaging.operations import on_background, orient
from chalicelib.imaging.options import Options
from chalicelib.imaging.overlays import NOTHING, Brought
from chalicelib.imaging.placeholder import make_placeholder
from chalicelib.imaging.recipe import Recipe, parse
from chalicelib.imaging.renditions import is_rendition_name
from chalicelib.imaging.turns import compose
from chalicelib.imaging.views import View, ViewFor, plan_view
from chalicelib.keys import RENDITIONS
from chalicelib.records import ImageRecord, Loss, Placeholder, Variant, VariantName
from chalicelib.settings import Limits, Settings

_PROCESSED, _RESIZED = VariantName.PROCESSED.value, VariantName.RESIZED.value
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
    """A photo's format, its size in pixels after orientation, its outputs, and what its record says of them."""

    format: ImageFormat
    size: Size
    outputs: dict[str, Output]
    lost: tuple[Loss, ...]
    placeholder: Placeholder


def render_variants(
    data: bytes, recipe: Recipe, settings: Settings, brought: Brought = NOTHING, *, probed: bool = False
) -> Rendered:
    """Decode a photo once and render all variants, with the font and the logo that the recipe names.

    `probed` says that the caller has probed the photo for the same recipe.
    Raises ImageRejected, or InvalidRequest for a damaged font.
    """
    limits = settings.limits
    with telemetry.processing(len(data)) as work:
        contents = read_contents(data, sniff(data))
        timeline = animations.plan(data, sniff(data), contents, recipe, limits)
        stills = recipes_of(recipe, settings)
        if timeline:
            del stills[_PROCESSED]  # it is the animation
        decoded = decode(data, limits.input_pixels, view_for(stills.values(), recipe), probed=probed)
        moving = animations.render(data, timeline, decoded, recipe, limits, brought) if timeline else None
        lost = find_losses(contents, decoded, recipe, moving.frames if moving else 1, moving.alpha if moving else 0)
        _check_together(stills, decoded, limits.output_pixels)
        images = {each: each.apply(decoded, limits.output_pixels, brought) for each in set(stills.values())}
        rendered = Rendered(decoded.format, decoded.size, _outputs(moving, recipe), lost, _placeholder(decoded, recipe))
        del decoded  # it needs most of the memory
        rendered.outputs.update(_encode_stills(stills, images, limits))
        work.bytes_out = sum(len(output.data) for output in rendered.outputs.values())
    return rendered


def _placeholder(decoded: Decoded, recipe: Recipe) -> Placeholder:
    """Return the placeholder of the whole picture as the variants show it: upright, turned, on the background."""
    picture = orient(decoded.miniature or decoded.image, compose(decoded.orientation, recipe.turn))
    return make_placeholder(on_background(picture, recipe.background) if recipe.background else picture)


def _outputs(moving: animations.Animation | None, recipe: Recipe) -> dict[str, Output]:
    return {_PROCESSED: Output(moving.data, recipe.encoding.format, moving.size)} if moving else {}


def _encode_stills(stills: Mapping[str, Recipe], images: Mapping[Recipe, Image], limits: Limits) -> dict[str, Output]:
    """Encode each image once. Two equal recipes, as with preset=thumbnail, have one output under both keys."""
    made = {each: _encode(image, each, limits) for each, image in images.items()}
    return {name: made[each] for name, each in stills.items()}


def _encode(image: Image, recipe: Recipe, limits: Limits) -> Output:
    data = encode(image, recipe.encoding, limits.output_pixels)
    return Output(data, recipe.encoding.format_of(image), Size(*image.size))


def needed_view(recipe: Recipe, settings: Settings) -> ViewFor:
    """Return what view_for() returns for all variants of a recipe."""
    return view_for(set(recipes_of(recipe, settings).values()), recipe)


def recipes_of(recipe: Recipe, settings: Settings) -> dict[str, Recipe]:
    """Return the recipe of each variant by its name: processed, resized, and the renditions."""
    alone = replace(recipe, renditions=None)
    return {_PROCESSED: alone, _RESIZED: resized_recipe(alone, settings)} | recipe.of_renditions()


def _check_together(stills: Mapping[str, Recipe], decoded: Decoded, max_pixels: int) -> None:
    """Check the pixels of the processed variant and the renditions together: all are in memory. Raises ImageTooLarge.

    The variant `resized` is the stage's, and its pixels are not the caller's.
    """
    asked = {each for name, each in stills.items() if name != _RESIZED}
    if len(asked) > 1:
        pixels = sum(each.place(decoded.size, decoded.edges).canvas.pixels for each in asked)
        check_outputs(pixels, next(iter(asked)).encoding.format, decoded.image.mode, max_pixels)


def view_for(recipes: Collection[Recipe], main: Recipe) -> ViewFor:
    """Return the function that tells decode() what the recipes of stills need of a photo.

    The edges may be needed for `main` alone, if that is an animation.
    """
    # A grey output costs a third of a colour one: it is not made from a colour one.
    apart = len({each.grayscale for each in recipes}) > 1
    seeks = any(each.needs_edges for each in (main, *recipes))

    def view_of(size: Size, edges: EdgeMap | None = None) -> View:
        return plan_view([each.place(size, edges) for each in recipes], apart=apart)

    return lambda size: replace(view_of(size), aimed=partial(view_of, size) if seeks else None)


def resized_recipe(recipe: Recipe, settings: Settings) -> Recipe:
    """Return the recipe of the resized variant: the stage's box and format, in colour, marked if the stage says so."""
    width, height, fit = settings.resized_width, settings.resized_height, Fit(settings.resized_fit)
    encoding = _resized_encoding(recipe, settings.resized_format)
    marks: dict[str, Any] = {} if settings.resized_watermark else {"watermark": None, "logo": None}
    return replace(recipe, width=width, height=height, fit=fit, grayscale=False, encoding=encoding, **marks)


def _resized_encoding(recipe: Recipe, name: str) -> Encoding:
    """Return the encoding for RESIZED_FORMAT. `auto` is the caller's format, else JPEG, or PNG for transparency."""
    if name != AUTO:
        return Encoding(ImageFormat[name.upper()], recipe.encoding.quality)
    if recipe.names_format:
        return recipe.encoding
    return Encoding(ImageFormat.JPEG, recipe.encoding.quality, transparent=ImageFormat.PNG)


def read_recipe(options: Options, settings: Settings) -> Recipe:
    """Return the recipe of a caller's options, with what the stage adds to them. Raises InvalidRequest."""
    return parse(options, settings.default_preset, settings.renditions)


def plan(settings: Settings, image_id: str, recipe: Recipe) -> dict[str, Variant]:
    """Return all variants before they are made: where they will be stored, and in which format.

    Where transparency decides the format, which only the pixels tell, both keys are planned.
    """
    encodings = {name: each.encoding for name, each in recipes_of(recipe, settings).items()}
    planned = {name: _planned(settings, image_id, name, each.format) for name, each in encodings.items()}
    others = {
        f"{name}{_TRANSPARENT}": _planned(settings, image_id, name, each.transparent)
        for name, each in encodings.items()
        if each.transparent
    }
    return planned | others


def store(backends: Backends, record: ImageRecord, rendered: Rendered) -> dict[str, Variant]:
    """Store all variants under the keys in `record.writing`. If one cannot be stored, the others are deleted again."""
    stored: dict[str, Variant] = {}
    try:
        for name, output in rendered.outputs.items():
            planned = _choose(record.writing, name, output)
            stored[name] = objects.put(backends, record, planned, output.data, output.format.media_type)
    except Exception:
        objects.delete_or_log(backends, stored.values())
        raise
    return stored


def describe(data: bytes, recipe: Recipe, rendered: Rendered, stored: Mapping[str, Variant]) -> dict[str, Any]:
    """Return the fields of a completed record that describe the photo and its result."""
    processed = stored[_PROCESSED]
    return {
        "s3_path": f"s3://{processed.bucket}/{processed.key}",
        "size": processed.size,
        "format": processed.format,
        "source_size": len(data),
        "source_format": rendered.format.name,
        "width": rendered.size.width,
        "height": rendered.size.height,
        "sha256": hashlib.sha256(data).hexdigest(),
        "recipe": recipe.options(),
        "lost": rendered.lost,
        "placeholder": rendered.placeholder,
    }


def _choose(writing: Mapping[str, Variant], name: str, output: Output) -> Variant:
    """Return the planned variant of the format that the output has."""
    planned = writing[name]
    if planned.format != output.format.name:
        planned = writing[f"{name}{_TRANSPARENT}"]
    return replace(planned, width=output.size.width, height=output.size.height)


def _planned(settings: Settings, image_id: str, name: str, image_format: ImageFormat) -> Variant:
    own = f"{RENDITIONS}{image_id}/{name}" if is_rendition_name(name) else f"{name}/{image_id}"
    key = f"{own}{image_format.suffix}"
    return Variant(settings.images_bucket, key, image_format.name, size=0)
