"""Reads the frames of an AVIF sequence (ISO/IEC 14496-12, 8.4 to 8.7; AV1-ISOBMFF)."""

import io
import struct
from collections.abc import Iterator

from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation.timeline import Timeline, shown_duration, shown_plays
from chalicelib.imaging.colour import find_space, flatten_modes, to_srgb
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.iso_boxes import Range, boxes, find_box

#: The major brand of a sequence (AV1-ISOBMFF, 9).
_BRAND = b"avis"
#: The flag of an edit list that is repeated, and a duration that is not known (14496-12, 8.6.6 and 8.3.2).
_REPEATED = 1
_MAX_RUNS = 1 << 16


def read(data: bytes) -> Timeline:
    """Return the size, the times and the repetitions of the first track of pictures. Raises struct.error.

    libavif decodes the still picture of a file whose major brand is another one: such a file has one frame.
    """
    track = _find_track(data)
    head, times = find_box(data, track, b"tkhd"), find_box(data, track, b"mdia", b"minf", b"stbl", b"stts")
    scale = find_box(data, track, b"mdia", b"mdhd")
    if not (head and times and scale):
        raise CorruptImage("The AVIF sequence has no times.")
    width, height = (each >> 16 for each in struct.unpack_from(">II", data, head[1] - 8))
    (ticks,) = struct.unpack_from(">I", data, scale[0] + (20 if data[scale[0]] else 12))
    durations = _durations(data, times, max(ticks, 1))
    plays = shown_plays(_read_plays(data, track, head))
    return Timeline(Size(width, height), plays, durations if data[8:12] == _BRAND else durations[:1])


def read_frames(data: bytes, timeline: Timeline) -> Iterator[Image.Image]:
    """Yield each frame in RGB or RGBA (sRGB), which counts until the next one. Raises CorruptImage."""
    try:
        with Image.open(io.BytesIO(data), formats=["AVIF"]) as opened:
            space, mode = find_space(opened, data, ImageFormat.AVIF), "RGBA" if opened.mode == "RGBA" else "RGB"
            for number in range(len(timeline.durations)):
                opened.seek(number)
                opened.load()
                opened.fp = None  # Pillow would keep a second copy of the pixels there
                shown = to_srgb(*flatten_modes(opened, space))
                yield shown if shown.mode == mode else shown.convert(mode)
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise CorruptImage("A frame of the AVIF is damaged and cannot be decoded.") from error


def _find_track(data: bytes) -> Range:
    moov = find_box(data, (0, len(data)), b"moov")
    for kind, start, end in boxes(data, *(moov or (0, 0))):
        hdlr = find_box(data, (start, end), b"mdia", b"hdlr") if kind == b"trak" else None
        if hdlr and data[hdlr[0] + 8 : hdlr[0] + 12] == b"pict":
            return start, end
    raise CorruptImage("The AVIF has no track of pictures.")


def _read_plays(data: bytes, track: Range, head: Range) -> int:
    """Return how often the edit list is played: as often as it fits into the track; 0 is forever."""
    edits = find_box(data, track, b"edts", b"elst")
    if not edits or not data[edits[0] + 3] & _REPEATED:
        return 1
    wide = data[edits[0]] == 1
    (once,) = struct.unpack_from(">Q" if wide else ">I", data, edits[0] + 8)
    code, at = (">Q", 28) if data[head[0]] == 1 else (">I", 20)
    (whole,) = struct.unpack_from(code, data, head[0] + at)
    is_endless = whole == (1 << 8 * struct.calcsize(code)) - 1
    return 0 if is_endless or not once else max(-(-whole // once), 1)


def _durations(data: bytes, times: Range, ticks: int) -> tuple[int, ...]:
    (count,) = struct.unpack_from(">I", data, times[0] + 4)
    durations: list[int] = []
    for run in range(min(count, _MAX_RUNS)):
        samples, each = struct.unpack_from(">II", data, times[0] + 8 + 8 * run)
        durations += [shown_duration(1000 * each / ticks)] * min(samples, _MAX_RUNS - len(durations))
    return tuple(durations)
