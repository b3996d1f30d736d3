"""What is measured, as Darkroom and as libvips do it: a photo's bytes and options in, encoded pictures out."""

from collections.abc import Callable
from functools import cache
from typing import Any

from chalicelib.flows import animations
from chalicelib.flows.variants import render_variants
from chalicelib.imaging.codec import decode
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.encoding import encode
from chalicelib.imaging.overlays import NOTHING
from chalicelib.imaging.recipe import parse
from chalicelib.imaging.views import plan_view
from chalicelib.settings import Settings

Options = dict[str, Any]
Task = Callable[[bytes, Options], list[bytes]]


@cache
def settings() -> Settings:
    """Return the settings of a stage that changes no default. Nothing here calls AWS."""
    buckets, tables = ("IMAGES_BUCKET", "LANDING_BUCKET", "DESTINATION_BUCKET"), ("IMAGES_TABLE", "DDB_TABLE")
    topics = ("ALARMS_TOPIC_ARN", "IMAGES_TOPIC_ARN")
    names = ("STAGE", *buckets, *tables, *topics, "DOG_PIPELINE_ARN")
    return Settings.from_environ(dict.fromkeys(names, "measured"))


def darkroom(data: bytes, options: Options) -> list[bytes]:
    """Render one output of Darkroom, or several from one decode if the options ask for two outputs or for widths."""
    options = dict(options)
    if widths := options.pop("widths", None):
        return _five(data, widths, options)
    if options.pop("outputs", 1) == 2:
        return [each.data for each in render_variants(data, parse(options), settings()).outputs.values()]
    recipe, limits = parse(options), settings().limits
    decoded = decode(data, limits.input_pixels, lambda size: plan_view([recipe.place(size)], apart=False))
    if recipe.animated:
        timeline = animations.plan(data, decoded.format, read_contents(data, decoded.format), recipe, limits)
        if timeline:
            return [animations.render(data, timeline, decoded, recipe, limits, NOTHING).data]
    image = recipe.apply(decoded, limits.output_pixels)
    del decoded
    return [encode(image, recipe.encoding, limits.output_pixels)]


def _five(data: bytes, widths: list[int], options: Options) -> list[bytes]:
    """Render the first width as the processed variant and the others as renditions. `resized` is made on top."""
    names = {f"w{width}": width for width in widths[1:]}
    asked = {name: value for name, value in options.items() if name != "decodes"}
    asked |= {"width": widths[0], "renditions": ",".join(f"{name}:{width}" for name, width in names.items())}
    made = render_variants(data, parse(asked), settings()).outputs
    return [made[name].data for name in ("processed", *names)]


def strip(data: bytes, _options: Options) -> list[bytes]:
    """Remove the metadata with Darkroom, which reads the result again as a proof."""
    from chalicelib.imaging import metadata  # imported here: the other tasks should not load it

    return [metadata.strip(data).data]


def vips(data: bytes, options: Options) -> list[bytes]:
    """Do the same with libvips: a shrinking load, one decode for both outputs, its defaults for each encoder."""
    import pyvips  # imported here: Darkroom's own process should not load it

    if widths := options.get("widths"):
        return [_save(each, "jpeg", 80, interlace=True) for each in _renditions(data, widths, options["decodes"])]
    width, height = int(options.get("width", 800)), int(options.get("height", 10_000))
    if options.get("outputs") == 2:
        height = 800
    pages = "n=-1" if options.get("animated") == "true" else ""
    image = pyvips.Image.thumbnail_buffer(
        data, width, height=height, size="down", export_profile="srgb", option_string=pages
    )
    if options.get("outputs") == 2:
        image = image.copy_memory()
        square = image.thumbnail_image(300, height=300, crop="centre")
        return [_save(image.colourspace("b-w"), "png", 85), _save(square, "jpeg", 85)]
    if options.get("grayscale") == "true":
        image = image.colourspace("b-w")
    if text := options.get("watermark"):
        image = _with_text(image, text)
    return [_save(image, options.get("format", "png"), int(options.get("quality", 85)))]


def _renditions(data: bytes, widths: list[int], decodes: int) -> list[Any]:
    """Shrink a photo to several widths, the largest first: with a load for each one, or from one load."""
    import pyvips

    if decodes > 1:
        thumbnail = pyvips.Image.thumbnail_buffer
        return [thumbnail(data, each, height=10_000, size="down", export_profile="srgb") for each in widths]
    loaded = pyvips.Image.thumbnail_buffer(data, widths[0], height=10_000, size="down", export_profile="srgb")
    first = loaded.copy_memory()
    return [first, *(first.thumbnail_image(each, height=10_000, size="down") for each in widths[1:])]


def _save(image: Any, name: str, quality: int, **more: Any) -> bytes:
    named = {"Q": quality, "keep": 0} if name in ("jpeg", "webp") else {"keep": 0}
    return bytes(image.write_to_buffer(f".{name}", **named | more))


def _with_text(image: Any, text: str) -> Any:
    """Draw white text at the bottom right, with a half transparent edge."""
    import pyvips

    mask = pyvips.Image.text(text, width=image.width // 4, height=image.height // 20)
    white = mask.new_from_image([255, 255, 255]).copy(interpretation="srgb").bandjoin(mask * 0.6)
    return image.composite2(white, "over", x=image.width - mask.width - 20, y=image.height - mask.height - 20).flatten()


TASKS: dict[str, Task] = {"darkroom": darkroom, "strip": strip, "pyvips": vips}
