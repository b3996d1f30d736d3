"""Read the values of an EXIF block that a scrub keeps besides the orientation: density, Adobe RGB, HDR headroom.

A broken block has none of them. No error is raised.
"""

from collections.abc import Collection
from contextlib import suppress
from fractions import Fraction

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import Entry, TiffReader, open_tiff
from chalicelib.imaging.metadata.exif.minimal import (
    ADOBE_RGB_INDEX,
    APPLE_NOTE,
    COLOR_SPACE,
    EXIF_IFD,
    HEADROOM_TAGS,
    INTEROP_IFD,
    INTEROP_INDEX,
    MAKER_NOTE,
    RESOLUTION_UNIT,
    UNCALIBRATED,
    X_RESOLUTION,
    Y_RESOLUTION,
    Density,
    KeptExif,
    round_density,
    round_headroom,
)

_INCH, _CENTIMETRE = 2, 3
#: Exif allows 1 (sRGB) and 65535. Some cameras write 2 for Adobe RGB.
_ADOBE_RGB_SPACES = (2, UNCALIBRATED)
_RATIONALS = {5: "II", 10: "ii"}
_Fields = dict[int, Entry]


def read_values(block: bytes) -> KeptExif:
    """Return the density, the colour space and the headroom that a TIFF block holds. The orientation is not read."""
    try:
        reader = open_tiff(block)
    except CorruptImage:
        return KeptExif()
    first = _find(reader, reader.first_at, (X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, EXIF_IFD))
    exif = _follow(reader, first.get(EXIF_IFD), (COLOR_SPACE, INTEROP_IFD, MAKER_NOTE))
    return KeptExif(
        density=_read_density(reader, first),
        is_adobe_rgb=_is_adobe_rgb(reader, exif),
        headroom=_read_headroom(reader.read_value(exif[MAKER_NOTE])) if MAKER_NOTE in exif else None,
    )


def _find(reader: TiffReader, at: int, tags: Collection[int]) -> _Fields:
    """Return the first readable field of each tag in the directory at an offset."""
    found: _Fields = {}
    with suppress(CorruptImage):
        for entry in reader.read_entries(at):
            if entry.tag in tags and reader.is_readable(entry):
                found.setdefault(entry.tag, entry)
    return found


def _follow(reader: TiffReader, pointer: Entry | None, tags: Collection[int]) -> _Fields:
    offsets = reader.read_integers(pointer, 1) if pointer else ()
    return _find(reader, offsets[0], tags) if offsets else {}


def _read_density(reader: TiffReader, first: _Fields) -> Density | None:
    """Return the density. The unit is the inch if there is none (Exif 3.0, 4.6.5.1), and one value counts for both."""
    unit = _read_integer(reader, first.get(RESOLUTION_UNIT), _INCH)
    numbers = [_read_rational(reader, first[tag]) for tag in (X_RESOLUTION, Y_RESOLUTION) if tag in first]
    rounded = [round_density(number) for number in numbers if number is not None]
    if not rounded or None in rounded or unit not in (_INCH, _CENTIMETRE):
        return None
    return Density(rounded[0] or Fraction(), rounded[-1] or Fraction(), unit)


def _is_adobe_rgb(reader: TiffReader, exif: _Fields) -> bool:
    index = _follow(reader, exif.get(INTEROP_IFD), (INTEROP_INDEX,)).get(INTEROP_INDEX)
    is_index = index is not None and reader.read_value(index)[:3] == ADOBE_RGB_INDEX[:3]
    return is_index and _read_integer(reader, exif.get(COLOR_SPACE), 0) in _ADOBE_RGB_SPACES


def _read_headroom(note: bytes) -> tuple[Fraction, Fraction] | None:
    """Return the two values from which readers compute the headroom of an Apple gain map."""
    if not note.startswith(APPLE_NOTE[:10]):
        return None
    reader = TiffReader(note, "<" if note[12:14] == b"II" else ">", big=False, first_at=len(APPLE_NOTE))
    fields = _find(reader, reader.first_at, HEADROOM_TAGS)
    numbers = [_read_rational(reader, fields[tag]) for tag in HEADROOM_TAGS if tag in fields]
    rounded = [round_headroom(number) for number in numbers if number is not None]
    if len(rounded) < 2 or rounded[0] is None or rounded[1] is None:
        return None
    return rounded[0], rounded[1]


def _read_integer(reader: TiffReader, entry: Entry | None, default: int) -> int:
    numbers = reader.read_integers(entry, 1) if entry else ()
    return numbers[0] if numbers else default


def _read_rational(reader: TiffReader, entry: Entry) -> Fraction | None:
    codes = _RATIONALS.get(entry.type)
    top, bottom = reader.unpack(codes, entry.at) if codes else (0, 0)
    return Fraction(top, bottom) if bottom else None
