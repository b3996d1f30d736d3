"""Find the HDR gain map behind the first picture of a JPEG, and write what readers need to find and apply it.

Sources: Ultra HDR 1.0, Adobe's gain map specification 1.0, ISO 21496-1, CIPA DC-007. Apple's form is not published.
What is written has one form: segments of one length for each file, at one place.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeVar

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX
from chalicelib.imaging.metadata.gain_map.parameters import Parameters, read_parameters, write_parameters
from chalicelib.imaging.metadata.gain_map.xmp import (
    APPLE_NAMESPACE,
    HDRGM_NAMESPACE,
    AppleGainMap,
    read_apple,
    read_hdrgm,
    write_packet,
)
from chalicelib.imaging.metadata.jpeg.container import ContainerItem, read_directory, write_directory
from chalicelib.imaging.metadata.jpeg.inspector import XMP_PREFIX
from chalicelib.imaging.metadata.jpeg.multi_picture import INDEX_SIZE, MPF_PREFIX, Picture, read_index, write_index
from chalicelib.imaging.metadata.jpeg.segments import APP0, APP1, APP2, EOI, SOI, SOS, JpegSegment, walk
from chalicelib.imaging.metadata.spans import Span

ISO_PREFIX = b"urn:iso:std:iso:ts:21496:-1\0"
#: What the segment of the first picture holds: the two versions of the parameters.
_ISO_VERSIONS = bytes(4)
#: Segments of a header that are looked at. Photos have fewer than 100, with a long colour profile.
_MAX_SEGMENTS = 1024
#: XMP packets and segments of EXIF that are read in a header. A photo has one of each.
_MAX_PACKETS = 8
_GAIN_MAP = b"GainMap"
_DEPTH_NAMES = (b"aux:depth", b"aux:disparity", b"GDepth")
#: Bytes of a further picture that are searched for its header.
_MAX_HEADER = 1 << 20

Value = TypeVar("Value")


class Found(NamedTuple):
    """A gain map: its bytes in the file, and the parameters in each form that the file has."""

    span: Span
    values: "GainMapValues"


class GainMapValues(NamedTuple):
    """The parameters of a gain map in its three forms."""

    hdrgm: Parameters | None
    apple: AppleGainMap | None
    iso: Parameters | None

    def __bool__(self) -> bool:
        return any(value is not None for value in self)


@dataclass
class Header:
    """What the header of a picture says about gain maps and further pictures."""

    packets: list[bytes] = field(default_factory=list)
    iso: list[bytes] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    has_index: bool = False
    exif_parts: list[bytes] = field(default_factory=list)

    @property
    def exif(self) -> bytes:
        """Return the EXIF block: its segments are joined, as in Pillow."""
        return b"".join(self.exif_parts)

    @property
    def items(self) -> list[ContainerItem]:
        """Return the entries of the directory in XMP."""
        return [item for packet in self.packets for item in read_directory(packet)]

    @property
    def says_hdr(self) -> bool:
        """Return True if the header says that a gain map belongs to the picture."""
        names = (HDRGM_NAMESPACE, APPLE_NAMESPACE)
        has_name = any(name in packet for packet in self.packets for name in names)
        return bool(self.iso) or has_name or any(item.semantic == _GAIN_MAP for item in self.items)

    @property
    def has_more(self) -> bool:
        """Return True if the file may have further pictures."""
        return self.has_index or self.says_hdr


def read_header(data: bytes) -> Header:
    """Read the segments before the first scan. A broken header has what was found up to its fault."""
    header = Header()
    with suppress(CorruptImage):
        for segment in islice(walk(data), _MAX_SEGMENTS):
            if segment.type == SOS:
                break
            if segment.type in (APP1, APP2):
                _read_segment(header, segment, segment.payload(data))
    return header


def _read_segment(header: Header, segment: JpegSegment, payload: bytes) -> None:
    if segment.type == APP1 and payload.startswith(XMP_PREFIX):
        header.packets += [payload[len(XMP_PREFIX) :]] if len(header.packets) < _MAX_PACKETS else []
    elif segment.type == APP1 and payload.startswith(EXIF_PREFIX):
        header.exif_parts += [payload[len(EXIF_PREFIX) :]] if len(header.exif_parts) < _MAX_PACKETS else []
    elif segment.type == APP2 and payload.startswith(ISO_PREFIX):
        header.iso.append(payload[len(ISO_PREFIX) :])
    elif segment.type == APP2 and payload.startswith(MPF_PREFIX) and not header.has_index:
        header.has_index = True
        header.pictures = read_index(payload, segment.payload_start)


def find_gain_map(data: bytes, header: Header) -> Found | None:
    """Return the first picture of the index or of the directory that is a gain map. `header` is that of the file."""
    for span in _candidates(data, header):
        if span.size > 4 and span.end <= len(data) and data.startswith(b"\xff\xd8", span.at):
            values = read_values(_read_further(data, span))
            if values:
                return Found(span, values)
    return None


def _candidates(data: bytes, header: Header) -> Iterator[Span]:
    """Yield where the index says that further pictures are. The directory counts only if there is no index."""
    yield from (picture.span for picture in header.pictures)
    items = [item for item in header.items if item.semantic == _GAIN_MAP]
    if items and not header.has_index:
        end = _end_of_first(data)
        yield from (Span(end + item.offset, item.size) for item in items)


def _end_of_first(data: bytes) -> int:
    with suppress(CorruptImage):
        return next((segment.end for segment in walk(data) if segment.type == EOI), len(data))
    return len(data)


def read_values(header: Header) -> GainMapValues:
    """Return the parameters that the header of a gain map holds."""
    return GainMapValues(
        _first(map(read_hdrgm, header.packets)),
        _first(map(read_apple, header.packets)),
        _first(read_parameters(payload, is_ultra_hdr=True) for payload in header.iso),
    )


def _first(found: Iterable[Value | None]) -> Value | None:
    return next((value for value in found if value is not None), None)


def has_depth_map(data: bytes, header: Header) -> bool:
    """Return True if the index, the directory or a further picture names a map of distances."""
    if any(picture.is_disparity for picture in header.pictures):
        return True
    packets = (packet for picture in header.pictures for packet in _read_further(data, picture.span).packets)
    has_name = any(name in packet for packet in packets for name in _DEPTH_NAMES)
    return has_name or any(b"Depth" in item.semantic for item in header.items)


def _read_further(data: bytes, span: Span) -> Header:
    return read_header(data[span.at : min(span.end, span.at + _MAX_HEADER)])


def insert_at(data: bytes) -> int:
    """Return the offset at which the segments of a gain map stand: after the headers of JFIF and EXIF."""
    for segment in walk(data):
        is_exif = segment.type == APP1 and data.startswith(EXIF_PREFIX, segment.payload_start)
        if segment.type not in (SOI, APP0) and not is_exif:
            return segment.start
    return len(data)


def write_pair(first: bytes, second: bytes, values: GainMapValues) -> bytes:
    """Return a file of two clean pictures, with an index and with the parameters of the gain map."""
    own = gain_map_segments(values)
    size, at, second_at = len(second) + len(own), insert_at(first), insert_at(second)
    segments = first_segments(len(first) + measure_first_segments(size, values), at, size, values)
    one, two = memoryview(first), memoryview(second)
    return b"".join([one[:at], segments, one[at:], two[:second_at], own, two[second_at:]])


def measure_first_segments(gain_map_size: int, values: GainMapValues) -> int:
    """Return the number of bytes of the segments that a first picture gets."""
    return len(_before_index(gain_map_size, values)) + 4 + INDEX_SIZE


def first_segments(primary_size: int, at: int, gain_map_size: int, values: GainMapValues) -> bytes:
    """Return the segments that a first picture gets at the offset `at`. Its size counts them."""
    before = _before_index(gain_map_size, values)
    return before + _segment(APP2, write_index(primary_size, gain_map_size, at + len(before) + 4))


def _before_index(gain_map_size: int, values: GainMapValues) -> bytes:
    packet = _segment(APP1, XMP_PREFIX + write_directory(gain_map_size)) if values.hdrgm else b""
    return packet + (_segment(APP2, ISO_PREFIX + _ISO_VERSIONS) if values.iso else b"")


def gain_map_segments(values: GainMapValues) -> bytes:
    """Return the segments that a gain map gets."""
    has_packet = values.hdrgm or values.apple
    packet = _segment(APP1, XMP_PREFIX + write_packet(values.hdrgm, values.apple)) if has_packet else b""
    iso = _segment(APP2, ISO_PREFIX + write_parameters(values.iso)) if values.iso else b""
    return packet + iso


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload
