"""The vocabulary of metadata: what was found in a file, and what a scrub removed and kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.imaging.formats import ImageFormat

#: Distinct findings that are told apart; what comes after is counted together.
_LIMIT = 256


class Kind(StrEnum):
    """What a piece of a file is, besides the coded picture itself."""

    #: A TIFF block of camera settings, dates and names (Exif 3.0).
    EXIF = "exif"
    #: The GPS directory of an EXIF block.
    GPS = "gps"
    #: The camera maker's own block inside EXIF.
    MAKERNOTE = "makernote"
    #: A body or lens serial number, or an owner's name, held in EXIF.
    SERIAL = "serial"
    #: A small copy of the picture, which may show what was later cropped away.
    THUMBNAIL = "thumbnail"
    #: An XMP packet (ISO 16684-1).
    XMP = "xmp"
    #: The further segments of an XMP packet over 64 KB (XMP part 3, 1.1.3.1).
    EXTENDED_XMP = "extended_xmp"
    #: IPTC-IIM records: captions, names, places.
    IPTC = "iptc"
    #: A block of Photoshop image resources.
    PHOTOSHOP = "photoshop"
    #: Free text in the place that the format has for comments.
    COMMENT = "comment"
    #: A colour profile; allowed.
    ICC = "icc"
    #: Free text or private tags inside a colour profile.
    ICC_TEXT = "icc_text"
    #: The multi-picture index of a JPEG (CIPA DC-007), which points at further pictures.
    MPF = "mpf"
    #: Bytes after the end of the image: motion photos, gain maps, archives.
    TRAILER = "trailer"
    #: A JUMBF superbox, or a C2PA manifest of where the picture comes from.
    C2PA = "c2pa"
    #: A chunk or record of text, with a keyword or without.
    TEXT = "text"
    #: A date held outside EXIF, as in the PNG chunk tIME.
    TIMESTAMP = "timestamp"
    #: A chunk, tag or segment whose owner and content no public specification tells.
    PRIVATE = "private"
    #: A segment that the format allows and Darkroom does not know.
    UNKNOWN = "unknown"
    #: Bytes between or behind the parts that a decoder reads, where anything can hide.
    PADDING = "padding"
    #: Which way up the picture stands, held alone; allowed.
    ORIENTATION = "orientation"
    #: Pixel density, as in JFIF or the PNG chunk pHYs; allowed.
    DENSITY = "density"
    #: Colour facts besides ICC: Adobe APP14, gamma, chromaticity, CICP, mastering display; allowed.
    COLOR = "color"
    #: Animation timing, disposal and loop; allowed.
    ANIMATION = "animation"


@dataclass(frozen=True)
class Finding:
    """One piece of metadata, or `count` alike ones: kind, place, size in bytes, and whether the allow-list has it.

    The size is 0 where the bytes are counted under the finding that holds this one, as GPS inside an XMP packet.
    `summary` is safe to log and to show: it never echoes coordinates, names, serial numbers or free text.
    """

    kind: Kind
    where: str
    size: int
    summary: str
    allowed: bool = False
    count: int = 1


@dataclass(frozen=True)
class Reading:
    """What a file was found to hold: its metadata, and its width and height in pixels as stored."""

    findings: tuple[Finding, ...]
    size: tuple[int, int]

    @property
    def removable(self) -> tuple[Finding, ...]:
        """List the findings outside the allow-list."""
        return tuple(finding for finding in self.findings if not finding.allowed)


@dataclass(frozen=True)
class Stripped:
    """A scrubbed picture before its proof: bytes, format, width and height in pixels as stored, findings removed."""

    data: bytes
    format: ImageFormat
    size: tuple[int, int]
    removed: tuple[Finding, ...]


@dataclass(frozen=True)
class Sanitized(Stripped):
    """A scrubbed picture whose bytes were read again and hold only `kept`: metadata of the allow-list."""

    kept: tuple[Finding, ...]


class FindingCounter:
    """Findings in the order of their first sight; alike ones are counted as one."""

    def __init__(self) -> None:
        self._sums: dict[Finding, list[int]] = {}

    def add(self, kind: Kind, where: str, size: int, summary: str, *, allowed: bool = False) -> None:
        """Count one finding of `size` bytes."""
        self._count(Finding(kind, where, 0, summary, allowed), size, 1)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Count findings that another reader made."""
        for finding in findings:
            self._count(replace(finding, size=0, count=1), finding.size, finding.count)

    def _count(self, key: Finding, size: int, count: int) -> None:
        if len(self._sums) >= _LIMIT and key not in self._sums:
            key = Finding(Kind.UNKNOWN, "elsewhere", 0, "further parts", key.allowed)
        total = self._sums.setdefault(key, [0, 0])
        total[0] += count
        total[1] += size

    def findings(self) -> tuple[Finding, ...]:
        """List what was counted, with sizes summed up and how often each was seen."""
        return tuple(replace(key, size=size, count=count) for key, (count, size) in self._sums.items())
