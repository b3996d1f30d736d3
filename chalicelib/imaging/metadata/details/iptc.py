"""Reads IPTC records (IIM 4.2) and the Photoshop image resources that hold them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.imaging.metadata.details.texts import decode
from chalicelib.imaging.metadata.details.values import Details, Topic

#: Data sets of record 2 whose values are shown, with their names in IIM 4.2.
_SETS = {
    5: (Topic.CAPTIONS, "ObjectName"),
    15: (Topic.CAPTIONS, "Category"),
    20: (Topic.CAPTIONS, "SupplementalCategory"),
    25: (Topic.CAPTIONS, "Keywords"),
    40: (Topic.CAPTIONS, "SpecialInstructions"),
    103: (Topic.CAPTIONS, "OriginalTransmissionReference"),
    105: (Topic.CAPTIONS, "Headline"),
    120: (Topic.CAPTIONS, "Caption-Abstract"),
    65: (Topic.SOFTWARE, "OriginatingProgram"),
    80: (Topic.NAMES, "By-line"),
    85: (Topic.NAMES, "By-lineTitle"),
    110: (Topic.NAMES, "Credit"),
    115: (Topic.NAMES, "Source"),
    116: (Topic.NAMES, "CopyrightNotice"),
    118: (Topic.NAMES, "Contact"),
    122: (Topic.NAMES, "Writer-Editor"),
    26: (Topic.PLACES, "ContentLocationCode"),
    27: (Topic.PLACES, "ContentLocationName"),
    90: (Topic.PLACES, "City"),
    92: (Topic.PLACES, "Sub-location"),
    95: (Topic.PLACES, "Province-State"),
    100: (Topic.PLACES, "Country-PrimaryLocationCode"),
    101: (Topic.PLACES, "Country-PrimaryLocationName"),
    70: (Topic.SOFTWARE, "ProgramVersion"),
}
#: For each date: its data set, and that of its time.
_DATES = {"DateCreated": (55, 60), "DigitalCreationDate": (62, 63), "ReleaseDate": (30, 35), "ExpirationDate": (37, 38)}
_CHARACTER_SET, _UTF8 = (1, 90), b"\x1b%G"
#: Photoshop's resources: IPTC, EXIF, XMP, and a thumbnail with a header of 28 bytes.
IPTC_RESOURCE, EXIF_RESOURCES, XMP_RESOURCE, THUMBNAIL_RESOURCE = 0x0404, (0x0422, 0x0423), 0x0424, 0x040C
THUMBNAIL_HEADER = 28
_MAX_RECORDS, _MAX_RESOURCES = 4096, 1024


class Record(NamedTuple):
    """One data set: the number of its record, its own number, and its bytes."""

    record: int
    number: int
    value: bytes


def read_iptc(data: bytes, details: Details) -> None:
    """Add the values of a block of records. A broken record ends the block."""
    records = list(_walk(data))
    details.is_complete = details.is_complete and len(records) < _MAX_RECORDS
    is_utf8 = any((each.record, each.number) == _CHARACTER_SET and each.value == _UTF8 for each in records)
    encoding = "utf-8" if is_utf8 else "cp1252"
    application = [each for each in records if each.record == 2]
    for each in application:
        if each.number in _SETS:
            topic, name = _SETS[each.number]
            details.add(topic, name, each.value.rstrip(b"\0").decode(encoding, "replace"), "IPTC")
    _add_dates({each.number: decode(each.value).strip("\0 ") for each in reversed(application)}, details)


def _walk(data: bytes) -> Iterator[Record]:
    """Yield the data sets. A length over 32767 is extended: its other bits count the bytes of the length (1.6.1)."""
    at = 0
    for _ in range(_MAX_RECORDS):
        if data[at : at + 1] != b"\x1c" or at + 5 > len(data):
            return
        size, start = int.from_bytes(data[at + 3 : at + 5], "big"), at + 5
        if size & 0x8000:
            width = size & 0x7FFF
            size, start = int.from_bytes(data[start : start + min(width, 8)], "big"), start + width
        if start + size > len(data):
            return
        yield Record(data[at + 1], data[at + 2], data[start : start + size])
        at = start + size


def _add_dates(texts: dict[int, str], details: Details) -> None:
    for name, (date_set, time_set) in _DATES.items():
        date = re.sub(r"^(\d{4})\D*(\d{2})\D*(\d{2})$", r"\1:\2:\3", texts.get(date_set, ""))
        time = re.sub(r"^(\d{2})(\d{2})(\d{2})", r"\1:\2:\3", texts.get(time_set, ""))
        time = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", time)
        details.add(Topic.TIMES, name, f"{date} {time}".strip(), "IPTC")


def walk_resources(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each Photoshop resource (Adobe Photoshop File Formats, "Image Resource Blocks")."""
    at = 0
    for _ in range(_MAX_RESOURCES):
        if data[at : at + 4] not in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"):
            return
        name_size = data[at + 6] if at + 6 < len(data) else 0
        size_at = at + 6 + (name_size + 2) // 2 * 2
        size, start = int.from_bytes(data[size_at : size_at + 4], "big"), size_at + 4
        if start + size > len(data):
            return
        yield int.from_bytes(data[at + 4 : at + 6], "big"), data[start : start + size]
        at = start + size + size % 2
