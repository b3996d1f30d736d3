"""Make and store the processed and the resized variant from one decode, for REST and for S3 events."""

import hashlib
from dataclasses import dataclass, replace

from PIL.Image import Image

from chalicelib import telemetry
from chalicelib.backends import Backends
from chalicelib.imaging.codec import decode, encode
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Size
from chalicelib.imaging.recipe import Recipe
from chalicelib.records import ImageRecord, Status, Variant, VariantName
from chalicelib.settings import Limits, Settings


@dataclass(frozen=True)
class Output:
    """One encoded variant, not stored yet; `size` in pixels."""

    data: bytes
    format: ImageFormat
    size: Size


@dataclass(frozen=True)
class Rendered:
    """A photo's format, its size in pixels after orientation, and its outputs."""

    format: ImageFormat
    size: Size
    outputs: dict[VariantName, Output]


def render_variants(data: bytes, recipe: Recipe, settings: Settings) -> Rendered:
    """Decode a photo once and render both variants. Raises ImageRejected."""
    recipes = {VariantName.PROCESSED: recipe, VariantName.RESIZED: resized_recipe(recipe, settings)}
    with telemetry.processing(len(data)) as work:
        image_format, size, images = _decode_and_apply(data, recipes, settings.limits)
        outputs = {}
        for name, image in images.items():
            encoding = recipes[name].encoding
            encoded = encode(image, encoding, settings.limits.output_pixels)
            outputs[name] = Output(encoded, encoding.format, Size(*image.size))
        work.bytes_out = sum(len(output.data) for output in outputs.values())
    return Rendered(image_format, size, outputs)


def _decode_and_apply(
    data: bytes, recipes: dict[VariantName, Recipe], limits: Limits
) -> tuple[ImageFormat, Size, dict[VariantName, Image]]:
    """Decode the photo and apply every recipe. The decoded image, which needs most memory, is freed on return."""
    decoded = decode(data, limits.input_pixels, lambda size: max(each.scale(size) for each in recipes.values()))
    images = {name: each.apply(decoded, limits.output_pixels) for name, each in recipes.items()}
    return decoded.format, decoded.size, images


def resized_recipe(recipe: Recipe, settings: Settings) -> Recipe:
    """Return the recipe of the resized variant: the stage's box, in colour, without watermark, in the same format."""
    width, height, fit = settings.resized_width, settings.resized_height, Fit(settings.resized_fit)
    return replace(recipe, width=width, height=height, fit=fit, grayscale=False, watermark=None)


def complete(backends: Backends, record: ImageRecord, data: bytes, recipe: Recipe) -> ImageRecord:
    """Render and store both variants, and return the completed record; the caller writes it.

    If the second variant cannot be stored, the first one is deleted again.
    """
    rendered = render_variants(data, recipe, backends.settings)
    stored = _store(backends, record.id, rendered)
    processed = stored[VariantName.PROCESSED.value]
    return replace(
        record,
        status=Status.COMPLETED,
        s3_path=f"s3://{processed.bucket}/{processed.key}",
        size=len(data),
        format=rendered.format.name,
        width=rendered.size.width,
        height=rendered.size.height,
        sha256=hashlib.sha256(data).hexdigest(),
        recipe=recipe.options(),
        variants={**record.variants, **stored},
        error=None,
        expires_at=None,
    )


def _store(backends: Backends, image_id: str, rendered: Rendered) -> dict[str, Variant]:
    stored: dict[str, Variant] = {}
    try:
        for name, output in rendered.outputs.items():
            stored[name.value] = variant = _variant(backends.settings, image_id, name, output)
            backends.storage.put(variant.bucket, variant.key, output.data, output.format.media_type)
    except Exception:
        delete_orphans(backends, stored)
        raise
    return stored


def delete_orphans(backends: Backends, variants: dict[str, Variant]) -> None:
    """Delete objects that no record will name. An error is logged, not raised."""
    try:
        for variant in variants.values():
            backends.storage.delete(variant.bucket, [variant.key])
    except Exception:  # noqa: BLE001 - the caller raises the original error, and this one is logged
        telemetry.log.exception("objects left without a record", extra={"keys": [v.key for v in variants.values()]})


def _variant(settings: Settings, image_id: str, name: VariantName, output: Output) -> Variant:
    return Variant(
        bucket=settings.images_bucket,
        key=f"{name.value}/{image_id}{output.format.suffix}",
        format=output.format.name,
        size=len(output.data),
        width=output.size.width,
        height=output.size.height,
    )
