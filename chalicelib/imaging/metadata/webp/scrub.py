"""WebP: what it carries, and a copy without it, chunk by chunk; the bitstreams are never decoded (RFC 9649)."""

from chalicelib.errors import CorruptImage
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.exif.block import minimal_exif
from chalicelib.imaging.metadata.exif.embedded import find_orientation
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
    read_canvas,
    walk,
    walk_within,
    write_chunk,
)
from chalicelib.imaging.metadata.webp.inspector import WebpInspector

#: Chunks of which the first counts, wherever it stands.
_SINGLE = frozenset({b"VP8X", b"ICCP", b"ANIM", b"EXIF", b"XMP "})


def read(data: bytes) -> Reading:
    """Read the metadata and the size of a WebP. Raises CorruptImage when it cannot be read to its end."""
    size = _read_size(data)
    inspector = WebpInspector(data)
    for chunk in walk(data):
        inspector.visit(chunk)
    return Reading(inspector.findings(), size)


def strip(data: bytes) -> Stripped:
    """Copy what the allow-list has, and mend the sizes, the flags and the padding.

    Raises CorruptImage when the file cannot be read to its end or holds no picture.
    """
    size = _read_size(data)
    inspector, scrub = WebpInspector(data), _Scrub(data)
    for chunk in walk(data):
        inspector.visit(chunk)
        scrub.visit(chunk)
    reading = Reading(inspector.findings(), size)
    return Stripped(scrub.finish(size), ImageFormat.WEBP, size, reading.removable)


def _read_size(data: bytes) -> tuple[int, int]:
    """Read width and height of the canvas in pixels. Raises CorruptImage when the first chunk does not hold them."""
    for chunk in walk(data):
        return read_canvas(data, chunk)
    raise CorruptImage("The WebP is empty.", code="webp_size")


class _Scrub:
    """Takes the chunks in their order and copies what stays; everything that it does not know goes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._body = ByteCopier(data)
        self._first: dict[bytes, Chunk] = {}
        self._stills: list[Chunk] = []

    def visit(self, chunk: Chunk) -> None:
        """Copy a frame, or remember the first chunk of another type: no decoder reads a second one."""
        if chunk.type == b"VP8X" and chunk.start != HEADER:
            return  # decoders take what starts with anything else for a simple file
        if chunk.type in _SINGLE:
            self._first.setdefault(chunk.type, chunk)
        elif chunk.type == b"ANMF" and self._flags() & ANIMATION_FLAG:
            self._copy_frame(chunk)
        elif chunk.type in IMAGES | {b"ALPH"} and len(self._stills) < 2:
            self._stills.append(chunk)

    def finish(self, size: tuple[int, int]) -> bytes:
        """Write sizes, flags and what else stands before the pixels, for a canvas of `size`."""
        if not self._flags() & ANIMATION_FLAG:
            self._copy_still()
        if not self._body.size:
            raise CorruptImage("The WebP has no picture.", code="webp_empty")
        head = self._write_head(size)
        return self._body.join(b"RIFF" + (4 + len(head) + self._body.size).to_bytes(4, "little") + b"WEBP" + head)

    def _flags(self) -> int:
        return self._data[self._first[b"VP8X"].at] if b"VP8X" in self._first else 0

    def _payload(self, kind: bytes) -> bytes:
        """Cut out the first chunk of a type; empty where the flag that tells decoders to look for it is off."""
        chunk = self._first.get(kind)
        return self._data[chunk.at : chunk.end] if chunk and self._flags() & CHUNK_FLAGS[kind] else b""

    def _copy_still(self) -> None:
        for part in find_image(iter(self._stills)):
            if part:
                self._copy(part)

    def _copy_frame(self, chunk: Chunk) -> None:
        """Copy position, timing, and what a decoder shows of a frame (RFC 9649, 2.7.1.2)."""
        inside = chunk.at + FRAME_SIZE
        alpha, image = find_image(walk_within(self._data, inside, chunk.end))
        if image is None:
            raise CorruptImage("A frame of the WebP is empty.", code="webp_frame")
        parts = (alpha, image) if alpha else (image,)
        size = FRAME_SIZE + sum(part.size + part.size % 2 for part in parts)
        flags = self._data[inside - 1] & FRAME_FLAGS
        self._body.write(b"ANMF" + size.to_bytes(4, "little") + self._data[chunk.at : inside - 1] + bytes([flags]))
        for part in parts:
            self._copy(part)

    def _copy(self, chunk: Chunk) -> None:
        self._body.copy(chunk.start, chunk.end)
        if chunk.size % 2:
            self._body.write(b"\0")

    def _write_head(self, size: tuple[int, int]) -> bytes:
        """Write VP8X, ICCP and ANIM, and EXIF behind the pixels; a simple file stays one: decoders look no further."""
        if b"VP8X" not in self._first:
            return b""
        profile = clean_profile(self._payload(b"ICCP"))
        orientation = find_orientation(self._payload(b"EXIF"), self._payload(b"XMP "))
        flags = self._flags() & (ALPHA_FLAG | ANIMATION_FLAG) | (ICC_FLAG if profile else 0)
        if orientation != 1:
            flags |= EXIF_FLAG
            self._body.write(write_chunk(b"EXIF", minimal_exif(orientation)))
        canvas = b"".join((side - 1).to_bytes(3, "little") for side in size)
        head = write_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + canvas)
        return head + (write_chunk(b"ICCP", profile) if profile else b"") + self._write_animation()

    def _write_animation(self) -> bytes:
        """Copy background and loop. Raises CorruptImage when an animation has none, as decoders refuse it too."""
        if not self._flags() & ANIMATION_FLAG:
            return b""
        payload = self._payload(b"ANIM")[:ANIMATION_SIZE]
        if len(payload) < ANIMATION_SIZE:
            raise CorruptImage("The WebP animation has no header.", code="webp_animation")
        return write_chunk(b"ANIM", payload)
