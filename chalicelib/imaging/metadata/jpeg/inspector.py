"""Lists the metadata in the segments of a JPEG. It must not depend on how the scrub works: it checks the result."""

from collections.abc import Mapping

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.embedded import EXIF_PREFIX, inspect_exif
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind
from chalicelib.imaging.metadata.icc import inspect_profile
from chalicelib.imaging.metadata.jpeg.profile import ICC_PREFIX, join_profile
from chalicelib.imaging.metadata.jpeg.scans import Cut
from chalicelib.imaging.metadata.jpeg.segments import (
    APP0,
    APP1,
    APP2,
    APP11,
    APP12,
    APP13,
    APP14,
    APP15,
    CODING,
    COM,
    EOI,
    FRAMES,
    GAP,
    SCAN,
    SOI,
    SOS,
    TRAILER,
    JpegSegment,
    check_coding,
    read_size,
)

XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
#: A JFIF header without a thumbnail: identifier, version, units and densities (ITU-T T.871, 10.1).
JFIF_PREFIX, JFIF_SIZE = b"JFIF\0", 14
#: Identifier, version, two words of flags and the colour transform (Adobe Technical Note 5116, 18).
ADOBE_PREFIX, ADOBE_SIZE = b"Adobe", 12
#: One more than the numbers of segments can count, so that too many segments are still noticed.
_MAX_PROFILE_PARTS = 256
#: By marker: how the payload of a known segment starts.
_KNOWN = {
    APP0: ((b"JFXX\0", Kind.THUMBNAIL, "JFIF extension with a thumbnail"),),
    APP1: ((b"http://ns.adobe.com/xmp/extension/\0", Kind.EXTENDED_XMP, "further segment of an XMP packet"),),
    APP2: (
        (b"MPF\0", Kind.MPF, "multi-picture index"),
        (b"FPXR\0", Kind.PRIVATE, "FlashPix stream"),
        (b"urn:iso:std:iso:ts:21496", Kind.MPF, "gain map parameters"),
    ),
    APP11: ((b"JP", Kind.C2PA, "JUMBF box, as in C2PA"),),
    APP12: ((b"Ducky", Kind.COMMENT, "Photoshop web quality and comment"),),
    APP13: (
        (b"Photoshop 3.0\0", Kind.PHOTOSHOP, "Photoshop image resources"),
        (b"Adobe_Photoshop2.5", Kind.PHOTOSHOP, "Photoshop image resources"),
    ),
    COM: ((b"", Kind.COMMENT, "comment"),),
}
# Image resource blocks (Adobe Photoshop File Formats Specification, "Image Resource IDs")
_RESOURCES = (
    (b"8BIM\x04\x04", Kind.IPTC, "IPTC records"),
    (b"8BIM\x04\x09", Kind.THUMBNAIL, "Photoshop thumbnail"),
    (b"8BIM\x04\x0c", Kind.THUMBNAIL, "Photoshop thumbnail"),
)
#: How far into the bytes after a picture to look for a signature, and what it means.
_TRAILERS = (
    (b"\xff\xd8", 2, Kind.VIEW, "another picture after the end"),
    (b"ftyp", 1024, Kind.VIDEO, "video after the end, as in a motion photo"),
    (b"PK", 2, Kind.TRAILER, "archive after the end"),
)


def inspect_trailer(data: bytes, start: int) -> tuple[Finding, ...]:
    """Return the findings of the bytes after a picture. A picture or video among them is named, without a size."""
    size, where = len(data) - start, "after the end of image"
    for signature, length, kind, summary in _TRAILERS:
        if data.find(signature, start, start + length) >= 0:
            named = (Finding(kind, where, 0, summary),) if kind is not Kind.TRAILER else ()
            return (*named, Finding(Kind.TRAILER, where, size, summary))
    return (Finding(Kind.TRAILER, where, size, "bytes after the end"),)


