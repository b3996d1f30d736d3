"""Writes a GIF frame by frame (GIF89a). Pillow's own writer would keep all frames in memory.

Pillow codes each frame as a GIF of its own. Its colour table and its codes become those of the frame.
"""

import io
import struct
from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import isqrt

from PIL import Image, ImageChops

from chalicelib.imaging.gif_header import end_of_header, end_of_image

_COLOURS, _TRANSPARENT = 256, 255
#: Pixels of less opacity become transparent: a GIF has one bit of alpha.
_OPAQUE = 128
_KEEP, _CLEAR = 1 << 2, 2 << 2
#: Browsers show a frame of one hundredth of a second for a tenth.
_LEAST_HUNDREDTHS = 2
#: The pixels from which the colours of a large frame are chosen: more would cost as much as the rest.
_SAMPLE = 250_000
_LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01"


def write(frames: Iterator[Image.Image], durations: tuple[int, ...], plays: int) -> bytes:
    """Return a GIF of frames in L, LA, RGB or RGBA, all of one mode and size; durations in milliseconds.

    `plays` is how often it is played; 0 is forever.
    """
    out, before = io.BytesIO(), None
    for number, (image, hundredths) in enumerate(zip(frames, _hundredths(durations), strict=True)):
        frame = image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB")
        if number == 0:
            out.write(_head(frame.size, plays))
        if frame.mode == "RGBA":
            frame.putalpha(frame.getchannel("A").point(lambda level: 255 if level >= _OPAQUE else 0))
        out.write(_write_frame(frame, _changed(frame, before), hundredths))
        before = frame
    return out.getvalue() + b";"


def write_still(image: Image.Image) -> bytes:
    """Return a GIF of one picture."""
    return write(iter([image]), (0,), plays=1)


def _hundredths(durations: tuple[int, ...]) -> list[int]:
    """Round the durations so that their sum stays the same: 33 ms are 3 hundredths, and sometimes 4."""
    ends = [0, *((each + 5) // 10 for each in accumulate(durations))]
    steps = [end - start for start, end in pairwise(ends)]
    return steps if not any(durations) else [max(each, _LEAST_HUNDREDTHS) for each in steps]


def _head(size: tuple[int, int], plays: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", *size, 0x70, 0, 0)
    return head if plays == 1 else head + _LOOP + struct.pack("<HB", max(plays - 1, 0), 0)


def _changed(frame: Image.Image, before: Image.Image | None) -> tuple[int, int, int, int]:
    """Return the area to draw: of an opaque frame what has changed, of another one all that is opaque."""
    if frame.mode == "RGBA":
        area = frame.getchannel("A").getbbox()
    else:
        area = ImageChops.difference(frame, before).getbbox() if before else (0, 0, *frame.size)
    return area or (0, 0, 1, 1)


def _write_frame(frame: Image.Image, area: tuple[int, int, int, int], hundredths: int) -> bytes:
    coded = io.BytesIO()
    _to_palette(frame.crop(area)).save(coded, "GIF", optimize=False, interlace=0)
    data = coded.getvalue()
    head = end_of_header(data)
    image = data.index(b",", _skip_extensions(data, head))
    flags = (1 | _CLEAR) if frame.mode == "RGBA" else _KEEP
    control = b"!\xf9\x04" + struct.pack("<BHBB", flags, min(hundredths, 0xFFFF), _TRANSPARENT, 0)
    descriptor = b"," + struct.pack("<HHHH", area[0], area[1], area[2] - area[0], area[3] - area[1])
    table = bytes((0x80 | data[10] & 7,)) + data[13:head]
    return control + descriptor + table + data[image + 10 : end_of_image(data, image)]


def _skip_extensions(data: bytes, at: int) -> int:
    """Return the offset behind the extensions at `at`."""
    while data[at] == 0x21:
        at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
    return at


def _to_palette(frame: Image.Image) -> Image.Image:
    """Choose the colours. More than the table has are dithered (Floyd and Steinberg)."""
    colours, solid = _COLOURS - (frame.mode == "RGBA"), frame.convert("RGB")
    if solid.getcolors(colours) is None:
        sample = solid.reduce(max(1, isqrt(solid.width * solid.height // _SAMPLE)))
        table = sample.quantize(colours, Image.Quantize.MEDIANCUT)
        best = solid.quantize(palette=table, dither=Image.Dither.FLOYDSTEINBERG)
    else:
        best = solid.quantize(colours, Image.Quantize.MEDIANCUT)
    if frame.mode == "RGBA":
        best.putpalette(((best.getpalette() or []) + [0] * 3 * _COLOURS)[: 3 * _COLOURS])
        best.paste(_TRANSPARENT, mask=ImageChops.invert(frame.getchannel("A")))
    return best
