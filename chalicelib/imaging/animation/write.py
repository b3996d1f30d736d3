"""Writes the frames of an animation as GIF, WebP or AVIF."""

import io
from collections.abc import Callable, Iterator

from PIL import Image

from chalicelib.imaging.animation import gif_writer, webp_writer
from chalicelib.imaging.animation.avif_boxes import finish_sequence
from chalicelib.imaging.animation.sequence import Sequence
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.formats import ImageFormat

_AVIF_SPEED = 8


def write_animation(
    make: Callable[[], Iterator[Image.Image]], timeline: Timeline, image_format: ImageFormat, quality: int
) -> bytes:
    """Return the frames that `make` makes, with the times of the timeline and without any metadata.

    The frames are in L, LA, RGB or RGBA, all of one mode and size. Raises ImageTooLarge for too many bytes of WebP.
    """
    if image_format is ImageFormat.GIF:
        return gif_writer.write(make(), timeline.durations, timeline.plays)
    if image_format is ImageFormat.WEBP:
        return webp_writer.write(make(), timeline, quality)
    frames, buffer = Sequence(make, len(timeline.durations)), io.BytesIO()
    options = {"save_all": True, "duration": list(timeline.durations), "quality": quality}
    colours = "4:0:0" if frames.mode in ("L", "LA") else "4:2:0"
    frames.save(buffer, "AVIF", speed=_AVIF_SPEED, subsampling=colours, **options)
    return finish_sequence(buffer.getvalue(), timeline.plays)
