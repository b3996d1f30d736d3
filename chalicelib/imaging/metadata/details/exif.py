"""Reads the values of an EXIF block (Exif 3.0, TIFF 6.0, Microsoft's XP tags). A broken part is left out.

Values are spelled as exiftool spells them, so that people can compare both.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.details.gps import read_gps
from chalicelib.imaging.metadata.details.makers import read_maker_note
from chalicelib.imaging.metadata.details.tags import EXIF_TIMES, TAGS, Text
from chalicelib.imaging.metadata.details.texts import decode, decode_comment, read_number
from chalicelib.imaging.metadata.details.values import Details, Topic
from chalicelib.imaging.metadata.exif.directories import DirectoryLimits, Entry, TiffReader, open_tiff

_EXIF_IFD, _GPS_IFD, _MAKER_NOTE = 0x8769, 0x8825, 0x927C
_XMP, _IPTC, _PHOTOSHOP = 0x02BC, 0x83BB, 0x8649
_THUMBNAIL_AT, _THUMBNAIL_SIZE = 0x0201, 0x0202
#: Directories of the chain that are read: the picture, its thumbnail, and the pages of a TIFF.
_MAX_CHAIN = 64
Fields = dict[int, Entry]


def read_exif(block: bytes, details: Details) -> Iterator[tuple[int, bytes]]:
    """Add the values of a block. Yield the tag and the bytes of each block of another kind inside it."""
    with suppress(CorruptImage):
        reader = open_tiff(_remove_prefix(block))
        limits = DirectoryLimits(len(reader.data))
        for number, fields in enumerate(_read_chain(reader, limits)):
            source = "EXIF" if number == 0 else f"EXIF IFD{number}"
            yield from _read_directory(reader, fields, limits, details, source)
            if number:
                _add_thumbnail(reader, fields, details, source)


def _remove_prefix(block: bytes) -> bytes:
    return block.removeprefix(b"Exif\0\0").removeprefix(b"Exif\0\0")


def _read_chain(reader: TiffReader, limits: DirectoryLimits) -> Iterator[Fields]:
    at = reader.first_at
    for _ in range(_MAX_CHAIN):
        if not at:
            return
        try:
            directory = reader.read_directory(at, limits)
        except CorruptImage:
            # A directory that is cut off still has its first fields.
            yield _first_fields(reader, at)
            return
        yield _index(reader, directory.entries)
        at = directory.next_at


def _first_fields(reader: TiffReader, at: int) -> Fields:
    found: list[Entry] = []
    with suppress(CorruptImage):
        # What was found before an error stays: extend() keeps it.
        found.extend(reader.read_entries(at))
    return _index(reader, found[:512])


def _index(reader: TiffReader, entries: "tuple[Entry, ...] | list[Entry]") -> Fields:
    return {entry.tag: entry for entry in reversed(entries) if reader.is_readable(entry)}


def _follow(reader: TiffReader, fields: Fields, tag: int, limits: DirectoryLimits) -> Fields:
    with suppress(CorruptImage):
        offsets = reader.read_integers(fields[tag], 1) if tag in fields else ()
        if offsets:
            return _index(reader, reader.read_directory(offsets[0], limits).entries)
    return {}


def _read_directory(
    reader: TiffReader, first: Fields, limits: DirectoryLimits, details: Details, source: str
) -> Iterator[tuple[int, bytes]]:
    fields = _follow(reader, first, _EXIF_IFD, limits) | first
    for tag, (topic, name, text) in TAGS.items():
        if tag in fields:
            details.add(topic, name, _read_text(reader, fields[tag], text), source)
    _add_times(reader, fields, details, source)
    read_gps(reader, _follow(reader, first, _GPS_IFD, limits), details, source)
    if _MAKER_NOTE in fields:
        read_maker_note(reader, fields[_MAKER_NOTE], details)
    for tag in (_XMP, _IPTC, _PHOTOSHOP):
        if tag in fields:
            yield tag, reader.read_value(fields[tag])


def _read_text(reader: TiffReader, entry: Entry, text: Text) -> str:
    """Return a value as text. Numbers are separated by blanks."""
    if entry.type not in (1, 2, 6, 7):
        return " ".join(map(read_number, reader.read_numbers(entry, 16)))
    value = reader.read_value(entry)
    if text is Text.UTF16:
        return value[: len(value) & ~1].decode("utf-16-le", "replace").partition("\0")[0]
    if text is Text.COMMENT:
        return decode_comment(value, reader.order)
    if text is Text.COPYRIGHT:
        return decode(re.sub(rb" *\0.*", b"", re.sub(rb" *\0", b"\n", value, count=1), flags=re.DOTALL)).rstrip("\n")
    plain = decode(value.partition(b"\0")[0])
    return plain.rstrip() if text is Text.TRIMMED else plain


def _add_times(reader: TiffReader, fields: Fields, details: Details, source: str) -> None:
    """Add the three times, with fractions of a second and the offset from UTC if the block has them."""
    for name, tags in EXIF_TIMES.items():
        time, fraction, offset = (
            _read_text(reader, fields[tag], Text.TRIMMED) if tag in fields else "" for tag in tags
        )
        digits = re.match(r"\d+", fraction)
        if digits:
            time = re.sub(r"( \d{2}:\d{2}:\d{2})(?!\.\d)", rf"\g<1>.{digits[0]}", time)
        zone = re.match(r"([-+])(\d{1,2}):(\d{2})", offset)
        if zone and not re.search(r"[-+]", time):
            time += f"{zone[1]}{int(zone[2]):02}:{zone[3]}"
        if re.search(r"\d", time):
            details.add(Topic.TIMES, name, time, source)


def _add_thumbnail(reader: TiffReader, fields: Fields, details: Details, source: str) -> None:
    with suppress(CorruptImage):
        places = [reader.read_integers(fields[tag], 1) for tag in (_THUMBNAIL_AT, _THUMBNAIL_SIZE) if tag in fields]
        if len(places) == 2 and all(places):
            (at,), (size,) = places
            details.add_thumbnail(source, reader.data[at : at + size])
