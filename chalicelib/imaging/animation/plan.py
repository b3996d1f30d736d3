"""Decides whether an output is animated, and checks its frames before anything is decoded."""

from chalicelib.imaging.animation import READABLE, WRITABLE, Timeline, read_timeline
from chalicelib.imaging.contents import Contents
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.limits import INPUT_FRAMES_SHARE, check_frame_count, check_frames
from chalicelib.imaging.recipe import Recipe


def may_animate(image_format: ImageFormat, recipe: Recipe) -> bool:
    """Return whether the frames of a photo of this format would be kept."""
    return recipe.animated is not False and image_format in READABLE and recipe.encoding.format in WRITABLE


def plan_animation(
    data: bytes, image_format: ImageFormat, contents: Contents, recipe: Recipe, max_pixels: int
) -> Timeline | None:
    """Return the timeline of a photo whose frames the output keeps, or None for a still output.

    The frames are counted before they are listed. Raises ImageTooLarge or CorruptImage.
    """
    if contents.frames < 2 or not may_animate(image_format, recipe):
        return None
    check_frame_count(contents.frames)
    timeline = read_timeline(data, image_format)
    check_frames(len(timeline.durations), timeline.size, max_pixels, share=INPUT_FRAMES_SHARE)
    return timeline if len(timeline.durations) > 1 else None
