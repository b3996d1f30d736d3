"""Reads the values that a caller asks to keep: credit, date, description and camera, wherever the photo holds them."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields

from chalicelib.errors import CorruptImage
from chalicelib.imaging.keep import Keep
from chalicelib.imaging.metadata.details import read_details
from chalicelib.imaging.metadata.details.values import Details
from chalicelib.imaging.metadata.findings import Finding, Kind

#: Bytes of one text. All of them must fit into one segment of a JPEG, of 64 KiB.
_MAX_TEXT = 6 << 10
_DATE = re.compile(r"(\d{4}:\d{2}:\d{2})(?: (\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([+-]\d{2}:\d{2}|Z)?)?")
#: Where each value is looked for, in this order: source and name.
_PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "creator": (("EXIF", "Artist"), ("XMP", "dc:creator"), ("IPTC", "By-line"), ("PNG", "Author")),
    "rights": (("EXIF", "Copyright"), ("XMP", "dc:rights"), ("IPTC", "CopyrightNotice"), ("PNG", "Copyright")),
    "credit": (("XMP", "photoshop:Credit"), ("IPTC", "Credit")),
    "terms": (("XMP", "xmpRights:UsageTerms"),),
    "statement": (("XMP", "xmpRights:WebStatement"),),
    "date": (
        ("EXIF", "DateTimeOriginal"),
        ("XMP", "exif:DateTimeOriginal"),
        ("XMP", "photoshop:DateCreated"),
        ("IPTC", "DateCreated"),
        ("EXIF", "DateTimeDigitized"),
        ("XMP", "xmp:CreateDate"),
    ),
    "title": (("XMP", "dc:title"), ("IPTC", "ObjectName"), ("PNG", "Title"), ("EXIF", "ImageTitle")),
    "description": (
        ("EXIF", "ImageDescription"),
        ("XMP", "dc:description"),
        ("IPTC", "Caption-Abstract"),
        ("PNG", "Description"),
    ),
    "make": (("EXIF", "Make"), ("XMP", "tiff:Make")),
    "model": (("EXIF", "Model"), ("XMP", "tiff:Model")),
}
_NAMES = {
    Keep.COPYRIGHT: ("creator", "rights", "credit", "terms", "statement"),
    Keep.DATE: ("date",),
    Keep.DESCRIPTION: ("title", "description"),
    Keep.CAMERA: ("make", "model"),
}


@dataclass(frozen=True)
class Credit:
    """The values to keep; "" for what the photo lacks or nobody asked for. `date` is spelled as in EXIF."""

    creator: str = ""
    rights: str = ""
    credit: str = ""
    terms: str = ""
    statement: str = ""
    date: str = ""
    title: str = ""
    description: str = ""
    make: str = ""
    model: str = ""

    def __bool__(self) -> bool:
        return self != Credit()

    def findings(self) -> tuple[Finding, ...]:
        """Return a finding for each word of the request with a value. The summary does not repeat a value."""
        return tuple(_count(self))


def read_credit(data: bytes, keep: Collection[Keep]) -> Credit:
    """Return what a photo holds of the values to keep. Raises CorruptImage if a text is too long to be kept whole."""
    details = read_details(data)
    wanted = {name: _find(details, name) for word in keep for name in _NAMES[word]}
    return Credit(**{name: _check(name, value) for name, value in wanted.items()})


def split_date(date: str) -> tuple[str, str, str, str]:
    """Return date, time, the digits of the fraction of a second, and the offset from UTC; "" for what is missing."""
    found = _DATE.fullmatch(date)
    day, time, fraction, offset = found.groups("") if found else ("", "", "", "")
    return day, time, fraction, offset


def _find(details: Details, name: str) -> str:
    listed = [each for topic in details.values.values() for each in topic]
    for source, known in _PLACES[name]:
        values = [each.value for each in listed if (each.source, each.name) == (source, known)]
        if name == "date":
            values = [value for value in values if _DATE.fullmatch(value)]
        if values:
            return "; ".join(values) if name == "creator" else values[0]
    return ""


def _check(name: str, value: str) -> str:
    """Return a text without characters that XML cannot hold."""
    clean = "".join(letter for letter in value if letter.isprintable() or letter in "\n\t").strip()
    if len(clean.encode("utf-8", "replace")) > _MAX_TEXT:
        raise CorruptImage(f"The {name} of the photo is too long to be kept.", code="keep_too_long")
    return clean.encode("utf-8", "replace").decode()


def _count(credit: Credit) -> Iterator[Finding]:
    present = {each.name: getattr(credit, each.name) for each in fields(credit) if getattr(credit, each.name)}
    for word, names in _NAMES.items():
        values = [present[name] for name in names if name in present]
        if values:
            size = sum(len(value.encode()) for value in values)
            yield Finding(Kind(word.value), "EXIF and XMP", size, f"{word} kept", allowed=True, count=len(values))
