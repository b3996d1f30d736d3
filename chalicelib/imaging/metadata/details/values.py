"""The values of a photo's metadata, by topic. Only the answer for `details` may hold them: no log, record or metric."""

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

#: Characters of one value and of all values together, and the number of values. Each may need six bytes of JSON.
_MAX_VALUE, _MAX_CHARACTERS, _MAX_VALUES = 1 << 17, 1 << 18, 4096
#: Bytes of all thumbnails together. Lambda answers with at most 6 MB, and base64 text is a third longer.
_MAX_THUMBNAILS = 2 << 20
_MEDIA_TYPES = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"RIFF", "image/webp"))


class Topic(StrEnum):
    """What a value is about. The name is that of the list in the answer."""

    TIMES = "times"
    CAMERA = "camera"
    LENS = "lens"
    SERIALS = "serials"
    NAMES = "names"
    PLACES = "places"
    SOFTWARE = "software"
    CAPTIONS = "captions"


@dataclass(frozen=True)
class Detail:
    """One value with its name in the format that holds it. `source` is EXIF, XMP, IPTC, PNG and so on."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Position:
    """A place on Earth: decimal degrees (south and west are negative), metres above sea level, degrees from north.

    `direction` is where the camera looked; `direction_reference` is "true" or "magnetic" north.
    """

    source: str
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    direction: float | None = None
    direction_reference: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) is not None for each in fields(self) if each.name != "source")


@dataclass(frozen=True)
class Thumbnail:
    """A small picture inside the file. `size` is its number of bytes."""

    source: str
    media_type: str
    size: int
    data_uri: str


class Details:
    """Collects values, up to the limits of one answer. Equal values of one name are kept once."""

    def __init__(self) -> None:
        self.values: dict[Topic, dict[Detail, None]] = {topic: {} for topic in Topic}
        self.positions: list[Position] = []
        self.thumbnails: list[Thumbnail] = []
        self.is_complete = True
        self._seen: set[tuple[str, str]] = set()
        self._characters, self._thumbnail_bytes = _MAX_CHARACTERS, _MAX_THUMBNAILS

    def add(self, topic: Topic, name: str, value: str, source: str) -> None:
        """Add a value, unless it is blank or known. A value over a limit is cut or left out."""
        if not value.strip() or (name, value) in self._seen:
            return
        kept = value[: min(_MAX_VALUE, self._characters)]
        self.is_complete = self.is_complete and kept == value
        if not kept or len(self._seen) >= _MAX_VALUES:
            self.is_complete = False
            return
        self._seen.add((name, value))
        self._characters -= len(kept)
        self.values[topic][Detail(name, kept, source)] = None

    def add_position(self, position: Position) -> None:
        """Add a position, if it has any number. At most 64 are kept."""
        if position and len(self.positions) < 64:
            self.positions.append(position)

    def add_thumbnail(self, source: str, picture: bytes) -> None:
        """Add a picture that browsers show. A picture over the limit is left out."""
        media_type = next((name for start, name in _MEDIA_TYPES if picture.startswith(start)), None)
        if media_type is None or len(picture) > self._thumbnail_bytes:
            self.is_complete = self.is_complete and not picture
            return
        self._thumbnail_bytes -= len(picture)
        uri = f"data:{media_type};base64,{base64.b64encode(picture).decode()}"
        thumbnail = Thumbnail(source, media_type, len(picture), uri)
        self.thumbnails += [] if thumbnail in self.thumbnails else [thumbnail]

    def document(self) -> dict[str, Any]:
        """Return the details as JSON objects and lists. `position` is the first one found."""
        positions = [asdict(each) for each in self.positions]
        return {
            "position": positions[0] if positions else None,
            "further_positions": positions[1:],
            **{topic.value: [asdict(each) for each in self.values[topic]] for topic in Topic},
            "thumbnails": [asdict(each) for each in self.thumbnails],
            "complete": self.is_complete,
        }

    def lines(self) -> Iterator[str]:
        """Yield a line for each value, for people."""
        for position in self.positions:
            parts = (f"{name} {value}" for name, value in asdict(position).items() if value is not None)
            yield f"position: {', '.join(part for part in parts if not part.startswith('source'))} ({position.source})"
        for topic, found in self.values.items():
            yield from (f"{topic}: {each.name}: {each.value} ({each.source})" for each in found)
        for each in self.thumbnails:
            yield f"thumbnail: {each.media_type}, {each.size:,} bytes ({each.source}): {each.data_uri}"
        if not self.is_complete:
            yield "more values were left out"
