"""Reads the metadata of a PNG or APNG, and copies the file without it. No pixel changes."""

from collections.abc import Iterator
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
    write_chunk,
)
from chalicelib.imaging.metadata.png.density import write_density
from chalicelib.imaging.metadata.png.inspector import PngInspector
from chalicelib.imaging.metadata.png.order import ChunkOrder
from chalicelib.imaging.metadata.png.pixels import PixelReader, PixelRun
from chalicelib.imaging.metadata.png.profile import read_profile, write_profile
from chalicelib.imaging.metadata.png.rewrite import PixelWriter
from chalicelib.imaging.metadata.splice import ByteCopier

_HEADER_END = len(SIGNATURE) + 25
#: Chunks that say what the colours are. Each takes precedence over EXIF.
_COLOR = (b"iCCP", b"cICP", b"sRGB", b"gAMA", b"cHRM")


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a PNG. Raises CorruptImage when it cannot be read to its end."""
    size = read_size(data)
    inspector = PngInspector(data)
    for part, ignored_reason in _read(data):
        if isinstance(part, PixelRun):
            inspector.visit_run(part)
        else:
            inspector.visit(part, ignored_reason)
    return Reading(inspector.findings(), size)


def strip(data: bytes) -> Stripped:
    """Return a copy that holds only what the allow-list has, with the orientation in an eXIf chunk after the header.

    Raises CorruptImage when the file cannot be read to its end.
    """
    size = read_size(data)
    inspector, scrub = PngInspector(data), _Scrub(data, copies_pixels=False)
    for part, ignored_reason in _read(data):
        if isinstance(part, PixelRun):
            inspector.visit_run(part)
            scrub.visit_run(part)
        else:
            inspector.visit(part, ignored_reason)
            scrub.visit(part, ignored_reason)
    reading = Reading(inspector.findings(), size)
    return Stripped(scrub.finish(), ImageFormat.PNG, size, reading.removable)


def strip_unread(data: bytes) -> Stripped:
    """Strip the chunks alone, and copy the pixels without decompressing them.

    This saves one decompression: nearly every PNG ends with its last row, and the proof decompresses the pixels.
    When the result fails the proof, the caller must use `strip`.
    """
    size = read_size(data)
    inspector, scrub, order = PngInspector(data), _Scrub(data, copies_pixels=True), ChunkOrder(data)
    for chunk in walk(data):
        ignored_reason = order.check(chunk)
        inspector.visit(chunk, ignored_reason)
        scrub.visit(chunk, ignored_reason)
    reading = Reading(inspector.findings(), size)
    return Stripped(scrub.finish(), ImageFormat.PNG, size, reading.removable)


def _read(data: bytes) -> Iterator[tuple[Chunk | PixelRun, str]]:
    """Yield each chunk with the reason why decoders ignore it, and each stream of pixels after its last chunk."""
    order, pixels = ChunkOrder(data), PixelReader(data)
    for chunk in walk(data):
        ignored_reason = order.check(chunk)
        ended = None if ignored_reason else pixels.visit(chunk)
        if ended:
            yield ended, ""
        yield chunk, ignored_reason
    last = pixels.finish()
    if last:
        yield last, ""


class _Scrub:
    """Visits the chunks in the order of the file and copies those of the allow-list. All others are left out."""

    def __init__(self, data: bytes, *, copies_pixels: bool) -> None:
        self._data = data
        self._body = ByteCopier(data)
        self._pixels = None if copies_pixels else PixelWriter(data, self._body)
        self._exif: bytes | None = None
        self._copied: set[bytes] = set()

    def visit(self, chunk: Chunk, ignored_reason: str) -> None:
        """Copy a chunk, remember its orientation, or leave it out. A chunk that decoders ignore is left out."""
        if ignored_reason:
            return
        if chunk.type in PIXELS:
            self._copy_pixels(chunk)
        elif chunk.type not in (b"IHDR", b"IEND") and (chunk.type in FIXED or chunk.type in BOUNDED):
            self._copy_up_to_limit(chunk)
        elif chunk.type == b"iCCP":
            self._copy_profile(chunk)
        elif chunk.type == b"eXIf":
            self._exif = chunk.payload(self._data) if self._exif is None else self._exif

    def visit_run(self, run: PixelRun) -> None:
        """Write one stream of pixels up to its last row."""
        if self._pixels:
            self._pixels.write_run(run)

    def finish(self) -> bytes:
        """Return signature, header, minimal EXIF (eXIf) and density (pHYs), then the copied chunks.

        In this order, a second scrub changes nothing: it copies pHYs with the other chunks.

        Sources: PNG third edition, 11.3.4.2 and 11.3.4.3.
        """
        orientation = find_orientation(self._exif or b"")
        found = find_kept(self._exif or b"")
        density = found.density if b"pHYs" not in self._copied else None
        kept = replace(
            found,
            orientation=orientation if orientation != 1 else None,
            density=None,
            is_adobe_rgb=found.is_adobe_rgb and self._copied.isdisjoint(_COLOR),
            headroom=None,
        )
        physical = write_chunk(b"pHYs", write_density(density)) if density else b""
        extra = write_chunk(b"eXIf", write_exif(kept)) if kept else b""
        self._write(b"IEND", b"")
        return self._body.join(self._data[:_HEADER_END], extra, physical)

    def _copy_pixels(self, chunk: Chunk) -> None:
        """Copy a chunk of pixels, unless `visit_run` writes them."""
        if not self._pixels:
            self._body.copy(chunk.start, chunk.end)

    def _copy_up_to_limit(self, chunk: Chunk) -> None:
        """Copy a chunk, cut to the bytes that it may hold. Leave out one that is too short: decoders ignore it."""
        limit = max_payload(chunk.type, self._data)
        if chunk.type in FIXED and chunk.payload_size < limit:
            return
        if chunk.type == b"fcTL" and self._pixels:
            self._pixels.write_control(chunk.payload_start, chunk.payload_start + limit)
        elif chunk.payload_size <= limit:
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

    def _write(self, chunk_type: bytes, payload: bytes) -> None:
        self._body.write(write_chunk(chunk_type, payload))
