"""Reads serial numbers, names and lenses from the maker notes of some makers. Their forms are those of exiftool.

A maker note is the maker's own TIFF directory. Its offsets count from the EXIF block, or from the note itself.
"""

from contextlib import suppress
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.details.texts import decode, read_number
from chalicelib.imaging.metadata.details.values import Details, Topic
from chalicelib.imaging.metadata.exif.directories import Entry, TiffReader, open_tiff

_Tags = dict[int, tuple[Topic, str]]
_PANASONIC: _Tags = {
    0x25: (Topic.SERIALS, "InternalSerialNumber"),
    0x51: (Topic.LENS, "LensType"),
    0x52: (Topic.SERIALS, "LensSerialNumber"),
    0x65: (Topic.CAPTIONS, "Title"),
    0x66: (Topic.NAMES, "BabyName"),
    0x67: (Topic.PLACES, "Location"),
    0x69: (Topic.PLACES, "Country"),
    0x6B: (Topic.PLACES, "State"),
    0x6D: (Topic.PLACES, "City"),
    0x6F: (Topic.PLACES, "Landmark"),
}
_CANON: _Tags = {
    0x06: (Topic.CAMERA, "CanonImageType"),
    0x07: (Topic.SOFTWARE, "CanonFirmwareVersion"),
    0x09: (Topic.NAMES, "OwnerName"),
    0x0C: (Topic.SERIALS, "SerialNumber"),
    0x28: (Topic.SERIALS, "ImageUniqueID"),
    0x95: (Topic.LENS, "LensModel"),
    0x96: (Topic.SERIALS, "InternalSerialNumber"),
}
_NIKON: _Tags = {0x1D: (Topic.SERIALS, "SerialNumber"), 0xA0: (Topic.SERIALS, "SerialNumber")}
_FUJIFILM: _Tags = {0x10: (Topic.SERIALS, "InternalSerialNumber")}
_APPLE: _Tags = {
    0x11: (Topic.SERIALS, "ContentIdentifier"),
    0x15: (Topic.SERIALS, "ImageUniqueID"),
    0x20: (Topic.SERIALS, "ImageCaptureRequestID"),
    0x2B: (Topic.SERIALS, "PhotoIdentifier"),
}
#: The directory of Olympus that holds the serial numbers, and its tags.
_EQUIPMENT, _OLYMPUS = 0x2010, {0x101: (Topic.SERIALS, "SerialNumber"), 0x202: (Topic.SERIALS, "LensSerialNumber")}
#: The most fields of a maker note that are read.
_MAX_FIELDS = 512


class _Note(NamedTuple):
    """Where the directory of a maker note is, what its offsets count from, and the tags to read."""

    reader: TiffReader
    at: int
    tags: _Tags


def read_maker_note(reader: TiffReader, entry: Entry, details: Details) -> None:
    """Add the values of the note of a known maker. A note that is broken or of another maker has none."""
    with suppress(CorruptImage):
        note = _open(reader, entry)
        if note:
            for field in list(note.reader.read_entries(note.at))[:_MAX_FIELDS]:
                if field.tag in note.tags and note.reader.is_readable(field):
                    topic, name = note.tags[field.tag]
                    details.add(topic, name, _read_text(note.reader, field), "maker note")


def _open(reader: TiffReader, entry: Entry) -> _Note | None:
    note = reader.read_value(entry)
    if note.startswith(b"Panasonic\0"):
        return _Note(reader, entry.at + 12, _PANASONIC)
    if note.startswith(b"Nikon\0\x02"):
        own = open_tiff(note[10:])
        return _Note(own, own.first_at, _NIKON)
    if note.startswith(b"FUJIFILM"):
        return _Note(TiffReader(note, "<", False, 0), int.from_bytes(note[8:12], "little"), _FUJIFILM)
    if note.startswith(b"Apple iOS\0"):
        return _Note(TiffReader(note, "<" if note[12:14] == b"II" else ">", False, 0), 14, _APPLE)
    if note.startswith((b"OLYMPUS\0", b"OM SYSTEM\0")):
        return _open_olympus(note)
    make = _find_make(reader)
    return _Note(reader, entry.at, _CANON) if make.startswith(b"Canon") else None


def _open_olympus(note: bytes) -> _Note | None:
    at = 16 if note.startswith(b"OM SYSTEM") else 12
    reader = TiffReader(note, "<" if note[at - 4 : at - 2] == b"II" else ">", False, 0)
    pointer = next((field for field in reader.read_entries(at) if field.tag == _EQUIPMENT), None)
    return _Note(reader, reader.read_integers(pointer, 1)[0], _OLYMPUS) if pointer else None


def _find_make(reader: TiffReader) -> bytes:
    for entry in reader.read_entries(reader.first_at):
        if entry.tag == 0x010F:
            return reader.read_value(entry)
    return b""


def _read_text(reader: TiffReader, entry: Entry) -> str:
    if entry.tag == 0x28 and entry.size == 16:
        value = reader.read_value(entry)
        return value.hex() if any(value) else ""
    if entry.type in (1, 2, 6, 7):
        return decode(reader.read_value(entry).partition(b"\0")[0])
    return " ".join(map(read_number, reader.read_numbers(entry, 16)))
