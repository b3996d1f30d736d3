"""Read an EXIF block: its orientation, and findings for what it holds (Exif 3.0 section 4.6).

A broken block is reported and never raises an error. No finding repeats a value of the block.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import (
    TYPE_SIZES,
    Directory,
    DirectoryLimits,
    Entry,
    TiffReader,
    open_tiff,
)
from chalicelib.imaging.metadata.exif.minimal import EXIF_IFD, ORIENTATION, KeptExif, write_exif
from chalicelib.imaging.metadata.exif.values import read_values
from chalicelib.imaging.metadata.findings import Finding, Kind

_GPS_IFD = 0x8825
_IFD_NAMES = {EXIF_IFD: "Exif", _GPS_IFD: "GPS", 0xA005: "Interop", 0x014A: "SubIFD"}
#: Tags with a finding of their own: their values name a device or a person, or are metadata of another kind.
_REPORTED_TAGS = {
    0x927C: (Kind.MAKERNOTE, "camera maker's block"),
    0xA430: (Kind.SERIAL, "camera owner's name"),
    0xA431: (Kind.SERIAL, "camera serial number"),
    0xA435: (Kind.SERIAL, "lens serial number"),
    0xA420: (Kind.SERIAL, "unique image number"),
    0xC62F: (Kind.SERIAL, "camera serial number"),
    0x02BC: (Kind.XMP, "XMP packet inside EXIF"),
    0x83BB: (Kind.IPTC, "IPTC records inside EXIF"),
}
#: Pillow does not know the signed and the directory type of BigTIFF.
_PILLOW_TYPES = TYPE_SIZES.keys() - {17, 18}
_JPEG_LENGTH = 0x0202
_STRIP_BYTE_COUNTS = 0x0117
#: Exif nests IFD0, Exif IFD and Interoperability IFD. No camera nests deeper than this.
_MAX_DEPTH = 4
#: The maximum number of pointers to follow in one block. Fields may share a list of pointers. To follow it for each
#: field would cost quadratic time.
_MAX_POINTERS = 64


@dataclass(frozen=True)
class Part:
    """One piece of an EXIF block with a finding of its own. `path` names its directory, as in IFD0/Exif."""

    kind: Kind
    path: str
    size: int
    summary: str


@dataclass(frozen=True)
class ExifSummary:
    """What an EXIF block holds: its orientation (1 to 8), its size in bytes, the number of its fields, and its parts.

    `broken` is true if any part of it cannot be read. `minimal` has the values of a block that holds nothing else.
    """

    orientation: int
    size: int
    fields: int
    broken: bool
    minimal: KeptExif
    parts: tuple[Part, ...]

    def findings(self, where: str) -> tuple[Finding, ...]:
        """Return the finding of the whole block, then one for each part; only the values of a minimal block."""
        if self.minimal:
            first, *others = (Finding(kind, where, 0, summary, allowed=True) for kind, summary in self._kept_values())
            return (replace(first, size=self.size), *others)
        state = "broken EXIF block" if self.broken else "EXIF block"
        whole = Finding(Kind.EXIF, where, self.size, f"{state} with {self.fields} fields")
        return (whole, *(Finding(part.kind, f"{where} {part.path}", part.size, part.summary) for part in self.parts))

    def _kept_values(self) -> Iterator[tuple[Kind, str]]:
        if self.minimal.orientation is not None:
            yield Kind.ORIENTATION, f"orientation {self.orientation}"
        if self.minimal.density:
            yield Kind.DENSITY, "pixel density in EXIF"
        if self.minimal.is_adobe_rgb:
            yield Kind.COLOR, "Adobe RGB in EXIF"
        if self.minimal.headroom:
            yield Kind.GAIN_MAP, "headroom of the gain map in EXIF"


def read_exif(tiff_block: bytes) -> ExifSummary:
    """Read an EXIF block without its "Exif\\0\\0" prefix. An unreadable block is `broken`; no error is raised."""
    try:
        reader = open_tiff(tiff_block)
    except CorruptImage:
        return ExifSummary(1, len(tiff_block), 0, broken=True, minimal=KeptExif(), parts=())
    walker = ExifWalker(reader, DirectoryLimits(len(tiff_block)))
    first = walker.walk(reader.first_at, "IFD0", 0)
    orientation = read_orientation(reader, first.entries if first else reader.read_entries(reader.first_at))
    kept = replace(read_values(tiff_block), orientation=orientation)
    minimal = kept if tiff_block in (write_exif(kept), write_exif(kept, "<")) else KeptExif()
    return ExifSummary(orientation or 1, len(tiff_block), walker.fields, walker.broken, minimal, tuple(walker.parts))


def minimal_exif(orientation: int) -> bytes:
    """Return the smallest TIFF block that holds only an orientation: 26 bytes, big-endian."""
    return write_exif(KeptExif(orientation))


def read_orientation(reader: TiffReader, entries: Iterable[Entry]) -> int | None:
    """Return the orientation in the entries of a directory as Pillow reads it: 1 if its value is invalid.

    Returns None if Pillow finds no such field. Pillow stops at the first value that is cut off.
    """
    try:
        entry = next((entry for entry in _pillow_entries(reader, entries) if entry.tag == ORIENTATION), None)
    except CorruptImage:
        return None
    if entry is None:
        return None
    numbers = reader.read_numbers(entry, 1) if entry.type != 1 else ()
    return int(numbers[0]) if numbers and numbers[0] in range(1, 9) else 1


def _pillow_entries(reader: TiffReader, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries that Pillow accepts. It skips an entry if all values so far would be larger than the block."""
    accepted = bytearray(1 << 13)  # one bit for each tag: a set of all tags would need megabytes
    value_bytes = 0
    for entry in entries:
        index, bit = entry.tag >> 3, 1 << (entry.tag & 7)
        if accepted[index] & bit or entry.type not in _PILLOW_TYPES:
            continue
        value_bytes += 0 if entry.inline else entry.size
        if entry.size == 0 or (not entry.inline and value_bytes > len(reader.data)):
            continue
        reader.check_value(entry)
        accepted[index] |= bit
        yield entry


