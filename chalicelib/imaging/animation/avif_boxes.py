"""Corrects what Pillow writes into the boxes of an AVIF sequence (ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2 and 8.6.6).

The times of the making would make the bytes of each result different, and Pillow cannot say how often to play.
"""

import struct

from chalicelib.imaging.iso_boxes import Range, boxes, find_box

#: Where the duration stands in the boxes of version 1, which libavif writes, and the bytes of both times before it.
_MOVIE_DURATION, _TRACK_DURATION, _TIMES, _TIMES_SIZE = 24, 28, 4, 16


def finish_sequence(data: bytes, plays: int) -> bytes:
    """Return the file without times, and with the number of plays; 0 is forever."""
    movie = find_box(data, (0, len(data)), b"moov")
    if movie is None:
        return data
    changed = bytearray(data[: movie[1]])  # the pictures behind it are not copied twice
    for kind, start, end in boxes(data, *movie):
        if kind == b"mvhd":
            once = _once(data, movie)
            _correct(changed, start, _MOVIE_DURATION, plays * once)
        elif kind == b"trak":
            _finish_track(changed, data, (start, end), plays)
    return b"".join((changed, memoryview(data)[movie[1] :]))


def _finish_track(changed: bytearray, data: bytes, track: Range, plays: int) -> None:
    head, media = find_box(data, track, b"tkhd"), find_box(data, track, b"mdia", b"mdhd")
    edits = find_box(data, track, b"edts", b"elst")
    if head and media and edits:
        (once,) = struct.unpack_from(">Q", data, edits[0] + 8)
        _correct(changed, head[0], _TRACK_DURATION, plays * once)
        changed[media[0] + _TIMES : media[0] + _TIMES + _TIMES_SIZE] = bytes(_TIMES_SIZE)
        changed[edits[0] + 3] = int(plays != 1)


def _correct(changed: bytearray, box: int, duration_at: int, duration: int) -> None:
    changed[box + _TIMES : box + _TIMES + _TIMES_SIZE] = bytes(_TIMES_SIZE)
    if duration:
        struct.pack_into(">Q", changed, box + duration_at, duration)


def _once(data: bytes, movie: Range) -> int:
    edits = find_box(data, movie, b"trak", b"edts", b"elst")
    return int(struct.unpack_from(">Q", data, edits[0] + 8)[0]) if edits else 0