class JpegInspector:
    """Visits the segments in the order of the file and collects the findings."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._counter = FindingCounter()
        self._profile: list[memoryview] = []
        self._has_jfif = self._has_scan = False
        self._frame: JpegSegment | None = None

    def visit(self, segment: JpegSegment) -> None:
        """Inspect one segment. Raises CorruptImage where decoders stop."""
        marker = segment.type
        if marker in (SCAN, SOI):
            return
        if marker in CODING:
            check_coding(self._data, segment)
            self._check_order(segment)
        elif marker == GAP:
            self._counter.add(Kind.PADDING, "between segments", segment.size, "bytes that no decoder reads")
        elif marker == TRAILER:
            self._counter.extend(inspect_trailer(self._data, segment.start))
        elif APP0 <= marker <= APP15 or marker == COM:
            self._visit_application(segment, segment.payload(self._data))
        elif marker != EOI or not self._has_scan:
            raise CorruptImage(
                "The JPEG has no scan, or a marker that decoders of photos do not know.", code="jpeg_marker"
            )

    def visit_cuts(self, cuts: Mapping[int, Cut]) -> None:
        """Inspect the scans that hold bytes behind their coded data."""
        for cut in cuts.values():
            self._counter.add(Kind.PADDING, "scan", cut.hidden, "bytes behind the end of the picture")

    def _check_order(self, segment: JpegSegment) -> None:
        is_frame, is_scan = segment.type in FRAMES, segment.type == SOS
        has_frame = self._frame is not None
        if (is_frame and has_frame) or (is_scan and not has_frame):
            raise CorruptImage("The JPEG has no frame before its first scan, or two frames.", code="jpeg_order")
        if is_frame:
            self._frame = segment
        self._has_scan |= is_scan

    def size(self) -> tuple[int, int]:
        """Return width and height in pixels as stored. Raises CorruptImage when the file has no frame header."""
        if self._frame is None:
            raise CorruptImage("The JPEG has no frame header.", code="jpeg_size")
        return read_size(self._data, self._frame)

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings. The colour profile is the last one, since it may be split over many segments."""
        self._add_profile()
        return self._counter.findings()

    def _visit_application(self, segment: JpegSegment, payload: bytes) -> None:
        where = "COM" if segment.type == COM else f"APP{segment.type - APP0}"
        if segment.type == APP2 and payload.startswith(ICC_PREFIX):
            part = segment.payload(memoryview(self._data))
            self._profile += [part] if len(self._profile) < _MAX_PROFILE_PARTS else []
        elif segment.type == APP1 and payload.startswith(b"Exif\0"):
            self._counter.extend(inspect_exif(payload[len(EXIF_PREFIX) :], where, segment.size))
        elif segment.type == APP1 and payload.startswith(XMP_PREFIX):
            self._counter.extend(xmp.inspect_packet(payload, where, segment.size))
        elif segment.type == APP0 and payload.startswith(JFIF_PREFIX):
            self._visit_jfif(segment, payload)
        elif segment.type == APP14 and payload.startswith(ADOBE_PREFIX):
            is_exact = len(payload) == ADOBE_SIZE
            self._counter.add(Kind.COLOR, where, segment.size, "Adobe colour transform", allowed=is_exact)
        else:
            self._visit_known(segment, where, payload)

    def _visit_known(self, segment: JpegSegment, where: str, payload: bytes) -> None:
        for prefix, kind, summary in _KNOWN.get(segment.type, ()):
            if payload.startswith(prefix):
                self._counter.add(kind, where, segment.size, summary)
                break
        else:
            self._counter.add(Kind.UNKNOWN, where, segment.size, "unknown application segment")
        if segment.type == APP13:
            for signature, kind, summary in _RESOURCES:
                if signature in payload:
                    self._counter.add(kind, where, 0, summary)

    def _visit_jfif(self, segment: JpegSegment, payload: bytes) -> None:
        is_exact = len(payload) == JFIF_SIZE and not any(payload[12:])
        self._counter.add(Kind.DENSITY, "APP0", segment.size, "JFIF header", allowed=is_exact and not self._has_jfif)
        if len(payload) > JFIF_SIZE:
            self._counter.add(Kind.THUMBNAIL, "APP0", 0, "thumbnail in the JFIF header")
        self._has_jfif = True

    def _add_profile(self) -> None:
        if not self._profile:
            return
        size = sum(map(len, self._profile))
        profile, is_regular = join_profile(self._profile)
        self._counter.extend(inspect_profile(profile, "APP2", size))
        if not is_regular:
            self._counter.add(Kind.PADDING, "APP2", 0, "ICC segments with wrong numbers")
