"""Reads the frames of a GIF by its blocks (GIF89a, 15 to 26)."""

import struct
from functools import partial

from chalicelib.imaging.animation.timeline import Disposal, Part, Timeline, shown_duration, timeline
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.gif_header import (
    END,
    EXTENSION,
    NEXT_BLOCK,
    end_of_extension,
    end_of_header,
    end_of_image,
    read_canvas,
)

_CONTROL = b"!\xf9\x04"
#: The extensions that say how often an animation is repeated, with the first byte of their second sub-block.
_LOOPS = (b"!\xff\x0bNETSCAPE2.0\x03\x01", b"!\xff\x0bANIMEXTS1.0\x03\x01")
_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE}
_NO_CONTROL = _CONTROL + bytes(5)


def read(data: bytes) -> Timeline:
    """Return the canvas, the parts and the repetitions. Raises CorruptImage for a damaged block."""
    end, control, plays, parts = end_of_header(data), _NO_CONTROL, 1, list[Part]()
    head = end
    while (match := NEXT_BLOCK.search(data, end)) and match[0][0] != END:
        start = match.start()
        if match[0][0] == EXTENSION:
            end = end_of_extension(data, start)
            control = data[start : start + 8] if data.startswith(_CONTROL, start) else control
            plays = _read_plays(data, start) if data.startswith(_LOOPS, start) else plays
        else:
            end = end_of_image(data, start)
            parts.append(_read_part(data, head, control, (start, end)))
            control = _NO_CONTROL
    return timeline(Size(*read_canvas(data)), plays, parts)


def _read_plays(data: bytes, start: int) -> int:
    """Return how often browsers play the animation: once, and as often again as the extension says; 0 is forever."""
    (again,) = struct.unpack_from("<H", data, start + len(_LOOPS[0]))
    return again + 1 if again else 0


def _read_part(data: bytes, head: int, control: bytes, image: tuple[int, int]) -> Part:
    left, top, width, height = struct.unpack_from("<4H", data, image[0] + 1)
    flags, hundredths = control[3], int.from_bytes(control[4:6], "little")
    return Part(
        (left, top, left + width, top + height),
        shown_duration(hundredths * 10),
        partial(_still, data, head, control, image),
        _DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP),
        has_alpha=bool(flags & 1),
    )


def _still(data: bytes, head: int, control: bytes, image: tuple[int, int]) -> bytes:
    """Return a GIF of one image, which fills the screen. Only the transparency of its control counts."""
    start, end = image
    size = data[start + 5 : start + 9]
    screen = data[:6] + size + data[10:head]
    transparency = _CONTROL + bytes((control[3] & 1, 0, 0, control[6], 0))
    return screen + transparency + data[start : start + 1] + bytes(4) + size + data[start + 9 : end] + b";"
