"""JPEG: what it carries, and a copy without it, made of slices; the coded data is never decoded (ITU-T T.81)."""

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX, find_orientation
from chalicelib.imaging.metadata.findings import Reading, Stripped
from chalicelib.imaging.metadata.icc import clean_profile
from chalicelib.imaging.metadata.jpeg.inspector import (
    ADOBE_PREFIX,
    ADOBE_SIZE,
    JFIF_PREFIX,
    JFIF_SIZE,
    XMP_PREFIX,
    JpegInspector,
)
from chalicelib.imaging.metadata.jpeg.profile import ICC_PREFIX, join_profile, split_profile
from chalicelib.imaging.metadata.jpeg.segments import (
    APP0,
    APP1,
    APP2,
    APP14,
    CODING,
    EOI,
    SCAN,
    SOS,
    Segment,
    walk,
)
from chalicelib.imaging.metadata.splice import ByteCopier

_START, _END = b"\xff\xd8", b"\xff\xd9"
_COPIED = CODING | {SCAN, EOI}
#: Signs in a header that more follows the end of the picture (CIPA DC-007; Google's motion photos).
_ANNOUNCEMENTS = (b"MPF\0", b"MotionPhoto", b"MicroVideo")


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a JPEG. Raises CorruptImage when it cannot be read to its end."""
    inspector = JpegInspector(data)
    for segment in walk(data):
        inspector.visit(segment)
    return Reading(inspector.findings(), inspector.size())


def strip(data: bytes) -> Stripped:
    """Copy what the allow-list has; the orientation and the colour profile are written anew, in front.

    Raises CorruptImage when the file cannot be read to its end.
    """
    return _strip(data, trusts_rest=False)


def strip_trusting_rest(data: bytes) -> Stripped:
    """Strip as `strip` does, but take everything from the first scan on as it is, unless a trailer is to be expected.

    Nearly every photo is clean there, and the proof that follows reads those bytes anyway, so that they are read once.
    A result that fails the proof must be thrown away and made by `strip`.
    """
    return _strip(data, trusts_rest=data.endswith(_END))


def _strip(data: bytes, *, trusts_rest: bool) -> Stripped:
    inspector, scrub = JpegInspector(data), _Scrub(data)
    for segment in walk(data):
        inspector.visit(segment)
        if segment.marker == SOS and trusts_rest and not _announces_trailer(data, segment.start):
            scrub.body.copy(segment.start, len(data))
            break
        scrub.visit(segment)
    reading = Reading(inspector.findings(), inspector.size())
    return Stripped(scrub.finish(), ImageFormat.JPEG, reading.size, reading.removable)


def _announces_trailer(data: bytes, end: int) -> bool:
    """Guess from the header; a wrong guess costs one more reading, never the result."""
    return any(data.find(sign, 0, end) >= 0 for sign in _ANNOUNCEMENTS)


class _Scrub:
    """Takes the segments in their order and copies what stays; everything that it does not know goes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.body = ByteCopier(data)
        self._jfif = self._packet = b""
        self._exif = bytearray()
        self._profile: list[memoryview] = []
        self._is_header = True

    def visit(self, segment: Segment) -> None:
        """Copy a segment, keep what it says for the new header, or pass over it."""
        if segment.marker in _COPIED:
            self.body.copy(segment.start, segment.end)
            # decoders read orientation and colours before the first scan alone
            self._is_header = self._is_header and segment.marker != SOS
        elif self._is_header and segment.marker in _READERS:
            _READERS[segment.marker](self, memoryview(self._data)[segment.at : segment.end])

    def read_jfif(self, payload: memoryview) -> None:
        """Keep version, units and density of the first JFIF header, and no thumbnail (ITU-T T.871, 10.1)."""
        if not self._jfif and _begins(payload, JFIF_PREFIX) and len(payload) >= JFIF_SIZE:
            self._jfif = b"\xff\xe0\x00\x10" + bytes(payload[:12]) + bytes(2)

    def read_exif_or_xmp(self, payload: memoryview) -> None:
        """Gather what may hold the orientation: EXIF blocks add up, of XMP packets the last counts, as in Pillow."""
        if _begins(payload, EXIF_PREFIX):
            self._exif += payload[len(EXIF_PREFIX) :]
        elif _begins(payload, XMP_PREFIX):
            self._packet = bytes(payload[len(XMP_PREFIX) :])

    def read_profile(self, payload: memoryview) -> None:
        """Gather a part of the colour profile; numbering ends at 255 (ICC.1:2022, B.4)."""
        if _begins(payload, ICC_PREFIX) and len(self._profile) < 256:
            self._profile.append(payload)

    def read_adobe(self, payload: memoryview) -> None:
        """Copy the twelve bytes that tell the colour transform (Adobe Technical Note 5116, 18)."""
        if _begins(payload, ADOBE_PREFIX) and len(payload) >= ADOBE_SIZE:
            self.body.write(b"\xff\xee\x00\x0e" + bytes(payload[:ADOBE_SIZE]))

    def finish(self) -> bytes:
        """Write the new header in front of what was copied."""
        orientation = find_orientation(bytes(self._exif), self._packet)
        exif = EXIF_PREFIX + minimal_exif(orientation) if orientation != 1 else b""
        segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif if exif else b""
        profile = split_profile(clean_profile(join_profile(self._profile)[0]))
        return self.body.join(_START, self._jfif, segment, profile)


def _begins(payload: memoryview, prefix: bytes) -> bool:
    return payload[: len(prefix)] == prefix


_READERS = {
    APP0: _Scrub.read_jfif,
    APP1: _Scrub.read_exif_or_xmp,
    APP2: _Scrub.read_profile,
    APP14: _Scrub.read_adobe,
}
