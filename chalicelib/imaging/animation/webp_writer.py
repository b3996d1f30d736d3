"""Writes an animated WebP in parts: libwebp keeps all that it has encoded, and copies it at the end."""

import io
import struct
from collections.abc import Iterator
from itertools import chain, islice

from PIL import Image

from chalicelib.imaging.animation.sequence import Sequence
from chalicelib.imaging.animation.timeline import Timeline
from chalicelib.imaging.animation.webp import PICTURE, chunk
from chalicelib.imaging.contents.webp import chunks
from chalicelib.imaging.limits import check_animation

#: The pixels of the frames that are written together. Noise with alpha takes up to 4 bytes a pixel, four times over.
PART_PIXELS = 12_000_000
_ANIMATION_FLAG, _ALPHA_FLAG, _NO_BLENDING = 0x02, 0x10, 0x02
#: The chunks of a frame: of an animation, and of a still.
_FRAMES = frozenset({b"ANMF", *PICTURE})


def write(frames: Iterator[Image.Image], timeline: Timeline, quality: int) -> bytes:
    """Return the frames in L, LA, RGB or RGBA, all of one mode and size, without any metadata.

    Each part starts with a whole frame, so that the frames of all parts make one animation (RFC 9649, 2.7.1).
    Raises ImageTooLarge if the file has more bytes than an animation may have.
    """
    first, times = next(frames), timeline.durations
    most = max(1, PART_PIXELS // (first.width * first.height))
    rest, made, total = chain([first], frames), list[bytes](), 0
    for start in range(0, len(times), most):
        durations = times[start : start + most]
        data = _save(islice(rest, len(durations)), durations, timeline.plays, quality)
        total += len(data)
        check_animation(total)
        made.append(data if len(durations) == len(times) else _frames(data, first.size, sum(durations)))
    return made[0] if len(times) <= most else _join(first, timeline.plays, made)


def _save(frames: Iterator[Image.Image], durations: tuple[int, ...], plays: int, quality: int) -> bytes:
    buffer, images = io.BytesIO(), Sequence(lambda: frames, len(durations))
    images.save(buffer, "WEBP", save_all=True, duration=list(durations), loop=plays, quality=quality)
    return buffer.getvalue()


def _frames(data: bytes, size: tuple[int, int], duration: int) -> bytes:
    """Return the chunks of the frames. libwebp writes equal frames as one, and a single one as a still."""
    found = [(kind, data[start:end]) for kind, start, end in chunks(data) if kind in _FRAMES]
    if found and found[0][0] == b"ANMF":
        return b"".join(chunk(*each) for each in found)
    numbers = (0, 0, size[0] - 1, size[1] - 1, duration)
    header = b"".join(number.to_bytes(3, "little") for number in numbers) + bytes([_NO_BLENDING])
    return chunk(b"ANMF", header + b"".join(chunk(*each) for each in found))


def _join(first: Image.Image, plays: int, made: list[bytes]) -> bytes:
    flags = _ANIMATION_FLAG | (_ALPHA_FLAG if "A" in first.mode else 0)
    sides = b"".join((side - 1).to_bytes(3, "little") for side in first.size)
    headers = chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides) + chunk(b"ANIM", struct.pack("<IH", 0, plays))
    size = len(b"WEBP" + headers) + sum(map(len, made))
    return b"".join((b"RIFF", struct.pack("<I", size), b"WEBP", headers, *made))
