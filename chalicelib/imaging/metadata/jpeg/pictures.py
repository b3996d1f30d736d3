"""Read and scrub a JPEG with an HDR gain map: two pictures, each of them scrubbed by the same rules.

If the gain map cannot be found or read, it is dropped, and a finding says so. The file is never half HDR.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind, Reading, Stripped
from chalicelib.imaging.metadata.gain_map.headroom import lacks_headroom
from chalicelib.imaging.metadata.gain_map.xmp import APPLE_NAMESPACE, HDRGM_NAMESPACE
from chalicelib.imaging.metadata.jpeg import scrub
from chalicelib.imaging.metadata.jpeg.gain_map import (
    ISO_PREFIX,
    Found,
    GainMapValues,
    Header,
    find_gain_map,
    first_segments,
    gain_map_segments,
    has_depth_map,
    insert_at,
    read_header,
    write_pair,
)
from chalicelib.imaging.metadata.jpeg.inspector import inspect_trailer

_WHERE = "after the end of image"
#: Bytes of a gain map that are searched for the place of its segments.
_MAX_HEADER = 1 << 20
_NAMES = (HDRGM_NAMESPACE, APPLE_NAMESPACE, ISO_PREFIX)


class _Pair(NamedTuple):
    """The two pictures of a file without their gain map segments, if these have their one form.

    `parts` has the bytes of these segments in both pictures. It is empty if the segments have another form.
    """

    first: bytes
    second: bytes
    values: GainMapValues
    parts: tuple[int, int] | None


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a JPEG and of its gain map. Raises CorruptImage if the first picture is broken.

    The size is that of the first picture.
    """
    header = read_header(data)
    if not header.has_more:
        return scrub.read(data)
    found = find_gain_map(data, header)
    with_gain_map = _read_pair(data, found, header) if found else None
    return with_gain_map or _read_without(data, header, found)


def _read_pair(data: bytes, found: Found, header: Header) -> Reading | None:
    """Return the reading of both pictures, or None if the gain map is broken or starts inside the first picture."""
    pair = _split(data, found)
    try:
        first, second = scrub.read(pair.first), scrub.read(pair.second)
    except CorruptImage:
        return None
    counter = FindingCounter()
    counter.extend(first.findings)
    counter.extend(replace(finding, where=f"gain map {finding.where}") for finding in second.findings)
    counter.extend(_describe(data, found, pair))
    if found.values.apple and lacks_headroom(header.exif, found.values.apple):
        counter.add(Kind.HEADROOM_LOST, "APP1", 0, "maker note without the headroom of the gain map")
    counter.extend(_name_further(data, header))
    return Reading(counter.findings(), first.size)


def _describe(data: bytes, found: Found, pair: _Pair) -> Iterator[Finding]:
    """Yield the findings of the gain map itself, of its segments, and of the bytes after it."""
    yield Finding(Kind.GAIN_MAP, _WHERE, len(pair.second), "gain map", allowed=True)
    if pair.parts:
        yield Finding(Kind.MPF, "APP2", pair.parts[0], "index of picture and gain map", allowed=True)
        yield Finding(Kind.GAIN_MAP, "gain map", pair.parts[1], "parameters of the gain map", allowed=True)
    if found.span.end < len(data):
        yield from inspect_trailer(data, found.span.end)


def _split(data: bytes, found: Found) -> _Pair:
    """Cut a file into its two pictures. Cut their gain map segments out if these have their one form."""
    (start, size), values = found.span, found.values
    own, first_at = gain_map_segments(values), _insert_at(data)
    second_at = start + _insert_at(data[start : start + min(size, _MAX_HEADER)])
    index = first_segments(start, first_at, size, values)
    if first_at + len(index) > start or not (data.startswith(index, first_at) and data.startswith(own, second_at)):
        return _Pair(data[:start], data[start : found.span.end], values, None)
    view = memoryview(data)  # slices of bytes would be copies of the whole picture
    first = b"".join([view[:first_at], view[first_at + len(index) : start]])
    second = b"".join([view[start:second_at], view[second_at + len(own) : found.span.end]])
    return _Pair(first, second, values, (len(index), len(own)))


def _insert_at(data: bytes) -> int:
    try:
        return insert_at(data)
    except CorruptImage:
        return len(data)


def _read_without(data: bytes, header: Header, found: Found | None) -> Reading:
    """Read a file whose gain map, if it has one, is lost."""
    reading = scrub.read(data)
    is_lost = found or header.says_hdr or (header.has_index and any(name in data for name in _NAMES))
    lost = (Finding(Kind.GAIN_MAP_LOST, _WHERE, 0, "gain map that cannot be found or read"),) if is_lost else ()
    return Reading((*reading.findings, *_name_further(data, header), *lost), reading.size)


def _name_further(data: bytes, header: Header) -> tuple[Finding, ...]:
    if has_depth_map(data, header):
        return (Finding(Kind.DEPTH_MAP, _WHERE, 0, "depth map"),)
    return ()


def strip(data: bytes) -> Stripped:
    """Return a copy that holds only what the allow-list has. A gain map stays, with an index and its parameters.

    Raises CorruptImage when the first picture cannot be read to its end.
    """
    header = read_header(data)
    found = find_gain_map(data, header) if header.has_more else None
    reading = _read_pair(data, found, header) if found else None
    if found and reading:
        return _strip_pair(data, found, reading)
    stripped = scrub.strip(data)
    return replace(stripped, removed=_read_without(data, header, found).removable) if header.has_more else stripped


def strip_header(data: bytes) -> Stripped:
    """Strip the header alone, as `scrub.strip_header` does, unless the file may have further pictures."""
    return strip(data) if read_header(data).has_more else scrub.strip_header(data)


def _strip_pair(data: bytes, found: Found, reading: Reading) -> Stripped:
    stripped, second = _write_pair(data, found)
    _check(stripped.data, second, found.values)
    return replace(stripped, removed=reading.removable)


def _write_pair(data: bytes, found: Found) -> tuple[Stripped, bytes]:
    """Return the file of both scrubbed pictures, and the second picture."""
    pair = _split(data, found)
    # Readers compute the headroom of Apple's gain map from the maker note of the first picture.
    first = scrub.strip(pair.first, keeps_headroom=pair.values.apple is not None)
    second = scrub.strip(pair.second).data
    return replace(first, data=write_pair(first.data, second, pair.values)), second


def insert_into_pair(clean: bytes, found: Found, insert: Callable[[bytes], bytes]) -> bytes:
    """Return a clean file of two pictures with another first picture: what `insert` makes of it."""
    pair = _split(clean, found)
    return write_pair(insert(pair.first), pair.second, pair.values)


def _check(written: bytes, second: bytes, values: GainMapValues) -> None:
    """Read the new file as an unknown one. Raises CorruptImage unless it has the same gain map."""
    found = find_gain_map(written, read_header(written))
    pair = _split(written, found) if found else None
    if pair is None or pair.values != values or pair.second != second or not pair.parts:
        raise CorruptImage("The gain map would not be found again.", code="gain_map")
