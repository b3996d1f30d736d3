"""The types for metadata: a finding and its kind, what a file holds, and what a scrub removed and kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.imaging.formats import ImageFormat

#: Number of distinct findings that are counted on their own. All others are counted together.
_MAX_DISTINCT = 256


class Kind(StrEnum):
    """The kind of a piece of metadata."""

    #: A TIFF block of camera settings, dates and names (Exif 3.0).
    EXIF = "exif"
    #: The GPS directory of an EXIF block.
    GPS = "gps"
    #: The camera maker's own block inside EXIF.
    MAKERNOTE = "makernote"
    #: A body or lens serial number, or an owner's name, held in EXIF.
    SERIAL = "serial"
    #: A small copy of the picture. It may show parts that were later cropped away.
    THUMBNAIL = "thumbnail"
    #: An XMP packet (ISO 16684-1).
    XMP = "xmp"
    #: The further segments of an XMP packet over 64 KB (XMP part 3, 1.1.3.1).
    EXTENDED_XMP = "extended_xmp"
    #: IPTC-IIM records: captions, names, places.
    IPTC = "iptc"
    #: A block of Photoshop image resources.
    PHOTOSHOP = "photoshop"
    #: Free text in the format's own place for comments.
    COMMENT = "comment"
    #: A colour profile (allowed).
    ICC = "icc"
    #: Free text or private tags inside a colour profile.
    ICC_TEXT = "icc_text"
    #: The multi-picture index of a JPEG (CIPA DC-007), which points to more pictures.
    MPF = "mpf"
    #: Bytes after the end of the image: motion photos, gain maps, archives.
    TRAILER = "trailer"
    #: A JUMBF superbox, or a C2PA manifest, which names the origin of the picture.
    C2PA = "c2pa"
    #: A text chunk or text record, with or without a keyword.
    TEXT = "text"
    #: A date held outside EXIF, as in the PNG chunk tIME.
    TIMESTAMP = "timestamp"
    #: A chunk, tag or segment that no public specification describes.
    PRIVATE = "private"
    #: A segment that the format allows but Darkroom does not know.
    UNKNOWN = "unknown"
    #: Bytes between or after the parts that a decoder reads. Anything can hide there.
    PADDING = "padding"
    #: The orientation of the picture, without other metadata (allowed).
    ORIENTATION = "orientation"
    #: Pixel density, as in JFIF or the PNG chunk pHYs (allowed).
    DENSITY = "density"
    #: Colour information besides ICC: Adobe APP14, gamma, chromaticity, CICP, mastering display (allowed).
    COLOR = "color"
    #: A map of distances, from which editors blur the background.
    DEPTH_MAP = "depth_map"
    #: The video of a motion photo.
    VIDEO = "video"
    #: Another picture in the file, which viewers do not show: another view, a preview.
    VIEW = "view"
    #: An HDR gain map, or the values from which readers apply it (allowed).
    GAIN_MAP = "gain_map"
    #: A file that says that it has a gain map, which cannot be found or read.
    GAIN_MAP_LOST = "gain map lost"
    #: The headroom of a gain map that cannot be read or written.
    HEADROOM_LOST = "gain map: headroom lost"
    #: Animation timing, disposal and loop (allowed).
    ANIMATION = "animation"
    #: Values that the caller asked to keep (allowed).
    COPYRIGHT = "copyright"
    DATE = "date"
    DESCRIPTION = "description"
    CAMERA = "camera"


@dataclass(frozen=True)
class Finding:
    """One piece of metadata, or `count` equal pieces.

    `where` is its place in the file, `size` its bytes, and `allowed` says whether the allow-list has it.
    The size is 0 when another finding counts the bytes: GPS inside an XMP packet, for example.
    `summary` is safe to log and to show: it never holds coordinates, names, serial numbers or free text of the file.
    """

    kind: Kind
    where: str
    size: int
    summary: str
    allowed: bool = False
    count: int = 1


@dataclass(frozen=True)
class Reading:
    """What a file holds: its metadata, and its width and height in pixels as stored."""

    findings: tuple[Finding, ...]
    size: tuple[int, int]

    @property
    def removable(self) -> tuple[Finding, ...]:
        """Return the findings that are not on the allow-list."""
        return tuple(finding for finding in self.findings if not finding.allowed)


@dataclass(frozen=True)
class Stripped:
    """A scrubbed picture before its proof. `size` is width and height in pixels as stored."""

    data: bytes
    format: ImageFormat
    size: tuple[int, int]
    removed: tuple[Finding, ...]


@dataclass(frozen=True)
class Sanitized(Stripped):
    """A scrubbed picture after its proof. `kept` is the metadata that it still holds, all of it on the allow-list."""

    kept: tuple[Finding, ...]


class FindingCounter:
    """Collects findings in the order in which they are found. Equal findings are counted as one."""

    def __init__(self) -> None:
        self._sums: dict[Finding, list[int]] = {}

    def add(self, kind: Kind, where: str, size: int, summary: str, *, allowed: bool = False) -> None:
        """Count one finding of `size` bytes."""
        self._count(Finding(kind, where, 0, summary, allowed), size, 1)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Count findings that another function returned."""
        for finding in findings:
            self._count(replace(finding, size=0, count=1), finding.size, finding.count)

    def _count(self, key: Finding, size: int, count: int) -> None:
        if len(self._sums) >= _MAX_DISTINCT and key not in self._sums:
            key = Finding(Kind.UNKNOWN, "elsewhere", 0, "more parts", key.allowed)
        total = self._sums.setdefault(key, [0, 0])
        total[0] += count
        total[1] += size

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings, each with the sum of its sizes and its number."""
        return tuple(replace(key, size=size, count=count) for key, (count, size) in self._sums.items())
