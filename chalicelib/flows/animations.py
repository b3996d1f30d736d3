"""Make the processed variant of an animation: each frame by the same recipe, written as it is made.

The modules of animations are imported where they are used: few photos are animations, and they cost a cold start 10 ms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PIL.Image import Image

from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.contents import Contents, read_contents
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.limits import OUTPUT_FRAMES_SHARE, check_frames
from chalicelib.imaging.lost import alpha_bits
from chalicelib.imaging.overlays import Brought
from chalicelib.imaging.recipe import Recipe
from chalicelib.imaging.turns import inverse
from chalicelib.settings import Limits

if TYPE_CHECKING:
    from chalicelib.imaging.animation import Timeline

#: The formats that are written without frames.
_STILLS = frozenset({ImageFormat.PNG, ImageFormat.JPEG})


@dataclass(frozen=True)
class Animation:
    """An encoded animation: its size in pixels, its frames, and the bits of alpha that all frames of the photo need."""

    data: bytes
    size: Size
    frames: int
    alpha: int


def check(data: bytes, image_format: ImageFormat, recipe: Recipe, limits: Limits) -> None:
    """Raise ImageTooLarge or CorruptImage for an animation that render() would refuse unread."""
    if recipe.encoding.format not in _STILLS:
        plan(data, image_format, read_contents(data, image_format), recipe, limits)


def plan(
    data: bytes, image_format: ImageFormat, contents: Contents, recipe: Recipe, limits: Limits
) -> "Timeline | None":
    """Return the timeline of a photo whose processed variant is animated, or None.

    Raises ImageTooLarge or CorruptImage.
    """
    if contents.frames < 2 or recipe.encoding.format in _STILLS:
        return None
    from chalicelib.imaging.animation.plan import plan_animation

    return plan_animation(data, image_format, contents, recipe, limits.input_pixels)


def render(
    data: bytes, timeline: "Timeline", first: Decoded, recipe: Recipe, limits: Limits, brought: Brought
) -> Animation:
    """Return the animation. `first` is the decoded photo, of which only the description counts.

    Raises ImageRejected, or InvalidRequest for a damaged font.
    """
    from chalicelib.imaging.animation import read_frames
    from chalicelib.imaging.animation.write import write_animation

    placement = recipe.place(first.size, first.edges).stored(inverse(recipe.turn))
    check_frames(len(timeline.durations), placement.canvas, limits.output_pixels, share=OUTPUT_FRAMES_SHARE)
    # All frames have one size: to draw 200 letters anew in each takes longer than all the rest.
    overlays = tuple(recipe.draw_overlays(placement.region, brought))

    alpha = {0}

    def frames() -> Iterator[Image]:
        for image in read_frames(data, first.format, timeline, limits.input_pixels):
            frame = replace(first, image=image, crop=None, extent=None)
            alpha.add(alpha_bits(frame, recipe))
            yield recipe.apply(frame, limits.output_pixels, brought, overlays)

    encoded = write_animation(frames, timeline, recipe.encoding.format, recipe.encoding.quality)
    return Animation(encoded, placement.canvas, len(timeline.durations), max(alpha))
