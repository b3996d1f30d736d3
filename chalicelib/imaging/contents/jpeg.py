"""Reads what a JPEG holds: from its header, and from the headers of the further pictures that its index names.

Sources: CIPA DC-007 ("MPF"), Ultra HDR 1.0, ISO 21496-1, C2PA 2.2 (A.3.1). Apple's names are not published.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.jpeg_header import END_OF_IMAGE, START_OF_SCAN, markers

_APP1, _APP2, _APP11 = 0xE1, 0xE2, 0xEB
_START = b"\xff\xd8\xff"
_MPF = b"MPF\0"
#: The tag of the list of pictures, an entry of the directory, and an entry of that list (CIPA DC-007, 5.2.3).
_ENTRIES_TAG, _DIRECTORY_ENTRY, _PICTURE = 0xB002, "HHII", "IIIHH"
#: The types of thumbnails of some sizes (5.2.3.3.1).
_THUMBNAIL_BITS, _THUMBNAIL = 0xFF0000, 0x010000
_MAX_PICTURES = 64
#: What stands in the header of a gain map, and in the header of a picture that says that it has one.
_GAIN_MAP = (b"hdrgainmap", b"HDRGainMap", b"hdr-gain-map", b"hdrgm:Version", b"urn:iso:std:iso:ts:21496:-1")
#: What stands in the header of another map of Apple or Google: a depth map, a matte.
_OTHER_MAP = (b":aux:", b"AuxiliaryImageType", b'Semantic="Depth')
#: A JUMBF superbox, whose description starts with the type of a C2PA manifest store.
_JUMBF, _C2PA, _DESCRIPTION_SIZE = b"JP", b"c2pa", 64


class _Header(NamedTuple):
    """The segments APP1, APP2 and APP11 of a picture, each as its offset and content, and the offset behind all."""

    segments: tuple[tuple[int, int, bytes], ...]
    end: int

    def has(self, names: tuple[bytes, ...]) -> bool:
        return any(name in content for marker, _, content in self.segments for name in names if marker != _APP11)


def read(data: bytes) -> Contents:
    """Read the header, and the headers of the further pictures. Raises struct.error if the index is cut short."""
    header = _read_header(data, 2)
    others = [_read_header(data, at + 2) for at in _find_pictures(data, header)]
    maps = [each for each in others if each.has(_GAIN_MAP)]
    if header.has(_GAIN_MAP) and not others:  # without an index, the map stands behind the scans
        behind = data.find(_START, header.end)
        maps = [each for each in [_read_header(data, behind + 2)] if behind > 0 and each.has(_GAIN_MAP)]
    further = [each for each in others if each not in maps and not each.has(_OTHER_MAP)]
    return Contents(
        further_pictures=len(further),
        has_gain_map=bool(maps),
        has_c2pa=any(
            marker == _APP11 and content.startswith(_JUMBF) and _C2PA in content[:_DESCRIPTION_SIZE]
            for marker, _, content in header.segments
        ),
    )


def _read_header(data: bytes, start: int) -> _Header:
    segments, end = [], start
    for marker, at in markers(data, start):
        end = at
        if marker in (START_OF_SCAN, END_OF_IMAGE):
            break
        if marker in (_APP1, _APP2, _APP11):
            segments.append((marker, at + 2, data[at + 2 : at + int.from_bytes(data[at : at + 2], "big")]))
    return _Header(tuple(segments), end)


def _find_pictures(data: bytes, header: _Header) -> list[int]:
    """Return the offsets of the further pictures of the index that are in the file and are no thumbnails."""
    index = next(((at, content) for marker, at, content in header.segments if content.startswith(_MPF)), None)
    if index is None:
        return []
    base = index[0] + len(_MPF)
    return [
        base + offset
        for attribute, offset in _read_index(index[1][len(_MPF) :])
        if attribute & _THUMBNAIL_BITS != _THUMBNAIL and data.startswith(_START, base + offset)
    ]


def _read_index(block: bytes) -> Iterator[tuple[int, int]]:
    """Yield attribute and offset of each picture but the first."""
    order = ">" if block[:2] == b"MM" else "<"
    (at,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, at)
    for number in range(min(count, _MAX_PICTURES)):
        tag, _, size, value_at = struct.unpack_from(order + _DIRECTORY_ENTRY, block, at + 2 + 12 * number)
        if tag == _ENTRIES_TAG:
            rows = block[value_at : value_at + min(size, 16 * _MAX_PICTURES)]
            whole = rows[: len(rows) // 16 * 16]
            yield from ((row[0], row[2]) for row in list(struct.iter_unpack(order + _PICTURE, whole))[1:])
