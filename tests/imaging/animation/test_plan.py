"""Frames are kept where photo, format and caller allow it, and are counted before anything is decoded."""

import pytest

from chalicelib.errors import ImageTooLarge
from chalicelib.imaging import recipe
from chalicelib.imaging.animation import Timeline
from chalicelib.imaging.animation.plan import may_animate, plan_animation
from chalicelib.imaging.contents import read_contents
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.limits import MAX_FRAMES
from scripts.measuring import samples
from tests.imaging.animation.made import RED, Frame, gif
from tests.pictures import photo


def planned(data: bytes, max_pixels: int = 1_000_000, **options: object) -> Timeline | None:
    image_format = sniff(data)
    return plan_animation(data, image_format, read_contents(data, image_format), recipe.parse(options), max_pixels)


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize("output", ["gif", "webp", "avif"])
def test_an_animation_stays_one(name: str, output: str) -> None:
    timeline = planned(samples.animation(name), format=output)
    assert timeline
    assert timeline.durations == (70, 70, 70)


@pytest.mark.parametrize("options", [{}, {"format": "jpeg"}, {"format": "webp", "animated": False}])
def test_a_still_is_made_where_the_format_has_no_frames_or_the_caller_wants_none(options: dict[str, object]) -> None:
    assert planned(samples.animation("GIF"), 1_000_000, **options) is None


def test_a_still_photo_stays_one() -> None:
    assert planned(photo(pillow_name="GIF"), format="gif") is None
    assert not may_animate(ImageFormat.HEIC, recipe.parse({"format": "webp"}))


def test_too_many_frames_are_refused_by_their_number_and_by_their_pixels() -> None:
    with pytest.raises(ImageTooLarge) as by_number:
        planned(gif(*[Frame(RED, (0, 0, 1, 1))] * (MAX_FRAMES + 1)), format="gif")

    assert "1001 frames. The limit is 1000" in by_number.value.detail
    assert (by_number.value.code, by_number.value.limit, by_number.value.actual) == ("too_many_frames", 1000, 1001)


@pytest.mark.parametrize(("max_pixels", "refused"), [(6 * 960, False), (6 * 960 - 1, True)])
def test_a_frame_may_have_a_sixth_of_the_pixels(max_pixels: int, refused: bool) -> None:
    data = samples.animation("GIF", count=3)
    assert refused == is_refused(data, max_pixels)


@pytest.mark.parametrize(("count", "refused"), [(18, False), (19, True)])
def test_all_frames_may_have_three_times_the_pixels(count: int, refused: bool) -> None:
    assert refused == is_refused(samples.animation("GIF", count=count), 6 * 960)


def is_refused(data: bytes, max_pixels: int) -> bool:
    try:
        return planned(data, max_pixels, format="webp") is None
    except ImageTooLarge as error:
        return error.code == "too_many_frames"
