"""Keeps animations: reads the frames of GIF, WebP, APNG and AVIF one by one, and writes GIF, WebP and AVIF.

No more than a few frames are in memory at any time.
"""

import struct
from collections.abc import Iterator

from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation import apng, avif, gif, webp
from chalicelib.imaging.animation.compose import compose
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.formats import ImageFormat

__all__ = ["READABLE", "WRITABLE", "Timeline", "read_frames", "read_timeline"]

_READERS = {ImageFormat.GIF: gif.read, ImageFormat.WEBP: webp.read, ImageFormat.PNG: apng.read,
            ImageFormat.AVIF: avif.read}  # fmt: skip
#: The formats whose frames are read, and the formats in which they are written.
READABLE = frozenset(_READERS)
WRITABLE = frozenset({ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.AVIF})


def read_timeline(data: bytes, image_format: ImageFormat) -> Timeline:
    """Return size, frames and times of an animation, without decoding. Raises CorruptImage if it is damaged."""
    try:
        return _READERS[image_format](data)
    except (struct.error, IndexError, ValueError) as error:
        raise CorruptImage(f"The {image_format.name} animation is damaged.") from error


def read_frames(data: bytes, image_format: ImageFormat, timeline: Timeline, max_pixels: int) -> Iterator[Image.Image]:
    """Yield each frame as a viewer shows it, in RGB or RGBA (sRGB), all of one mode and size, and not rotated yet.

    Raises CorruptImage or ImageTooLarge.
    """
    if image_format is ImageFormat.AVIF:
        return avif.read_frames(data, timeline)
    return compose(timeline, max_pixels)
