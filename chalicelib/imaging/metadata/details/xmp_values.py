"""Sorts the values of an XMP packet by topic, and builds positions from its GPS properties (XMP part 2, 3.3)."""

import math
import re

from chalicelib.imaging.metadata.details.gps import DIRECTION_REFERENCES
from chalicelib.imaging.metadata.details.values import Details, Position, Topic
from chalicelib.imaging.metadata.details.xmp import WRAPPERS, Value, add_thumbnail, read_packet
from chalicelib.imaging.metadata.details.xmp_names import TOPICS

_THUMBNAIL = "xmpGImg:image"
_DEFAULT_LANGUAGES = ("", "x-default")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}:\d{2})(:\d{2})?\s*(\S*)")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_FRACTION = re.compile(r"([+-]?\d+)/(\d+)")
#: The properties of a position, by the names of drones' makers too (drone-dji misspells its longitude).
_GPS = {
    "exif:GPSLatitude": "latitude",
    "exif:GPSLongitude": "longitude",
    "exif:GPSAltitude": "altitude",
    "exif:GPSAltitudeRef": "below",
    "exif:GPSImgDirection": "direction",
    "exif:GPSImgDirectionRef": "reference",
    "drone-dji:GpsLatitude": "latitude",
    "drone-dji:GpsLongitude": "longitude",
    "drone-dji:GpsLongtitude": "longitude",
    "drone-dji:AbsoluteAltitude": "altitude",
    "exif:GPSDestLatitude": "destination latitude",
    "exif:GPSDestLongitude": "destination longitude",
}


def read_xmp(packet: bytes, details: Details) -> None:
    """Add the values of a packet."""
    positions: dict[tuple[str, ...], dict[str, str]] = {}
    for value in read_packet(packet):
        name = value.path[-1]
        if name in _GPS:
            positions.setdefault(value.path[:-1], {}).setdefault(_GPS[name], value.text)
        elif name == _THUMBNAIL:
            add_thumbnail(value.text, details)
        _add(value, details)
    for path, parts in positions.items():
        _add_positions(" ".join(("XMP", *path)), parts, details)


def _add(value: Value, details: Details) -> None:
    """Add a value under the topic of its own name, or of the nearest property around it that has one."""
    topic = next((TOPICS[name] for name in reversed(value.path) if name in TOPICS), None)
    if topic is None or (topic is Topic.TIMES and value.path[-1] not in TOPICS):
        return
    language = "" if value.language in _DEFAULT_LANGUAGES else f"[{value.language}]"
    text = _convert_date(value.text) if topic is Topic.TIMES else value.text
    path = [name for name in value.path if name not in WRAPPERS]
    details.add(topic, "/".join(path) + language, text, "XMP")


def _convert_date(text: str) -> str:
    """Return a date in EXIF's spelling, as all times of the answer are."""
    found = _DATE.fullmatch(text)
    if found:
        return f"{found[1]}:{found[2]}:{found[3]} {found[4]}{found[5] or ''}{found[6]}"
    return text.replace("-", ":") if re.match(r"\d{4}(-\d{2}){0,2}", text) else text


def _add_positions(source: str, parts: dict[str, str], details: Details) -> None:
    altitude, reference = _number(parts.get("altitude", "")), parts.get("reference", "")
    is_below = parts.get("below", "").strip() in ("1", "3")
    direction = _number(parts.get("direction", ""))
    details.add_position(
        Position(
            source,
            _coordinate(parts.get("latitude", "")),
            _coordinate(parts.get("longitude", "")),
            -abs(altitude) if altitude and is_below else altitude,
            direction,
            DIRECTION_REFERENCES.get(reference[:1]) if direction is not None else None,
        )
    )
    latitude, longitude = (_coordinate(parts.get(f"destination {name}", "")) for name in ("latitude", "longitude"))
    details.add_position(Position(f"{source} destination", latitude, longitude))


def _coordinate(text: str) -> float | None:
    """Return degrees of "26,34.951N", "26,34,57N" or a decimal number. South and west are negative."""
    numbers = [float(number) for number in _NUMBER.findall(text[:100])][:3]
    if not numbers or not all(map(math.isfinite, numbers)):
        return None
    degrees = abs(numbers[0]) + sum(number / 60.0**power for power, number in enumerate(numbers[1:], 1))
    is_negative = text.strip().startswith("-") or text.strip().upper().endswith(("S", "W"))
    return -degrees if is_negative else degrees


def _number(text: str) -> float | None:
    found = _FRACTION.fullmatch(text.strip()[:100])
    if found:
        return int(found[1]) / int(found[2]) if int(found[2]) else None
    number = float(text) if _NUMBER.fullmatch(text.strip()[:100]) else math.nan
    return number if math.isfinite(number) else None  # JSON has no infinity
