"""Reads the GPS directory of an EXIF block (Exif 3.0, 4.6.7): positions, the time in UTC, and places."""

import math
import re
from contextlib import suppress

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.details.texts import decode, decode_comment
from chalicelib.imaging.metadata.details.values import Details, Position, Topic
from chalicelib.imaging.metadata.exif.directories import Entry, TiffReader

_LATITUDE, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE, _TIME = 2, 4, 5, 6, 7
_DIRECTION_REF, _DIRECTION, _DATE = 16, 17, 29
_DESTINATION_LATITUDE, _DESTINATION_LONGITUDE, _AREA = 20, 22, 28
#: 1: below sea level. 3: below the ellipsoid (Exif 3.0).
_BELOW = (b"\1", b"\3", b"1", b"3")
DIRECTION_REFERENCES = {"T": "true", "M": "magnetic"}
_RATIONALS = {5: "II", 10: "ii"}
Fields = dict[int, Entry]


def read_gps(reader: TiffReader, fields: Fields, details: Details, source: str) -> None:
    """Add the position of the camera and that of its destination, the time and the area."""
    if not fields:
        return
    altitude, reference = _number(reader, fields, _ALTITUDE), _bytes(reader, fields, _ALTITUDE_REF)[:1]
    north = decode(_bytes(reader, fields, _DIRECTION_REF)[:1])
    direction = _number(reader, fields, _DIRECTION)
    details.add_position(
        Position(
            source,
            _coordinate(reader, fields, _LATITUDE),
            _coordinate(reader, fields, _LONGITUDE),
            -abs(altitude) if altitude and reference in _BELOW else altitude,
            direction,
            DIRECTION_REFERENCES.get(north) if direction is not None else None,
        )
    )
    latitude, longitude = (_coordinate(reader, fields, tag) for tag in (_DESTINATION_LATITUDE, _DESTINATION_LONGITUDE))
    details.add_position(Position(f"{source} destination", latitude, longitude))
    _add_time(reader, fields, details, source)
    if _AREA in fields:
        area = decode_comment(_bytes(reader, fields, _AREA), reader.order)
        details.add(Topic.PLACES, "GPSAreaInformation", area, source)


def _bytes(reader: TiffReader, fields: Fields, tag: int) -> bytes:
    with suppress(CorruptImage):
        return reader.read_value(fields[tag]) if tag in fields else b""
    return b""


def _numbers(reader: TiffReader, fields: Fields, tag: int) -> list[float]:
    """Return at most three numbers. A fraction without a denominator is not a number."""
    if tag not in fields:
        return []
    entry, found = fields[tag], list[float]()
    with suppress(CorruptImage):
        if entry.type not in _RATIONALS:
            return [number for number in reader.read_numbers(entry, 3) if math.isfinite(number)]
        parts = reader.unpack(_RATIONALS[entry.type] * min(entry.count, 3), entry.at)
        for top, bottom in zip(parts[::2], parts[1::2], strict=True):
            if not bottom:
                return []
            found.append(top / bottom)
    return found


def _number(reader: TiffReader, fields: Fields, tag: int) -> float | None:
    return next(iter(_numbers(reader, fields, tag)), None)


def _coordinate(reader: TiffReader, fields: Fields, tag: int) -> float | None:
    """Return decimal degrees from degrees, minutes and seconds. South and west are negative."""
    numbers = _numbers(reader, fields, tag)
    if not numbers:
        return None
    degrees = sum(number / 60.0**power for power, number in enumerate(numbers))
    reference = _bytes(reader, fields, tag - 1)[:1].upper()
    return -degrees if reference in (b"S", b"W") else degrees


def _add_time(reader: TiffReader, fields: Fields, details: Details, source: str) -> None:
    """Add the time of the position, which is in UTC."""
    date = decode(_bytes(reader, fields, _DATE).partition(b"\0")[0])
    date = re.sub(r"(\d{4})\D*(\d{2})\D*(\d{2})$", r"\1:\2:\3", date)
    numbers = _numbers(reader, fields, _TIME)
    if len(numbers) < 3:
        details.add(Topic.TIMES, "GPSDateStamp", date, source)
        return
    total = round(numbers[0] * 3600 + numbers[1] * 60 + numbers[2], 9)
    hours, minutes = int(total // 3600), int(total % 3600 // 60)
    seconds = re.sub(r"\.?0+$", "", f"{total % 60:012.9f}")
    time = f"{hours:02}:{minutes:02}:{seconds}"
    name = "GPSDateTime" if date.strip() else "GPSTimeStamp"
    details.add(Topic.TIMES, name, f"{date} {time}Z".strip(), source)
