"""Says what each chunk of a WebP is: the judging half, which knows nothing of how a scrub works."""

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
    walk_within,
)

_FLAGS = {kind: flag for kind, flag in CHUNK_FLAGS.items() if kind != b"ANIM"}
_KNOWN = {b"C2PA": (Kind.C2PA, "C2PA manifest")}


class WebpInspector:
    """Takes the chunks in their order and keeps a counter of what is not the coded picture."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._counter = FindingCounter()
        self._seen: set[bytes] = set()
        # without VP8X no decoder reads more than the one bitstream at the front (RFC 9649, 2.5 and 2.6)
        is_extended = data[HEADER : HEADER + 4] == b"VP8X"
        self._flags = data[HEADER + 8] if is_extended and len(data) > HEADER + 8 else 0

    def visit(self, chunk: Chunk) -> None:
        """Judge one chunk."""
        if chunk.type == TRAILER:
            self._counter.add(Kind.TRAILER, "after RIFF", chunk.size, "bytes after the end")
        elif chunk.type in _JUDGES:
            _JUDGES[chunk.type](self, chunk)
        else:
            kind, summary = _KNOWN.get(chunk.type, (Kind.UNKNOWN, "unknown chunk"))
            self._counter.add(kind, "chunk", chunk.size, summary)
        if chunk.type != TRAILER and any(self._data[chunk.end : chunk.end + (chunk.end - chunk.at) % 2]):
            self._counter.add(Kind.PADDING, "between chunks", 1, "padding that is not zero")
        self._seen.add(chunk.type if chunk.type in _JUDGES else b"")

    def findings(self) -> tuple[Finding, ...]:
        """List what was found."""
        for kind, flag in _FLAGS.items():
            if self._flags & flag and kind not in self._seen:
                self._counter.add(Kind.UNKNOWN, "VP8X", 0, "flag of a chunk that is not there")
        return self._counter.findings()

    def _judge_extended(self, chunk: Chunk) -> None:
        is_first = chunk.start == HEADER
        if not is_first or chunk.end - chunk.at != EXTENDED_SIZE or any(self._data[chunk.at + 1 : chunk.at + 4]):
            self._counter.add(Kind.PADDING, "VP8X", chunk.size, "extended header with more than flags and size")

    def _judge_image(self, chunk: Chunk) -> None:
        is_first = not self._seen & IMAGES and not (chunk.type != b"VP8 " and b"ALPH" in self._seen)
        if not is_first or self._flags & ANIMATION_FLAG:
            self._counter.add(Kind.UNKNOWN, "chunk", chunk.size, "further picture that is not shown")

    def _judge_animation(self, chunk: Chunk) -> None:
        if b"ANIM" in self._seen or not self._flags & ANIMATION_FLAG or chunk.end - chunk.at != ANIMATION_SIZE:
            self._counter.add(Kind.PADDING, "ANIM", chunk.size, "animation header out of place")
        else:
            self._counter.add(Kind.ANIMATION, "ANIM", chunk.size, "background and loop", allowed=True)

    def _judge_frame(self, chunk: Chunk) -> None:
        """Count a frame, and what in it is neither the alpha nor the bitstream, to the last byte."""
        inside = chunk.at + FRAME_SIZE
        used = FRAME_SIZE - (1 if self._data[inside - 1] & ~FRAME_FLAGS else 0)
        for part in find_image(walk_within(self._data, inside, chunk.end)):
            if part:
                pad = min(part.end + (part.end - part.at) % 2, chunk.end)
                used += pad - part.start - (1 if any(self._data[part.end : pad]) else 0)
        hidden = chunk.end - chunk.at - used
        if hidden or not self._flags & ANIMATION_FLAG:
            self._counter.add(Kind.UNKNOWN, "ANMF", hidden or chunk.size, "bytes in a frame that are not shown")
        self._counter.add(Kind.ANIMATION, "ANMF", chunk.size, "frame", allowed=True)

    def _judge_profile(self, chunk: Chunk) -> None:
        if b"ICCP" in self._seen or not self._flags & ICC_FLAG:
            self._counter.add(Kind.ICC, "ICCP", chunk.size, "ICC profile that decoders pass over")
        else:
            self._counter.extend(inspect_profile(self._data[chunk.at : chunk.end], "ICCP", chunk.size))

    def _judge_exif(self, chunk: Chunk) -> None:
        """List what the block holds; no part of it is allowed where decoders do not look for it, or a second time."""
        found = inspect_exif(self._data[chunk.at : chunk.end], "EXIF", chunk.size)
        is_read = b"EXIF" not in self._seen and bool(self._flags & EXIF_FLAG)
        self._counter.extend(replace(finding, allowed=finding.allowed and is_read) for finding in found)

    def _judge_packet(self, chunk: Chunk) -> None:
        self._counter.extend(xmp.inspect_packet(self._data[chunk.at : chunk.end], "XMP", chunk.size))


_JUDGES = {
    b"VP8X": WebpInspector._judge_extended,
    b"VP8 ": WebpInspector._judge_image,
    b"VP8L": WebpInspector._judge_image,
    b"ALPH": WebpInspector._judge_image,
    b"ANIM": WebpInspector._judge_animation,
    b"ANMF": WebpInspector._judge_frame,
    b"ICCP": WebpInspector._judge_profile,
    b"EXIF": WebpInspector._judge_exif,
    b"XMP ": WebpInspector._judge_packet,
}