class ExifWalker:
    """Walk all directories of a block once, and collect its parts and the byte ranges that it uses."""

    def __init__(self, reader: TiffReader, limits: DirectoryLimits) -> None:
        self.reader = reader
        self.limits = limits
        self.pointers_left = _MAX_POINTERS
        self.parts: list[Part] = []
        self.fields = 0
        self.broken = False
        #: The directories, and the values outside them: offset, size, offset, size, ...
        self.ranges = array("Q")

    @property
    def size(self) -> int:
        """Return the bytes of all directories and values that were found."""
        return sum(self.ranges[1::2])

    def walk(self, at: int, path: str, depth: int) -> Directory | None:
        """Walk a directory and those that it points to. If it cannot be read, set `broken` and return None."""
        try:
            directory = self.reader.read_directory(at, self.limits)
        except CorruptImage:
            self.broken = True
            return None
        self.fields += len(directory.entries)
        self.ranges.extend((directory.at, directory.size))
        for entry in directory.entries:
            self._visit(entry, path, depth)
        if path == "IFD0" and directory.next_at:
            self.walk(directory.next_at, "IFD1", 0)
        if path == "IFD1":
            self._add_thumbnail(directory)
        return directory

    def _visit(self, entry: Entry, path: str, depth: int) -> None:
        if entry.type not in TYPE_SIZES or not self.reader.is_readable(entry):
            self.broken = self.broken or entry.size > 0 or entry.type not in TYPE_SIZES
            return
        if not entry.inline:
            self.ranges.extend((entry.at, entry.size))
        if entry.tag in _REPORTED_TAGS:
            kind, summary = _REPORTED_TAGS[entry.tag]
            self.parts.append(Part(kind, path, entry.size, summary))
        if entry.tag in _IFD_NAMES and depth < _MAX_DEPTH:
            self._walk_pointers(entry, f"{path}/{_IFD_NAMES[entry.tag]}", depth + 1)

    def _walk_pointers(self, entry: Entry, path: str, depth: int) -> None:
        first_range, first_part = len(self.ranges), len(self.parts)
        offsets = self.reader.read_integers(entry, self.pointers_left)
        self.pointers_left -= len(offsets)
        self.broken = self.broken or not self.pointers_left
        for at in offsets:
            self.walk(at, path, depth)
        if entry.tag == _GPS_IFD:
            size = sum(self.ranges[first_range + 1 :: 2])
            self.parts.insert(first_part, Part(Kind.GPS, path, size, "GPS directory"))

    def _add_thumbnail(self, directory: Directory) -> None:
        first = {entry.tag: entry for entry in reversed(directory.entries)}
        lengths = [first[tag] for tag in (_JPEG_LENGTH, _STRIP_BYTE_COUNTS) if tag in first]
        sizes = [self.reader.read_integers(entry) for entry in lengths if self.reader.is_readable(entry)]
        self.parts.append(Part(Kind.THUMBNAIL, "IFD1", sum(map(sum, sizes)), "thumbnail"))
