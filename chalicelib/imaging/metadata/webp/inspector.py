"""Lists the metadata in the chunks of a WebP. It must not depend on how the scrub works: it checks the result."""

from dataclasses import replace

from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.embedded import inspect_exif
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind
from chalicelib.imaging.metadata.icc import inspect_profile
from chalicelib.imaging.metadata.webp.chunks import (
    ANIMATION_FLAG,
    ANIMATION_SIZE,
    CHUNK_FLAGS,
    EXIF_FLAG,
    EXTENDED_SIZE,
    FRAME_FLAGS,
    FRAME_SIZE,
    HEADER,
    ICC_FLAG,
    IMAGES,
    TRAILER,
    Chunk,
    find_image,
    padded_end,
    walk_within,
)
from chalicelib.imaging.metadata.webp.pictures import ReadPicture

_FLAGS = {chunk_type: flag for chunk_type, flag in CHUNK_FLAGS.items() if chunk_type != b"ANIM"}
_KNOWN = {b"C2PA": (Kind.C2PA, "C2PA manifest")}


class WebpInspector:
    """Visits the chunks in the order of the file and collects the findings."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._counter = FindingCounter()
        self._seen: set[bytes] = set()
        # Without VP8X, decoders read only the first bitstream (RFC 9649, 2.5 and 2.6).
        is_extended = data[HEADER : HEADER + 4] == b"VP8X"
        self._flags = data[HEADER + 8] if is_extended and len(data) > HEADER + 8 else 0

    def visit(self, chunk: Chunk) -> None:
        """Inspect one chunk."""
        if chunk.type == TRAILER:
            self._counter.add(Kind.TRAILER, "after RIFF", chunk.size, "bytes after the end")
        elif chunk.type in _VISITORS:
            _VISITORS[chunk.type](self, chunk)
        else:
            kind, summary = _KNOWN.get(chunk.type, (Kind.UNKNOWN, "unknown chunk"))
            self._counter.add(kind, "chunk", chunk.size, summary)
        if chunk.type != TRAILER and any(self._data[chunk.end : padded_end(chunk)]):
            self._counter.add(Kind.PADDING, "between chunks", 1, "padding that is not zero")
        self._seen.add(chunk.type if chunk.type in _VISITORS else b"")

    def visit_picture(self, picture: ReadPicture) -> None:
        """Inspect one picture: count the bytes behind its coded data."""
        if picture.hidden:
            where = picture.image.type.decode("ascii").strip()
            self._counter.add(Kind.PADDING, where, picture.hidden, "bytes behind the end of the picture")

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings."""
        for chunk_type, flag in _FLAGS.items():
            if self._flags & flag and chunk_type not in self._seen:
                self._counter.add(Kind.UNKNOWN, "VP8X", 0, "flag of a missing chunk")
        return self._counter.findings()

    def _visit_extended(self, chunk: Chunk) -> None:
        reserved = self._data[chunk.payload_start + 1 : chunk.payload_start + 4]
        if chunk.start != HEADER or chunk.payload_size != EXTENDED_SIZE or any(reserved):
            self._counter.add(Kind.PADDING, "VP8X", chunk.size, "extended header with more than flags and size")

    def _visit_image(self, chunk: Chunk) -> None:
        is_first = not self._seen & IMAGES and not (chunk.type != b"VP8 " and b"ALPH" in self._seen)
        if not is_first or self._flags & ANIMATION_FLAG:
            self._counter.add(Kind.UNKNOWN, "chunk", chunk.size, "another picture that is not shown")

    def _visit_animation(self, chunk: Chunk) -> None:
        if b"ANIM" in self._seen or not self._flags & ANIMATION_FLAG or chunk.payload_size != ANIMATION_SIZE:
            self._counter.add(Kind.PADDING, "ANIM", chunk.size, "animation header in a wrong place or of a wrong size")
        else:
            self._counter.add(Kind.ANIMATION, "ANIM", chunk.size, "background and loop", allowed=True)

    def _visit_frame(self, chunk: Chunk) -> None:
        """Count a frame, and each byte in it that belongs to neither its alpha chunk nor its bitstream."""
        inside = chunk.payload_start + FRAME_SIZE
        used = FRAME_SIZE - (1 if self._data[inside - 1] & ~FRAME_FLAGS else 0)
        for part in find_image(walk_within(self._data, inside, chunk.end)):
            if part:
                pad = min(padded_end(part), chunk.end)
                used += pad - part.start - (1 if any(self._data[part.end : pad]) else 0)
        hidden = chunk.payload_size - used
        if hidden or not self._flags & ANIMATION_FLAG:
            self._counter.add(Kind.UNKNOWN, "ANMF", hidden or chunk.size, "bytes in a frame that are not shown")
        self._counter.add(Kind.ANIMATION, "ANMF", chunk.size, "frame", allowed=True)

    def _visit_profile(self, chunk: Chunk) -> None:
        if b"ICCP" in self._seen or not self._flags & ICC_FLAG:
            self._counter.add(Kind.ICC, "ICCP", chunk.size, "ICC profile that decoders ignore")
        else:
            self._counter.extend(inspect_profile(chunk.payload(self._data), "ICCP", chunk.size))

    def _visit_exif(self, chunk: Chunk) -> None:
        """Count the parts of an EXIF block. None is allowed in a second block, or when the EXIF flag is off."""
        found = inspect_exif(chunk.payload(self._data), "EXIF", chunk.size)
        is_read = b"EXIF" not in self._seen and bool(self._flags & EXIF_FLAG)
        self._counter.extend(replace(finding, allowed=finding.allowed and is_read) for finding in found)

    def _visit_packet(self, chunk: Chunk) -> None:
        self._counter.extend(xmp.inspect_packet(chunk.payload(self._data), "XMP", chunk.size))


_VISITORS = {
    b"VP8X": WebpInspector._visit_extended,
    b"VP8 ": WebpInspector._visit_image,
    b"VP8L": WebpInspector._visit_image,
    b"ALPH": WebpInspector._visit_image,
    b"ANIM": WebpInspector._visit_animation,
    b"ANMF": WebpInspector._visit_frame,
    b"ICCP": WebpInspector._visit_profile,
    b"EXIF": WebpInspector._visit_exif,
    b"XMP ": WebpInspector._visit_packet,
}
