"""Reads the metadata of a PNG or APNG, and copies the file without it. Pixels are never decompressed."""

import zlib
from dataclasses import replace

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.embedded import find_kept, find_orientation
from chalicelib.imaging.metadata.exif.minimal import write_exif
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
from chalicelib.imaging.metadata.png.density import write_density
from chalicelib.imaging.metadata.png.inspector import PngInspector
from chalicelib.imaging.metadata.png.order import ChunkOrder
from chalicelib.imaging.metadata.png.profile import read_profile, write_profile
from chalicelib.imaging.metadata.png.text import RAW_EXIF, TEXT_CHUNKS, XMP_KEYWORD, TextReader, read_raw_profile
from chalicelib.imaging.metadata.splice import ByteCopier

_HEADER_END = len(SIGNATURE) + 25
#: Chunks that say what the colours are. Each takes precedence over EXIF.
_COLOR = (b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM")


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
        self._raw_exif = self._packet = b""
        self._texts = TextReader(data)
        self._copied: set[bytes] = set()

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
            self._exif = chunk.payload(self._data)
        elif chunk.type in TEXT_CHUNKS:
            self._read_text(chunk)

    def finish(self) -> bytes:
        """Return signature, header, density (pHYs) and minimal EXIF (eXIf), then the copied chunks.

        Sources: PNG third edition, 11.3.4.2 and 11.3.4.3.
        """
        exif = self._raw_exif if self._exif is None else self._exif
        orientation = find_orientation(exif, self._packet)
        found = find_kept(self._exif or b"")
        density = found.density if b"pHYs" not in self._copied else None
        kept = replace(
            found,
            orientation=orientation if orientation != 1 else None,
            density=None,
            is_adobe_rgb=found.is_adobe_rgb and self._copied.isdisjoint(_COLOR),
            headroom=None,
        )
        physical = _chunk(b"pHYs", write_density(density)) if density else b""
        extra = _chunk(b"eXIf", write_exif(kept)) if kept else b""
        self._write(b"IEND", b"")
        return self._body.join(self._data[:_HEADER_END], physical, extra)

    def _copy_up_to_limit(self, chunk: Chunk) -> None:
        """Copy a chunk, cut to the bytes that it may hold. Leave out one that is too short: decoders ignore it."""
        limit = max_payload(chunk.type, self._data)
        if chunk.type in FIXED and chunk.payload_size < limit:
            return
        if chunk.payload_size <= limit:
            self._body.copy(chunk.start, chunk.end)
            self._copied.add(chunk.type)
        elif limit:
            self._copied.add(chunk.type)
            self._write(chunk.type, self._data[chunk.payload_start : chunk.payload_start + limit])

    def _copy_profile(self, chunk: Chunk) -> None:
        _, profile = read_profile(self._data, chunk)
        cleaned = clean_profile(profile.data)
        if cleaned:
            self._write(b"iCCP", write_profile(cleaned))
            self._copied.add(b"iCCP")

    def _read_text(self, chunk: Chunk) -> None:
        """Keep what Pillow reads an orientation from: a raw EXIF profile or an XMP packet. The last one counts."""
        keyword = self._texts.keyword(chunk)
        if keyword == RAW_EXIF:
            self._raw_exif = read_raw_profile(self._texts.read(chunk))
        elif keyword == XMP_KEYWORD:
            self._packet = self._texts.read(chunk)
        elif keyword == b"exif" and chunk.type == b"tEXt":
            self._exif = self._texts.read(chunk)

    def _write(self, chunk_type: bytes, payload: bytes) -> None:
        self._body.write(_chunk(chunk_type, payload))


def _chunk(chunk_type: bytes, payload: bytes) -> bytes:
    body = chunk_type + payload
    return len(payload).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
