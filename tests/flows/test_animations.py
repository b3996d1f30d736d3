"""The processed variant of an animation is animated, by the same recipe in each frame and by every way in."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image, ImageSequence

from chalicelib.backends import Backends
from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.flows import animations, upload, variants
from chalicelib.flows.accept import Photo
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.animation import read_timeline
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.overlays import NOTHING
from chalicelib.records import ImageRecord, Loss, VariantName
from scripts.measuring import samples
from tests import stage
from tests.flows.deliveries import put_and_resize
from tests.imaging.animation.made import BLUE, GREEN, HALF_BLUE, LEFT, RED, RIGHT, Frame, apng, gif, webp
from tests.pictures import as_stored, encoded, exif, near, picture, pixel

COLOURS = gif(Frame(RED, duration=50), Frame(GREEN, LEFT, 70), Frame(BLUE, RIGHT, 300), loop=0)
FORMATS = ("gif", "webp", "avif")


def frames(data: bytes) -> list[Image.Image]:
    return [frame.convert("RGBA") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]


def processed(backends: Backends, data: bytes, **options: object) -> bytes:
    rendered = variants.render_variants(data, recipes.parse(options), backends.settings)
    return rendered.outputs[VariantName.PROCESSED].data


@pytest.mark.parametrize("name", FORMATS)
def test_a_gif_of_three_frames_keeps_its_frames_times_and_repetitions(backends: Backends, name: str) -> None:
    data = processed(backends, COLOURS, format=name, width=120, height=80, fit="stretch", grayscale=False, quality=95)

    timeline = read_timeline(data, sniff(data))
    shown = frames(data)
    assert (timeline.size, timeline.durations, timeline.plays) == (Size(120, 80), (50, 70, 300), 0)
    expected = [(RED, RED), (GREEN, RED), (GREEN, BLUE)]
    for frame, (left, right) in zip(shown, expected, strict=True):
        assert near(pixel(frame, 20, 40), left)
        assert near(pixel(frame, 100, 40), right)


@pytest.mark.parametrize(("name", "lost"), [("gif", (Loss("alpha", 8, 1),)), ("webp", ()), ("avif", ())])
@pytest.mark.parametrize("make", [webp, apng])
def test_the_transparency_of_a_later_frame_is_lost_in_a_gif(
    backends: Backends, make: Callable[..., bytes], name: str, lost: tuple[Loss, ...]
) -> None:
    data = make(Frame(RED), Frame(HALF_BLUE, blends=False), Frame(GREEN))
    recipe = recipes.parse({"format": name})

    assert variants.render_variants(data, recipe, backends.settings).lost == lost
    on_white = replace(recipe, background="#ffffff")
    assert variants.render_variants(data, on_white, backends.settings).lost == (Loss("alpha", 8, 0),)


@pytest.mark.parametrize("source", ["GIF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_stays_animated_in_every_format(backends: Backends, source: str, name: str) -> None:
    data = processed(backends, samples.animation(source), format=name)
    assert read_contents(data, sniff(data)).frames == 3


@pytest.mark.parametrize("options", [{"format": "webp", "animated": "false"}, {}, {"format": "jpeg"}])
def test_a_still_has_the_first_frame_and_says_what_is_lost(backends: Backends, options: dict[str, object]) -> None:
    recipe = recipes.parse(options | {"grayscale": False})
    rendered = variants.render_variants(COLOURS, recipe, backends.settings)
    data = rendered.outputs[VariantName.PROCESSED].data

    assert read_contents(data, sniff(data)).frames == 1
    assert near(pixel(frames(data)[0], 9, 4), RED)
    assert rendered.lost == (Loss("frames", 3, 1),)


def test_the_resized_variant_is_a_still_and_nothing_is_lost(backends: Backends) -> None:
    rendered = variants.render_variants(COLOURS, recipes.parse({"format": "gif"}), backends.settings)
    resized = rendered.outputs[VariantName.RESIZED].data

    assert (rendered.lost, rendered.format, rendered.size) == ((), ImageFormat.GIF, Size(12, 8))
    assert read_contents(resized, ImageFormat.GIF).frames == 1


def test_every_frame_is_grey_and_has_the_watermark_and_the_bars(backends: Backends) -> None:
    options = {"format": "gif", "width": 100, "height": 100, "fit": "pad"}
    plain, marked = (
        frames(processed(backends, COLOURS, **options, **more)) for more in ({}, {"watermark": "Darkroom"})
    )

    for one, other in zip(plain, marked, strict=True):
        assert pixel(one, 1, 1) == (255, 255, 255, 255)
        assert len(set(pixel(one, 50, 50)[:3])) == 1
        assert one.tobytes() != other.tobytes()


def test_every_frame_is_cropped_at_the_same_place(backends: Backends) -> None:
    """The busiest part of the first frame counts. Here it is on the right, and later on the left."""
    settings = replace(backends.settings, resized_fit="contain")
    busy = Image.effect_noise((60, 100), 120).convert("RGB")
    images = [Image.new("RGB", (300, 100), colour) for colour in ("red", "lime")]
    images[0].paste(busy, (230, 0))
    images[1].paste(busy, (10, 0))
    data = encoded(images[0], "WEBP", save_all=True, append_images=images[1:], lossless=True)
    options = {"format": "gif", "width": 100, "height": 100, "fit": "cover", "gravity": "auto", "grayscale": False}

    rendered = variants.render_variants(data, recipes.parse(options), settings)

    first, second = frames(rendered.outputs[VariantName.PROCESSED].data)
    assert not near(pixel(first, 60, 50), (255, 0, 0, 255), 40)
    assert near(pixel(second, 60, 50), (0, 255, 0, 255))


def test_the_caller_turns_every_frame(backends: Backends) -> None:
    data = processed(backends, COLOURS, format="webp", width=40, height=60, fit="stretch", rotate=90, grayscale=False)

    _, second, third = frames(data)
    assert second.size == (40, 60)
    # The left half of the photo is the upper half of the result.
    assert near(pixel(second, 20, 15), GREEN)
    assert near(pixel(third, 20, 45), BLUE)


def test_an_orientation_turns_every_frame(backends: Backends) -> None:
    stored = [as_stored(image, 6) for image in (picture(), picture(mode="L").convert("RGB"))]
    data = encoded(stored[0], "WEBP", save_all=True, append_images=stored[1:], exif=exif(6), lossless=True)

    shown = frames(processed(backends, data, format="gif", grayscale=False))

    assert [frame.size for frame in shown] == [(64, 48), (64, 48)]
    assert near(pixel(shown[0], 5, 5), (*pixel(picture(), 5, 5), 255))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("more", [{}, {"animated": True}, {"animated": False, "watermark": "ann"}])
def test_a_recipe_posted_again_makes_the_same_bytes(backends: Backends, name: str, more: dict[str, object]) -> None:
    first = upload.receive(backends, Photo(COLOURS, "ann", options={"format": name} | more))
    again = upload.receive(backends, Photo(COLOURS, "ann", options=first.recipe))

    assert first.recipe == again.recipe
    assert ("animated" in first.recipe) == ("animated" in more)
    assert picture_of(backends, first) == picture_of(backends, again)


def picture_of(backends: Backends, record: ImageRecord) -> bytes:
    return stage.read(backends.settings.images_bucket, record.variants["processed"].key)


def test_the_way_in_makes_no_difference(backends: Backends) -> None:
    backends = replace(backends, settings=replace(backends.settings, default_preset="web"))
    posted = upload.receive(backends, Photo(COLOURS, "ann"))
    put = put_and_resize(backends, "uploads/a.gif", COLOURS)

    assert picture_of(backends, posted) == picture_of(backends, put)
    assert (posted.lost, put.lost, put.variants["processed"].format) == ((), (), "WEBP")


def test_too_many_frames_are_refused_before_anything_is_written(backends: Backends) -> None:
    data = gif(*[Frame(RED, (0, 0, 1, 1))] * 1001)

    with pytest.raises(ImageTooLarge) as caught:
        upload.receive(backends, Photo(data, "ann", options={"format": "webp"}))

    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("too_many_frames", 1000, 1001)
    assert stage.record_count(backends.settings.images_table) == 0
    assert upload.receive(backends, Photo(data, "ann")).lost == (Loss("frames", 1001, 1),)


@pytest.mark.parametrize(("width", "refused"), [(12, False), (13, True)])
def test_a_frame_of_the_result_may_have_a_sixth_of_the_pixels(backends: Backends, width: int, *, refused: bool) -> None:
    limits = replace(backends.settings.limits, output_pixels=96 * 6)
    settings = replace(backends.settings, limits=limits, resized_width=4, resized_height=4)
    recipe = recipes.parse({"format": "gif", "width": width, "height": 8, "fit": "stretch"})

    if refused:
        with pytest.raises(ImageTooLarge):
            variants.render_variants(COLOURS, recipe, settings)
    else:
        assert variants.render_variants(COLOURS, recipe, settings).lost == ()


def test_a_damaged_frame_is_damage(backends: Backends) -> None:
    data = samples.animation("PNG")
    at = data.rindex(b"fdAT") + 12
    with pytest.raises(CorruptImage):
        processed(backends, data[:at] + bytes(30) + data[at + 30 :], format="webp")


def test_a_check_refuses_what_a_plan_refuses(backends: Backends) -> None:
    data, recipe, limits = samples.animation("GIF"), recipes.parse({"format": "gif"}), backends.settings.limits
    contents = read_contents(data, ImageFormat.GIF)

    animations.check(data, ImageFormat.GIF, recipe, limits)
    timeline = animations.plan(data, ImageFormat.GIF, contents, recipe, limits)

    assert isinstance(timeline, Timeline)
    first = Decoded(picture(40, 24), ImageFormat.GIF, Size(40, 24))
    made = animations.render(data, timeline, first, recipe, limits, NOTHING)
    assert (made.size, read_contents(made.data, ImageFormat.GIF).frames) == (Size(40, 24), 3)
    with pytest.raises(ImageTooLarge):
        animations.check(data, ImageFormat.GIF, recipe, replace(limits, input_pixels=960))


def test_a_sequence_that_its_decoder_reads_as_a_still_stays_one(backends: Backends) -> None:
    data = samples.animation("AVIF")
    still = data[:8] + b"avif" + data[12:]

    rendered = variants.render_variants(still, recipes.parse({"format": "webp"}), backends.settings)

    assert rendered.lost == (Loss("frames", 3, 1),)
    assert read_contents(rendered.outputs[VariantName.PROCESSED].data, ImageFormat.WEBP).frames == 1
