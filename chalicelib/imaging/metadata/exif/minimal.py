"""Write a minimal EXIF block: only the values that change how a picture looks (Exif 3.0, DCF 2.0).

The block has one form for each set of values, so that no byte of it can hold anything else.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x0112, 0x011A, 0x011B, 0x0128
EXIF_IFD, INTEROP_IFD, COLOR_SPACE, MAKER_NOTE, INTEROP_INDEX = 0x8769, 0xA005, 0xA001, 0x927C, 0x0001
#: The Interoperability index of Adobe RGB (DCF 2.0, section 5.3). ColorSpace is then "uncalibrated" (Exif 3.0, 4.6.6).
ADOBE_RGB_INDEX = b"R03\0"
UNCALIBRATED = 0xFFFF
#: Texts that a caller may keep: DateTimeOriginal, OffsetTimeOriginal and SubSecTimeOriginal are in the Exif directory.
TEXTS_IN_EXIF = frozenset({0x9003, 0x9011, 0x9291})
#: The start of an Apple maker note: its name, its version and its byte order. A directory follows.
APPLE_NOTE = b"Apple iOS\0\0\1MM"
#: The two tags of an Apple maker note from which readers compute the headroom of an HDR gain map.
HEADROOM_TAGS = (0x21, 0x30)
_ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED, _SIGNED_RATIONAL = 2, 3, 4, 5, 7, 10
#: The largest denominators that are written. A free choice of both numbers could hide eight bytes.
_DENSITY_DENOMINATOR, _HEADROOM_DENOMINATOR = 1000, 1_000_000
_MAX_DENSITY, _MAX_HEADROOM = 0xFFFF, 16


class Density(NamedTuple):
    """Pixels per inch (unit 2) or per centimetre (unit 3), across and down."""

    x: Fraction
    y: Fraction
    unit: int


@dataclass(frozen=True)
class KeptExif:
    """The values of an EXIF block that a scrub may keep. None means that the block does not have the value."""

    orientation: int | None = None
    density: Density | None = None
    is_adobe_rgb: bool = False
    #: The values of the tags 0x21 and 0x30 of an Apple maker note.
    headroom: tuple[Fraction, Fraction] | None = None

    def __bool__(self) -> bool:
        return self != KeptExif()


@dataclass(frozen=True)
class _Field:
    """A field of a directory. `write` returns its bytes, for the offset at which they will stand."""

    tag: int
    type: int
    count: int
    write: Callable[[int], bytes]
    is_directory: bool = False


def round_density(value: Fraction) -> Fraction | None:
    """Return a density as the block can hold it, or None if it is zero or more than 65535."""
    rounded = value.limit_denominator(_DENSITY_DENOMINATOR)
    return rounded if 0 < rounded <= _MAX_DENSITY else None


def round_headroom(value: Fraction) -> Fraction | None:
    """Return a value of the headroom as the block can hold it, or None if no camera writes such a value."""
    rounded = value.limit_denominator(_HEADROOM_DENOMINATOR)
    return rounded if abs(rounded) <= _MAX_HEADROOM else None


def write_exif(kept: KeptExif, order: str = ">", texts: Mapping[int, bytes] | None = None) -> bytes:
    """Return the one block that holds these values, in the byte order ">" or "<".

    `texts` has further texts by tag, each with its last zero. Tags of TEXTS_IN_EXIF are in the Exif directory.
    """
    mark = b"MM" if order == ">" else b"II"
    fields = _first_fields(kept, order, texts or {})
    return mark + struct.pack(f"{order}HI", 42, 8) + _write_directory(order, 8, fields)


def write_exif_directory(kept: KeptExif, order: str, at: int, texts: Mapping[int, bytes]) -> bytes:
    """Return the one Exif directory with these values and texts, for the offset `at` of a TIFF file."""
    return _write_directory(order, at, _exif_fields(kept, order, texts))


def write_adobe_directory(order: str, at: int) -> bytes:
    """Return the one EXIF directory that says Adobe RGB and nothing else, for the offset `at` of a TIFF file."""
    return _write_directory(order, at, _exif_fields(KeptExif(is_adobe_rgb=True), order, {}))


def _first_fields(kept: KeptExif, order: str, texts: Mapping[int, bytes]) -> list[_Field]:
    fields = [_text(tag, text) for tag, text in texts.items() if tag not in TEXTS_IN_EXIF]
    fields += [] if kept.orientation is None else [_short(ORIENTATION, kept.orientation, order)]
    if kept.density:
        fields += [
            _number(X_RESOLUTION, kept.density.x, order),
            _number(Y_RESOLUTION, kept.density.y, order),
            _short(RESOLUTION_UNIT, kept.density.unit, order),
        ]
    if kept.is_adobe_rgb or kept.headroom or not TEXTS_IN_EXIF.isdisjoint(texts):
        fields.append(_directory(EXIF_IFD, order, _exif_fields(kept, order, texts)))
    return fields


def _exif_fields(kept: KeptExif, order: str, texts: Mapping[int, bytes]) -> list[_Field]:
    fields = [_text(tag, text) for tag, text in texts.items() if tag in TEXTS_IN_EXIF]
    if kept.headroom:
        note = _apple_note(kept.headroom)
        fields.append(_Field(MAKER_NOTE, _UNDEFINED, len(note), lambda _: note))
    if kept.is_adobe_rgb:
        index = _Field(INTEROP_INDEX, _ASCII, len(ADOBE_RGB_INDEX), lambda _: ADOBE_RGB_INDEX)
        fields += [_short(COLOR_SPACE, UNCALIBRATED, order), _directory(INTEROP_IFD, order, [index])]
    return fields


def _apple_note(headroom: tuple[Fraction, Fraction]) -> bytes:
    """Return a maker note with two signed rationals. Its offsets count from its own start."""
    fields = [_number(tag, value, ">", _SIGNED_RATIONAL) for tag, value in zip(HEADROOM_TAGS, headroom, strict=True)]
    return APPLE_NOTE + _write_directory(">", len(APPLE_NOTE), fields)


def _text(tag: int, text: bytes) -> _Field:
    return _Field(tag, _ASCII, len(text), lambda _: text)


def _short(tag: int, value: int, order: str) -> _Field:
    return _Field(tag, _SHORT, 1, lambda _: struct.pack(f"{order}H", value))


def _number(tag: int, value: Fraction, order: str, field_type: int = _RATIONAL) -> _Field:
    codes = "ii" if field_type == _SIGNED_RATIONAL else "II"
    return _Field(tag, field_type, 1, lambda _: struct.pack(order + codes, value.numerator, value.denominator))


def _directory(tag: int, order: str, fields: Sequence[_Field]) -> _Field:
    return _Field(tag, _LONG, 1, lambda at: _write_directory(order, at, fields), is_directory=True)


def _write_directory(order: str, at: int, fields: Sequence[_Field]) -> bytes:
    """Return a directory for the offset `at`: its fields, no next directory, then the values that need more space."""
    entries, values = [struct.pack(f"{order}H", len(fields))], b""
    values_at = at + 2 + 12 * len(fields) + 4
    for field in sorted(fields, key=lambda field: field.tag):
        value = field.write(values_at + len(values))
        if field.is_directory or len(value) > 4:
            slot = struct.pack(f"{order}I", values_at + len(values))
            values += value + bytes(len(value) % 2)
        else:
            slot = value.ljust(4, b"\0")
        entries.append(struct.pack(f"{order}HHI", field.tag, field.type, field.count) + slot)
    return b"".join(entries) + bytes(4) + values
