"""Reads the markers of a JPEG (ITU-T T.81) without decoding it."""

import re
from collections.abc import Iterator

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
#: A JPEG marker (ITU-T T.81, table B.1), but no stuffed byte, no restart marker and no reserved one: decoders refuse
#: those, and JPEG-LS has them in its coded data (T.87, A.1). The pattern must not match a run of fill bytes: the search
#: would start again at each of them, in quadratic time (a denial of service).
_MARKER = re.compile(rb"\xff([\x01\xc0-\xcf\xd8-\xfe])")
#: The markers without a length: TEM and SOI.
_WITHOUT_LENGTH = frozenset({0x01, 0xD8})


def markers(data: bytes, at: int = 2) -> Iterator[tuple[int, int]]:
    """Yield each marker of a picture and the offset after it, up to the end-of-image marker.

    `at` is the offset after the start-of-image marker. The default is that of the first picture.
    """
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        yield marker, at
        if marker == END_OF_IMAGE:
            return
        if marker not in _WITHOUT_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
