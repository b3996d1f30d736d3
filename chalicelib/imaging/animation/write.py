"""Writes the frames of an animation as GIF, WebP or AVIF."""

from collections.abc import Callable, Iterator

from PIL import Image

from chalicelib.imaging.animation import avif_writer, gif_writer, webp_writer
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.formats import ImageFormat


def write_animation(
    make: Callable[[], Iterator[Image.Image]], timeline: Timeline, image_format: ImageFormat, quality: int
) -> bytes:
    """Return the frames that `make` makes, with the times of the timeline and without any metadata.

    The frames are in L, LA, RGB or RGBA, all of one mode and size. Raises ImageTooLarge for too many bytes.
    """
    if image_format is ImageFormat.GIF:
        return gif_writer.write(make(), timeline.durations, timeline.plays)
    if image_format is ImageFormat.WEBP:
        return webp_writer.write(make(), timeline, quality)
    return avif_writer.write(make, timeline, quality)
