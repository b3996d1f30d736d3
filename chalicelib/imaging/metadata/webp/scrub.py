"""Reads the metadata of a WebP, and copies the file without it (RFC 9649). No pixel changes."""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.errors import CorruptImage
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.embedded import find_kept, find_orientation
from chalicelib.imaging.metadata.exif.minimal import write_exif
from chalicelib.imaging.metadata.findings import Reading, Stripped
from chalicelib.imaging.metadata.icc import clean_profile
from chalicelib.imaging.metadata.splice import ByteCopier
from chalicelib.imaging.metadata.webp.chunks import (
    ALPHA_FLAG,
    ANIMATION_FLAG,
    ANIMATION_SIZE,
    CHUNK_FLAGS,
    EXIF_FLAG,
    FRAME_FLAGS,
    FRAME_SIZE,
    HEADER,
    ICC_FLAG,
    IMAGES,
    Chunk,
    find_image,
    padded_end,
    read_canvas,
    walk,
    walk_within,
    write_chunk,
)
from chalicelib.imaging.metadata.webp.inspector import WebpInspector
from chalicelib.imaging.metadata.webp.pictures import PictureReader

#: Chunks of which decoders read only the first, wherever it is.
_SINGLE = frozenset({b"VP8X", b"ICCP", b"ANIM", b"EXIF", b"XMP "})
#: Chunks of a picture that is not an animation.
_STILL = IMAGES | {b"ALPH"}


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a WebP. Raises the errors of `strip`."""
    reading, payloads = _read(data)
    _visit_all(data, payloads).close(reading.size)
    return reading


def strip(data: bytes) -> Stripped:
    """Return a copy that holds only what the allow-list has, with correct sizes, flags and padding.

    Raises CorruptImage when the file cannot be read to its end or holds no picture.
    """
    reading, payloads = _read(data)
    return Stripped(_visit_all(data, payloads).finish(reading.size), ImageFormat.WEBP, reading.size, reading.removable)


def strip_unread(data: bytes) -> Stripped:
    """Strip the chunks alone, and copy the bitstreams without decoding them.

    This saves one decoding: nearly every WebP ends with its pictures, and the proof decodes them.
    When the result fails the proof, the caller must use `strip`.
    """
    size = _read_size(data)
    inspector, scrub = WebpInspector(data), _Scrub(data, {})
    for chunk in walk(data):
        inspector.visit(chunk)
        scrub.visit(chunk)
    reading = Reading(inspector.findings(), size)
    return Stripped(scrub.finish(size), ImageFormat.WEBP, size, reading.removable)


def _read(data: bytes) -> tuple[Reading, dict[int, bytes]]:
    """Read the file. Return the new payload of each chunk of a picture that is cut, by its offset, too."""
    size = _read_size(data)
    inspector, payloads = WebpInspector(data), dict[int, bytes]()
    for chunk in walk(data):
        inspector.visit(chunk)
    for picture in PictureReader(data).read():
        inspector.visit_picture(picture)
        payloads |= picture.payloads() if picture.hidden else {}
    return Reading(inspector.findings(), size), payloads


def _visit_all(data: bytes, payloads: Mapping[int, bytes]) -> "_Scrub":
    scrub = _Scrub(data, payloads)
    for chunk in walk(data):
        scrub.visit(chunk)
    return scrub


def _read_size(data: bytes) -> tuple[int, int]:
    """Return width and height of the canvas in pixels. Raises CorruptImage when the first chunk does not hold them."""
    for chunk in walk(data):
        return read_canvas(data, chunk)
    raise CorruptImage("The WebP is empty.", code="webp_size")


class _Scrub:
    """Visits the chunks in the order of the file and copies those of the allow-list. All others are left out."""

    def __init__(self, data: bytes, payloads: Mapping[int, bytes]) -> None:
        self._data = data
        self._payloads = payloads
        self._body = ByteCopier(data)
        self._first: dict[bytes, Chunk] = {}
        self._stills: list[Chunk] = []

    def visit(self, chunk: Chunk) -> None:
        """Copy a frame, or remember the first chunk of another type. Decoders do not read a second one."""
        if chunk.type == b"VP8X" and chunk.start != HEADER:
            return  # decoders read a file that does not start with VP8X as a simple file
        if chunk.type in _SINGLE:
            self._first.setdefault(chunk.type, chunk)
        elif chunk.type == b"ANMF" and self._flags() & ANIMATION_FLAG:
            self._copy_frame(chunk)
        elif chunk.type in _STILL and len(self._stills) < 2:
            self._stills.append(chunk)

    def finish(self, size: tuple[int, int]) -> bytes:
        """Return the header for a canvas of `size` (width and height in pixels), then the copied chunks."""
        header = self.close(size)
        return self._body.join(b"RIFF" + (4 + len(header) + self._body.size).to_bytes(4, "little") + b"WEBP" + header)

    def close(self, size: tuple[int, int]) -> bytes:
        """Copy the last chunks and return the header. Raises CorruptImage when there is no whole picture."""
        if not self._flags() & ANIMATION_FLAG:
            self._copy_still()
        if not self._body.size:
            raise CorruptImage("The WebP has no picture.", code="webp_empty")
        return self._write_header(size)

    def _flags(self) -> int:
        return self._data[self._first[b"VP8X"].payload_start] if b"VP8X" in self._first else 0

    def _payload(self, chunk_type: bytes) -> bytes:
        """Return the payload of the first chunk of a type; b"" when its flag is off, since decoders ignore it then."""
        chunk = self._first.get(chunk_type)
        if chunk is None or not self._flags() & CHUNK_FLAGS[chunk_type]:
            return b""
        return chunk.payload(self._data)

    def _copy_still(self) -> None:
        for part in find_image(iter(self._stills)):
            if part:
                self._copy(part)

    def _copy_frame(self, chunk: Chunk) -> None:
        """Copy position, timing, alpha and bitstream of a frame (RFC 9649, 2.7.1.2)."""
        inside = chunk.payload_start + FRAME_SIZE
        alpha, image = find_image(walk_within(self._data, inside, chunk.end))
        if image is None:
            raise CorruptImage("A frame of the WebP is empty.", code="webp_frame")
        parts = (alpha, image) if alpha else (image,)
        size = FRAME_SIZE + sum(self._size(part) for part in parts)
        flags = self._data[inside - 1] & FRAME_FLAGS
        self._body.write(
            b"ANMF" + size.to_bytes(4, "little") + self._data[chunk.payload_start : inside - 1] + bytes([flags])
        )
        for part in parts:
            self._copy(part)

    def _copy(self, chunk: Chunk) -> None:
        if chunk.start in self._payloads:
            self._body.write(write_chunk(chunk.type, self._payloads[chunk.start]))
            return
        self._body.copy(chunk.start, chunk.end)
        if chunk.payload_size % 2:
            self._body.write(b"\0")

    def _size(self, chunk: Chunk) -> int:
        """Return the bytes that `_copy` appends."""
        cut = self._payloads.get(chunk.start)
        return padded_end(chunk) - chunk.start if cut is None else 8 + len(cut) + len(cut) % 2

    def _write_header(self, size: tuple[int, int]) -> bytes:
        """Return VP8X, ICCP and ANIM, and append EXIF to the body. A simple file keeps no header and gets no EXIF."""
        if b"VP8X" not in self._first:
            return b""
        profile = clean_profile(self._payload(b"ICCP"))
        orientation = find_orientation(self._payload(b"EXIF"))
        found = find_kept(self._payload(b"EXIF"))
        is_adobe_rgb = found.is_adobe_rgb and not profile
        turned = orientation if orientation != 1 else None
        kept = replace(found, orientation=turned, is_adobe_rgb=is_adobe_rgb, headroom=None)
        flags = self._flags() & (ALPHA_FLAG | ANIMATION_FLAG) | (ICC_FLAG if profile else 0)
        if kept:
            flags |= EXIF_FLAG
            self._body.write(write_chunk(b"EXIF", write_exif(kept)))
        canvas = b"".join((side - 1).to_bytes(3, "little") for side in size)
        header = write_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + canvas)
        return header + (write_chunk(b"ICCP", profile) if profile else b"") + self._write_animation()

    def _write_animation(self) -> bytes:
        """Return background and loop. Raises CorruptImage when an animation has none: decoders reject it too."""
        if not self._flags() & ANIMATION_FLAG:
            return b""
        payload = self._payload(b"ANIM")[:ANIMATION_SIZE]
        if len(payload) < ANIMATION_SIZE:
            raise CorruptImage("The WebP animation has no header.", code="webp_animation")
        return write_chunk(b"ANIM", payload)
