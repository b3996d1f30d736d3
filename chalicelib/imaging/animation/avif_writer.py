"""Writes an animated AVIF, and bounds its bytes: libavif keeps all of them, and tells how many only at the end."""

import io
from collections.abc import Callable, Iterator

from PIL import Image

from chalicelib.imaging.animation.avif_boxes import finish_sequence
from chalicelib.imaging.animation.sequence import Sequence
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.limits import MAX_AVIF_BYTES, check_animation

_SPEED = 8
#: The encoder of the alpha looks ahead, too. For each pixel of a frame, that takes the memory of so many bytes more.
_ALPHA_BYTES = 10


def write(make: Callable[[], Iterator[Image.Image]], timeline: Timeline, quality: int) -> bytes:
    """Return the frames that `make` makes in L, LA, RGB or RGBA, all of one mode and size, without any metadata.

    Raises ImageTooLarge if the frames as JPEG have more bytes than an animation may have. As AVIF, noise has about as
    many, and everything else has fewer.
    """
    frames, buffer = Sequence(lambda: _checked(make(), quality), len(timeline.durations)), io.BytesIO()
    options = {"save_all": True, "duration": list(timeline.durations), "quality": quality}
    colours = "4:0:0" if frames.mode in ("L", "LA") else "4:2:0"
    frames.save(buffer, "AVIF", speed=_SPEED, subsampling=colours, **options)
    return finish_sequence(buffer.getvalue(), timeline.plays)


def _checked(frames: Iterator[Image.Image], quality: int) -> Iterator[Image.Image]:
    total = 0
    for frame in frames:
        total += _jpeg_bytes(frame, quality)
        check_animation(total, most_bytes(frame))
        yield frame


def most_bytes(frame: Image.Image) -> int:
    """Return the most bytes of an animation of such frames."""
    return MAX_AVIF_BYTES - (_ALPHA_BYTES * frame.width * frame.height if "A" in frame.mode else 0)


def _jpeg_bytes(frame: Image.Image, quality: int) -> int:
    """Return the bytes of the colours and of the alpha as JPEG, which takes a fiftieth of the time of AVIF."""
    buffer = io.BytesIO()
    frame.convert(frame.mode.removesuffix("A")).save(buffer, "JPEG", quality=quality)
    if "A" in frame.mode:
        frame.getchannel("A").save(buffer, "JPEG", quality=quality)
    return buffer.tell()
