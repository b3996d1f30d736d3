"""The frames of every format are shown as browsers show them.

Chromium's ImageDecoder gave the same frames, times and repetitions for these files.
"""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageSequence

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation import read_frames, read_timeline
from chalicelib.imaging.codec import decode
from chalicelib.imaging.formats import sniff
from chalicelib.imaging.views import whole_view
from scripts.measuring import sample_profiles, samples
from tests.imaging.animation.made import (
    BLUE,
    CLEAR,
    CLEARS,
    GREEN,
    HALF_BLUE,
    LEFT,
    RED,
    RESTORES,
    RIGHT,
    WHOLE,
    Colour,
    Frame,
    apng,
    colours,
    gif,
    webp,
)
from tests.pictures import encoded, near, pixel

#: Frames, and what is shown: the colour of the left half, of the third quarter and of the last quarter.
SHOWN: dict[str, tuple[tuple[Frame, ...], list[tuple[Colour, ...]]]] = {
    "parts": (
        (Frame(RED), Frame(GREEN, LEFT), Frame(BLUE, RIGHT)),
        [(RED, RED, RED), (GREEN, RED, RED), (GREEN, BLUE, BLUE)],
    ),
    "cleared": (
        (Frame(RED), Frame(GREEN, LEFT, disposal=CLEARS), Frame(BLUE, RIGHT)),
        [(RED, RED, RED), (GREEN, RED, RED), (CLEAR, BLUE, BLUE)],
    ),
    "restored": (
        (Frame(RED), Frame(GREEN, LEFT, disposal=RESTORES), Frame(BLUE, RIGHT)),
        [(RED, RED, RED), (GREEN, RED, RED), (RED, BLUE, BLUE)],
    ),
    "transparent pixels": (
        (Frame(RED), Frame(GREEN, half=True), Frame(BLUE, LEFT, half=True)),
        [(RED, RED, RED), (GREEN, RED, RED), (BLUE, RED, RED)],
    ),
    "first cleared": (
        (Frame(RED, disposal=CLEARS), Frame(GREEN, LEFT)),
        [(RED, RED, RED), (GREEN, CLEAR, CLEAR)],
    ),
    "first restored": (
        (Frame(RED, disposal=RESTORES), Frame(GREEN, LEFT)),
        [(RED, RED, RED), (GREEN, CLEAR, CLEAR)],
    ),
    "replaced by transparent pixels": (
        (Frame(RED), Frame(CLEAR, LEFT, blends=False), Frame(BLUE, RIGHT)),
        [(RED, RED, RED), (CLEAR, RED, RED), (CLEAR, BLUE, BLUE)],
    ),
    "half blue over red": (
        (Frame(RED), Frame(HALF_BLUE)),
        [(RED, RED, RED), ((127, 0, 128, 255),) * 3],
    ),
    "half blue instead of red": (
        (Frame(RED), Frame(HALF_BLUE, WHOLE, blends=False)),
        [(RED, RED, RED), (HALF_BLUE,) * 3],
    ),
}
BUILDERS: dict[str, Callable[..., bytes]] = {"GIF": gif, "PNG": apng, "WEBP": webp}
#: What a format cannot say.
NOT_IN = {
    "GIF": {"replaced by transparent pixels", "half blue over red", "half blue instead of red"},
    "WEBP": {"restored", "first restored"},
    "PNG": set[str](),
}


def frames(data: bytes) -> list[Image.Image]:
    image_format = sniff(data)
    made = read_frames(data, image_format, read_timeline(data, image_format), 1_000_000)
    return [image.copy() for image in made]


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name in BUILDERS for case in SHOWN if case not in NOT_IN[name]]
)
def test_frames_are_shown_as_in_browsers(name: str, case: str) -> None:
    parts, expected = SHOWN[case]

    shown = frames(BUILDERS[name](*parts))

    assert len({(image.mode, image.size) for image in shown}) == 1
    for image, wanted in zip(shown, expected, strict=True):
        assert all(near(one, other, 1) for one, other in zip(colours(image), wanted, strict=True))


@pytest.mark.parametrize(("case", "mode"), [("parts", "RGB"), ("cleared", "RGBA"), ("transparent pixels", "RGB")])
def test_frames_have_alpha_only_if_one_can_be_transparent(case: str, mode: str) -> None:
    assert {image.mode for image in frames(gif(*SHOWN[case][0]))} == {mode}


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
def test_pillow_s_animations_have_pillow_s_frames(name: str) -> None:
    data = samples.animation(name)

    shown = [image.convert("RGB").tobytes() for image in frames(data)]

    assert shown == [frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize("name", ["PNG", "WEBP", "AVIF"])
def test_the_colours_of_every_frame_are_converted(name: str) -> None:
    options = {"icc_profile": sample_profiles.display_p3(), "quality": 95}
    images = [Image.new("RGB", (16, 16), (0, 200, 0)), Image.new("RGB", (16, 16), (200, 100, 50))]
    stills = [decode(encoded(image, name, **options), 1_000_000, whole_view).image for image in images]
    data = encoded(images[0], name, save_all=True, append_images=images[1:], **options)

    shown = [pixel(image.convert("RGB"), 8, 8) for image in frames(data)]

    assert all(near(one, pixel(still, 8, 8)) for one, still in zip(shown, stills, strict=True))
    assert not near(shown[1], (200, 100, 50))


@pytest.mark.parametrize("name", ["GIF", "PNG", "AVIF"])
def test_a_damaged_animation_is_damage(name: str) -> None:
    data = samples.animation(name)
    with pytest.raises(CorruptImage):
        frames(data[: len(data) * 2 // 3])
