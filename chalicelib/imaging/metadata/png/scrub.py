"""PNG and APNG: what it carries, and a copy without it, chunk by chunk; the packed pixels are never unpacked."""

import zlib

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.exif.embedded import find_orientation
from chalicelib.imaging.metadata.findings import Reading, Stripped
from chalicelib.imaging.metadata.icc import clean_profile
from chalicelib.imaging.metadata.png.chunks import (
    BOUNDED,
    FIXED,
    PIXELS,
    SIGNATURE,
    Chunk,
    longest,
    read_size,
    walk,
)
from chalicelib.imaging.metadata.png.inspector import PngInspector
from chalicelib.imaging.metadata.png.order import Order
from chalicelib.imaging.metadata.png.profile import read_profile, write_profile
from chalicelib.imaging.metadata.png.text import RAW_EXIF, XMP_KEYWORD, TextReader, read_raw_profile
from chalicelib.imaging.metadata.splice import ByteCopier

_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_HEADER_END = len(SIGNATURE) + 25


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a PNG. Raises CorruptImage when it cannot be read to its end."""
    size = read_size(data)
    inspector, order = PngInspector(data), Order(data)
    for chunk in walk(data):
        inspector.visit(chunk, order.judge(chunk))
    return Reading(inspector.findings(), size)


def strip(data: bytes) -> Stripped:
    """Copy what the allow-list has; the orientation follows the header, as eXIf (PNG third edition, 11.3.4.3).

    Raises CorruptImage when the file cannot be read to its end.
    """
    size = read_size(data)
    inspector, scrub, order = PngInspector(data), _Scrub(data), Order(data)
    for chunk in walk(data):
        idle = order.judge(chunk)
        inspector.visit(chunk, idle)
        scrub.visit(chunk, idle)
    reading = Reading(inspector.findings(), size)
    return Stripped(scrub.finish(), ImageFormat.PNG, size, reading.removable)


class _Scrub:
    """Takes the chunks in their order and copies what stays; everything that it does not know goes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._body = ByteCopier(data)
        self._exif: bytes | None = None
        self._raw_exif = self._packet = b""
        self._texts = TextReader(data)

    def visit(self, chunk: Chunk, idle: str) -> None:
        """Copy a chunk unless it is `idle`, keep what it says of the orientation, or pass over it."""
        if idle:
            return
        if chunk.type in PIXELS:
            self._body.copy(chunk.start, chunk.end + 4)
        elif chunk.type not in (b"IHDR", b"IEND") and (chunk.type in FIXED or chunk.type in BOUNDED):
            self._copy_within(chunk)
        elif chunk.type == b"iCCP":
            self._copy_profile(chunk)
        elif chunk.type == b"eXIf":
            self._exif = self._data[chunk.at : chunk.end]
        elif chunk.type in _TEXTS:
            self._read_text(chunk)

    def finish(self) -> bytes:
        """Write signature, header and orientation in front of what was copied."""
        exif = self._raw_exif if self._exif is None else self._exif
        orientation = find_orientation(exif, self._packet)
        extra = _chunk(b"eXIf", minimal_exif(orientation)) if orientation != 1 else b""
        self._write(b"IEND", b"")
        return self._body.join(self._data[:_HEADER_END], extra)

    def _copy_within(self, chunk: Chunk) -> None:
        """Copy a chunk up to what it may hold; one that is too short is left out, as decoders pass over it."""
        limit = longest(chunk.type, self._data)
        if chunk.type in FIXED and chunk.end - chunk.at < limit:
            return
        if chunk.end - chunk.at <= limit:
            self._body.copy(chunk.start, chunk.end + 4)
        elif limit:
            self._write(chunk.type, self._data[chunk.at : chunk.at + limit])

    def _copy_profile(self, chunk: Chunk) -> None:
        _, profile = read_profile(self._data, chunk)
        cleaned = clean_profile(profile.data)
        if cleaned:
            self._write(b"iCCP", write_profile(cleaned))

    def _read_text(self, chunk: Chunk) -> None:
        """Keep what Pillow reads an orientation from: a raw EXIF profile, an XMP packet; of several the last counts."""
        keyword = self._texts.keyword(chunk)
        if keyword == RAW_EXIF:
            self._raw_exif = read_raw_profile(self._texts.read(chunk))
        elif keyword == XMP_KEYWORD:
            self._packet = self._texts.read(chunk)
        elif keyword == b"exif" and chunk.type == b"tEXt":
            self._exif = self._texts.read(chunk)

    def _write(self, kind: bytes, payload: bytes) -> None:
        self._body.write(_chunk(kind, payload))


def _chunk(kind: bytes, payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + kind + payload + zlib.crc32(kind + payload).to_bytes(4, "big")
