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
from chalicelib.imaging.limits import MAX_WEBP_BYTES, check_animation

#: The pixels of the frames that are written together. Noise with alpha takes up to 4 bytes a pixel, four times over.
PART_PIXELS = 12_000_000
_ANIMATION_FLAG, _ALPHA_FLAG, _NO_BLENDING = 0x02, 0x10, 0x02
#: The bytes of a frame's position and size, and those of its whole header. The last one has the flags.
_BOX, _FRAME_HEADER = 12, 16
#: Where the flags of a file with a VP8X chunk are.
_FLAGS = 20
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
        durations, opening = times[start : start + most], next(rest)
        data = _save(chain([opening], islice(rest, len(durations) - 1)), durations, timeline.plays, quality)
        made.append(data if len(durations) == len(times) else _frames(data, opening, sum(durations), quality))
        total += len(made[-1])
        check_animation(total, MAX_WEBP_BYTES)
    return made[0] if len(times) <= most else _join(first, timeline.plays, made)


def _save(frames: Iterator[Image.Image], durations: tuple[int, ...], plays: int, quality: int) -> bytes:
    buffer, images = io.BytesIO(), Sequence(lambda: frames, len(durations))
    images.save(buffer, "WEBP", save_all=True, duration=list(durations), loop=plays, quality=quality)
    with buffer.getbuffer() as data:
        if bytes(data[12:16]) == b"VP8X" and "A" in images.mode:
            # libwebp does not say so if all that it draws is opaque, and only the canvas around is clear.
            data[_FLAGS] |= _ALPHA_FLAG
    return buffer.getvalue()


def _frames(data: bytes, opening: Image.Image, duration: int, quality: int) -> bytes:
    """Return the chunks of the frames, of which the first one replaces the whole canvas.

    libwebp writes equal frames as one, and a single one as a still, which lasts for the whole duration.
    It leaves out what is clear around its first frame, where the last frame of the part before would stay.
    """
    frames = _coded(data)
    box = b"".join(number.to_bytes(3, "little") for number in (0, 0, opening.width - 1, opening.height - 1))
    if frames[0][0] != b"ANMF":
        return _frame(box + duration.to_bytes(3, "little") + bytes([_NO_BLENDING]), frames)
    first = frames[0][1]
    if first.startswith(box):
        return b"".join(chunk(*each) for each in frames)
    header = box + first[_BOX : _FRAME_HEADER - 1] + bytes([first[_FRAME_HEADER - 1] | _NO_BLENDING])
    whole = _frame(header, _coded(_save(iter([opening]), (duration,), 1, quality)))
    return whole + b"".join(chunk(*each) for each in frames[1:])


def _coded(data: bytes) -> list[tuple[bytes, bytes]]:
    return [(kind, data[start:end]) for kind, start, end in chunks(data) if kind in _FRAMES]


def _frame(header: bytes, still: list[tuple[bytes, bytes]]) -> bytes:
    return chunk(b"ANMF", header + b"".join(chunk(*each) for each in still))


def _join(first: Image.Image, plays: int, made: list[bytes]) -> bytes:
    flags = _ANIMATION_FLAG | (_ALPHA_FLAG if "A" in first.mode else 0)
    sides = b"".join((side - 1).to_bytes(3, "little") for side in first.size)
    headers = chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides) + chunk(b"ANIM", struct.pack("<IH", 0, plays))
    size = len(b"WEBP" + headers) + sum(map(len, made))
    return b"".join((b"RIFF", struct.pack("<I", size), b"WEBP", headers, *made))
