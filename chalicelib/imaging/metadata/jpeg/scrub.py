"""Reads the metadata of a JPEG, and copies the file without it (ITU-T T.81). No pixel changes."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX, find_kept, find_orientation
from chalicelib.imaging.metadata.exif.minimal import KeptExif, write_exif
from chalicelib.imaging.metadata.findings import Reading, Stripped
from chalicelib.imaging.metadata.icc import clean_profile
from chalicelib.imaging.metadata.jpeg.density import may_add_jfif, place_density
from chalicelib.imaging.metadata.jpeg.inspector import (
    ADOBE_PREFIX,
    ADOBE_SIZE,
    JFIF_PREFIX,
    JFIF_SIZE,
    JpegInspector,
)
from chalicelib.imaging.metadata.jpeg.profile import ICC_PREFIX, join_profile, split_profile
from chalicelib.imaging.metadata.jpeg.scans import Cut, ScanReader
from chalicelib.imaging.metadata.jpeg.segments import (
    APP0,
    APP1,
    APP2,
    APP14,
    CODING,
    EOI,
    FRAMES,
    SCAN,
    SOS,
    JpegSegment,
    walk,
)
from chalicelib.imaging.metadata.splice import ByteCopier

_START, _END = b"\xff\xd8", b"\xff\xd9"
_COPIED = CODING | {SCAN, EOI}
#: Bytes in a header that mean that a trailer follows the picture (CIPA DC-007; Google's motion photos).
_TRAILER_SIGNS = (b"MPF\0", b"MotionPhoto", b"MicroVideo")


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a JPEG. Raises CorruptImage when it cannot be read to its end."""
    inspector, _ = _inspect(data)
    return Reading(inspector.findings(), inspector.size())


def strip(data: bytes, *, keeps_headroom: bool = False) -> Stripped:
    """Return a copy that holds only what the allow-list has, with orientation and colour profile in a new header.

    `keeps_headroom` keeps the two values of an Apple maker note that readers of a gain map need.
    Raises CorruptImage when the file cannot be read to its end.
    """
    inspector, cuts = _inspect(data)
    scrub = _Scrub(data, cuts, keeps_headroom=keeps_headroom)
    for segment in walk(data):
        scrub.visit(segment)
    return _finish(inspector, scrub)


def strip_header(data: bytes) -> Stripped:
    """Strip the header alone, and copy all bytes from the first scan on unread, unless a trailer is likely.

    This saves one reading of the file: nearly every photo is clean after its header, and the proof reads those bytes.
    When the result fails the proof, the caller must use `strip`.
    """
    inspector, scrub = JpegInspector(data), _Scrub(data, {}, keeps_headroom=False)
    header_only = data.endswith(_END)
    for segment in walk(data):
        inspector.visit(segment)
        if segment.type == SOS and header_only and not _may_have_trailer(data, segment.start):
            scrub.body.copy(segment.start, len(data))
            break
        scrub.visit(segment)
    return _finish(inspector, scrub)


def _inspect(data: bytes) -> tuple[JpegInspector, Mapping[int, Cut]]:
    """Inspect all segments, and find the scans that hold hidden bytes."""
    inspector, scans = JpegInspector(data), ScanReader(data)
    for segment in walk(data):
        inspector.visit(segment)
        scans.visit(segment)
    cuts = scans.finish()
    inspector.visit_cuts(cuts)
    return inspector, cuts


def _finish(inspector: JpegInspector, scrub: "_Scrub") -> Stripped:
    reading = Reading(inspector.findings(), inspector.size())
    return Stripped(scrub.finish(), ImageFormat.JPEG, reading.size, reading.removable)


def _may_have_trailer(data: bytes, header_end: int) -> bool:
    """Guess from the header whether a trailer follows. A wrong guess costs one more reading of the file."""
    return any(data.find(sign, 0, header_end) >= 0 for sign in _TRAILER_SIGNS)


class _Scrub:
    """Visits the segments in the order of the file and copies those of the allow-list. All others are left out."""

    def __init__(self, data: bytes, cuts: Mapping[int, Cut], *, keeps_headroom: bool) -> None:
        self._data = data
        self._cuts = cuts
        self._keeps_headroom = keeps_headroom
        self.body = ByteCopier(data)
        self._jfif = self._frame = b""
        self._adobe_transform: int | None = None
        self._exif = bytearray()
        self._profile: list[memoryview] = []
        self._is_header = True

    def visit(self, segment: JpegSegment) -> None:
        """Copy a segment, remember its content for the new header, or leave it out."""
        if segment.type == SCAN and segment.start in self._cuts:
            for part in self._cuts[segment.start].kept:
                self.body.copy(part.at, part.end)
        elif segment.type in _COPIED:
            self.body.copy(segment.start, segment.end)
            # Decoders read orientation and colours only before the first scan.
            self._is_header = self._is_header and segment.type != SOS
            if segment.type in FRAMES:
                self._frame = segment.payload(self._data)
        elif self._is_header and segment.type in _READERS:
            _READERS[segment.type](self, segment.payload(memoryview(self._data)))

    def read_jfif(self, payload: memoryview) -> None:
        """Keep version, units and density of the first JFIF header, without its thumbnail (ITU-T T.871, 10.1)."""
        if not self._jfif and _starts_with(payload, JFIF_PREFIX) and len(payload) >= JFIF_SIZE:
            self._jfif = b"\xff\xe0\x00\x10" + bytes(payload[:12]) + bytes(2)

    def read_exif(self, payload: memoryview) -> None:
        """Keep what may hold the orientation. EXIF blocks are joined, as in Pillow."""
        if _starts_with(payload, EXIF_PREFIX):
            self._exif += payload[len(EXIF_PREFIX) :]

    def read_profile(self, payload: memoryview) -> None:
        """Keep one part of the colour profile. Numbers end at 255 (ICC.1:2022, B.4)."""
        if _starts_with(payload, ICC_PREFIX) and len(self._profile) < 256:
            self._profile.append(payload)

    def read_adobe(self, payload: memoryview) -> None:
        """Copy the twelve bytes that hold the colour transform (Adobe Technical Note 5116, 18)."""
        if _starts_with(payload, ADOBE_PREFIX) and len(payload) >= ADOBE_SIZE:
            self._adobe_transform = payload[ADOBE_SIZE - 1]
            self.body.write(b"\xff\xee\x00\x0e" + bytes(payload[:ADOBE_SIZE]))

    def finish(self) -> bytes:
        """Return the new header, then the copied segments."""
        orientation = find_orientation(bytes(self._exif))
        profile = clean_profile(join_profile(self._profile)[0])
        found = find_kept(bytes(self._exif))
        may_add = may_add_jfif(self._frame, self._adobe_transform)
        jfif, density = place_density(self._jfif, found.density, may_add=may_add)
        kept = replace(
            found,
            orientation=orientation if orientation != 1 else None,
            density=density,
            is_adobe_rgb=found.is_adobe_rgb and not profile,
            headroom=found.headroom if self._keeps_headroom else None,
        )
        return self.body.join(_START, jfif, _write_exif_segment(kept), split_profile(profile))


def _write_exif_segment(kept: KeptExif) -> bytes:
    exif = EXIF_PREFIX + write_exif(kept) if kept else b""
    return b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif if exif else b""


def _starts_with(payload: memoryview, prefix: bytes) -> bool:
    return payload[: len(prefix)] == prefix


_READERS = {
    APP0: _Scrub.read_jfif,
    APP1: _Scrub.read_exif,
    APP2: _Scrub.read_profile,
    APP14: _Scrub.read_adobe,
}
