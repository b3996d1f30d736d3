"""Reads the metadata of a PNG or APNG, and copies the file without it. Pixels are never decompressed."""

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
    max_payload,
    read_size,
    walk,
)
from chalicelib.imaging.metadata.png.inspector import PngInspector
from chalicelib.imaging.metadata.png.order import ChunkOrder
from chalicelib.imaging.metadata.png.profile import read_profile, write_profile
from chalicelib.imaging.metadata.splice import ByteCopier

_HEADER_END = len(SIGNATURE) + 25


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a PNG. Raises CorruptImage when it cannot be read to its end."""
    size = read_size(data)
    inspector, order = PngInspector(data), ChunkOrder(data)
    for chunk in walk(data):
        inspector.visit(chunk, order.check(chunk))
    return Reading(inspector.findings(), size)


def strip(data: bytes) -> Stripped:
    """Return a copy that holds only what the allow-list has, with the orientation in an eXIf chunk after the header.

    Raises CorruptImage when the file cannot be read to its end.
    """
    size = read_size(data)
    inspector, scrub, order = PngInspector(data), _Scrub(data), ChunkOrder(data)
    for chunk in walk(data):
        ignored_reason = order.check(chunk)
        inspector.visit(chunk, ignored_reason)
        scrub.visit(chunk, ignored_reason)
    reading = Reading(inspector.findings(), size)
    return Stripped(scrub.finish(), ImageFormat.PNG, size, reading.removable)


class _Scrub:
    """Visits the chunks in the order of the file and copies those of the allow-list. All others are left out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._body = ByteCopier(data)
        self._exif: bytes | None = None

    def visit(self, chunk: Chunk, ignored_reason: str) -> None:
        """Copy a chunk, remember its orientation, or leave it out. A chunk that decoders ignore is left out."""
        if ignored_reason:
            return
        if chunk.type in PIXELS:
            self._body.copy(chunk.start, chunk.end)
        elif chunk.type not in (b"IHDR", b"IEND") and (chunk.type in FIXED or chunk.type in BOUNDED):
            self._copy_up_to_limit(chunk)
        elif chunk.type == b"iCCP":
            self._copy_profile(chunk)
        elif chunk.type == b"eXIf":
            self._exif = chunk.payload(self._data) if self._exif is None else self._exif

    def finish(self) -> bytes:
        """Return signature, header and orientation (eXIf, PNG third edition, 11.3.4.3), then the copied chunks."""
        orientation = find_orientation(self._exif or b"")
        extra = _chunk(b"eXIf", minimal_exif(orientation)) if orientation != 1 else b""
        self._write(b"IEND", b"")
        return self._body.join(self._data[:_HEADER_END], extra)

    def _copy_up_to_limit(self, chunk: Chunk) -> None:
        """Copy a chunk, cut to the bytes that it may hold. Leave out one that is too short: decoders ignore it."""
        limit = max_payload(chunk.type, self._data)
        if chunk.type in FIXED and chunk.payload_size < limit:
            return
        if chunk.payload_size <= limit:
            self._body.copy(chunk.start, chunk.end)
        elif limit:
            self._write(chunk.type, self._data[chunk.payload_start : chunk.payload_start + limit])

    def _copy_profile(self, chunk: Chunk) -> None:
        _, profile = read_profile(self._data, chunk)
        cleaned = clean_profile(profile.data)
        if cleaned:
            self._write(b"iCCP", write_profile(cleaned))

    def _write(self, chunk_type: bytes, payload: bytes) -> None:
        self._body.write(_chunk(chunk_type, payload))


def _chunk(chunk_type: bytes, payload: bytes) -> bytes:
    body = chunk_type + payload
    return len(payload).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
