"""What an EXIF block carries: a TIFF block of directories, read within bounds and never trusted (Exif 3.0, 4.6)."""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import TYPE_SIZES, Budget, Directory, Entry, TiffReader, open_tiff
from chalicelib.imaging.metadata.findings import Finding, Kind

ORIENTATION = 0x0112
_EXIF_POINTER = 0x8769
_GPS_POINTER = 0x8825
_POINTERS = {_EXIF_POINTER: "Exif", _GPS_POINTER: "GPS", 0xA005: "Interop", 0x014A: "SubIFD"}
#: Tags that are findings of their own: what they hold names a device or a person, or is a picture.
_TELLING = {
    0x927C: (Kind.MAKERNOTE, "camera maker's block"),
    0xA430: (Kind.SERIAL, "camera owner's name"),
    0xA431: (Kind.SERIAL, "camera serial number"),
    0xA435: (Kind.SERIAL, "lens serial number"),
    0xA420: (Kind.SERIAL, "unique image number"),
    0xC62F: (Kind.SERIAL, "camera serial number"),
    0x02BC: (Kind.XMP, "XMP packet inside EXIF"),
    0x83BB: (Kind.IPTC, "IPTC records inside EXIF"),
}
_JPEG_LENGTH = 0x0202
_STRIP_LENGTHS = 0x0117
#: Exif nests IFD0, Exif, Interop; anything deeper is no camera's.
_DEPTH = 4
#: Many fields may share one list of pointers; following it again for each would cost the square of the file.
_POINTERS_READ = 64


@dataclass(frozen=True)
class Part:
    """One thing inside the block that is worth a finding of its own; `path` is like IFD0/Exif."""

    kind: Kind
    path: str
    size: int
    summary: str


@dataclass(frozen=True)
class ExifSummary:
    """What an EXIF block holds: the orientation (1 to 8), its parts, and whether it is broken somewhere."""

    orientation: int
    size: int
    fields: int
    broken: bool
    bare: bool
    parts: tuple[Part, ...]

    def findings(self, where: str) -> tuple[Finding, ...]:
        """List the findings, the block itself first; one allowed finding when it holds nothing but Orientation."""
        if self.bare:
            return (Finding(Kind.ORIENTATION, where, self.size, f"orientation {self.orientation}", allowed=True),)
        state = "broken EXIF block" if self.broken else "EXIF block"
        whole = Finding(Kind.EXIF, where, self.size, f"{state} with {self.fields} fields")
        return (whole, *(Finding(part.kind, f"{where} {part.path}", part.size, part.summary) for part in self.parts))


def read_exif(tiff_block: bytes) -> ExifSummary:
    """Read an EXIF block without its "Exif\\0\\0" prefix; a broken one is reported as such, never raised."""
    try:
        reader = open_tiff(tiff_block)
    except CorruptImage:
        return ExifSummary(1, len(tiff_block), 0, broken=True, bare=False, parts=())
    survey = Survey(reader, Budget(len(tiff_block)))
    survey.follow(reader.first_at, "IFD0", 0)
    orientation = read_orientation(reader)
    bare = tiff_block[:26] in _minimal_blocks(orientation) and not any(tiff_block[26:])
    return ExifSummary(orientation, len(tiff_block), survey.fields, survey.broken, bare, tuple(survey.parts))


def minimal_exif(orientation: int) -> bytes:
    """Build the smallest TIFF block that holds an orientation and nothing else: 26 bytes, big-endian."""
    return _minimal_block(orientation, ">")


def _minimal_block(orientation: int, order: str) -> bytes:
    mark = b"MM" if order == ">" else b"II"
    return mark + struct.pack(f"{order}HIHHHIHHI", 42, 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def _minimal_blocks(orientation: int) -> tuple[bytes, bytes]:
    return _minimal_block(orientation, ">"), _minimal_block(orientation, "<")


def read_orientation(reader: TiffReader) -> int:
    """Read the orientation of the first directory as Pillow does; 1 when it is absent, invalid or out of reach.

    Pillow stops reading a directory at the first value that is cut off, and the first field of a tag wins.
    """
    try:
        entry = next((entry for entry in _pillow_entries(reader) if entry.tag == ORIENTATION), None)
        numbers = reader.numbers(entry, 1) if entry and entry.type != 1 else ()
    except CorruptImage:
        return 1
    return int(numbers[0]) if numbers and numbers[0] in range(1, 9) else 1


def _pillow_entries(reader: TiffReader) -> Iterator[Entry]:
    (count,) = reader.unpack("Q" if reader.big else "H", reader.first_at)
    first = reader.first_at + (8 if reader.big else 2)
    spent = 0
    for at in range(first, first + count * reader.entry_size, reader.entry_size):
        entry = reader.entry(at)
        spent += 0 if entry.inline else entry.size
        if entry.type not in TYPE_SIZES or spent > len(reader.data):
            continue
        if entry.size:
            reader.check(entry)
            yield entry


class Survey:
    """One walk over all directories of a block that gathers what is worth telling."""

    def __init__(self, reader: TiffReader, budget: Budget) -> None:
        self.reader = reader
        self.budget = budget
        self.pointers = _POINTERS_READ
        self.parts: list[Part] = []
        self.fields = 0
        self.broken = False
        #: Offset and size of each directory, and of each value that lies outside of one, in turns.
        self.reached = array("Q")

    @property
    def size(self) -> int:
        """Tell the bytes of what was reached."""
        return sum(self.reached[1::2])

    def follow(self, at: int, path: str, depth: int) -> None:
        """Walk the directory at an offset and those that it points at; a broken one is marked."""
        try:
            directory = self.reader.directory(at, self.budget)
        except CorruptImage:
            self.broken = True
            return
        self.fields += len(directory.entries)
        self.reached.extend((directory.at, directory.size))
        for entry in directory.entries:
            self._weigh(entry, path, depth)
        if path == "IFD0" and directory.next_at:
            self.follow(directory.next_at, "IFD1", 0)
        if path == "IFD1":
            self._add_thumbnail(directory)

    def _weigh(self, entry: Entry, path: str, depth: int) -> None:
        if entry.type not in TYPE_SIZES or not self.reader.readable(entry):
            self.broken = self.broken or entry.size > 0 or entry.type not in TYPE_SIZES
            return
        if not entry.inline:
            self.reached.extend((entry.at, entry.size))
        if entry.tag in _TELLING:
            kind, summary = _TELLING[entry.tag]
            self.parts.append(Part(kind, path, entry.size, summary))
        if entry.tag in _POINTERS and depth < _DEPTH:
            self._descend(entry, f"{path}/{_POINTERS[entry.tag]}", depth + 1)

    def _descend(self, entry: Entry, path: str, depth: int) -> None:
        before, index = len(self.reached), len(self.parts)
        places = self.reader.integers(entry, self.pointers)
        self.pointers -= len(places)
        self.broken = self.broken or not self.pointers
        for at in places:
            self.follow(at, path, depth)
        if entry.tag == _GPS_POINTER:
            self.parts.insert(index, Part(Kind.GPS, path, sum(self.reached[before + 1 :: 2]), "GPS directory"))

    def _add_thumbnail(self, directory: Directory) -> None:
        first = {entry.tag: entry for entry in reversed(directory.entries)}
        lengths = [first[tag] for tag in (_JPEG_LENGTH, _STRIP_LENGTHS) if tag in first]
        sizes = [self.reader.integers(entry) for entry in lengths if self.reader.readable(entry)]
        self.parts.append(Part(Kind.THUMBNAIL, "IFD1", sum(map(sum, sizes)), "thumbnail"))
