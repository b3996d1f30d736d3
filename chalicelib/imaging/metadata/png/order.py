"""Tells which chunks of a PNG decoders pass over: out of their place, a second time, or of another colour type.

Sources: PNG third edition, 5.6 (order), 11 (chunks), 13.2 (errors); libpng's pngrutil.c where it is stricter.
"""

import zlib

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import BOUNDED, FIXED, PIXELS, Chunk

#: Ancillary by their letter, but without them another picture is shown.
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
#: A second one wins in some decoders and not in others, or ends the reading: which picture is shown, nobody can tell.
_SINGLE = frozenset({b"PLTE", b"tRNS", b"acTL"})
_PALETTE = 3


class Order:
    """Takes the chunks in their order; remembers what was there and whether the run of image data has ended."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._seen: set[bytes] = set()
        self._last = b""

    def judge(self, chunk: Chunk) -> str:
        """Say why decoders pass over a chunk of the allow-list or a profile; empty when they read it.

        Raises CorruptImage where decoders do not agree, and for a wrong checksum of what the picture is made of.
        """
        known = chunk.type in PIXELS or chunk.type in FIXED or chunk.type in BOUNDED or chunk.type in (b"iCCP", b"eXIf")
        reason = self._judge_known(chunk) if known and chunk.type != b"IEND" else ""
        self._seen.add(chunk.type if known else b"")
        self._last = chunk.type
        return reason

    def _judge_known(self, chunk: Chunk) -> str:
        if not self._is_sound(chunk):
            if chunk.type[:1].isupper() or chunk.type in _ANIMATION:
                raise CorruptImage("The checksum of a chunk of pixels is wrong.", code="png_checksum")
            return "chunk with a wrong checksum"
        if chunk.type in PIXELS or chunk.type == b"fcTL":
            return "" if self._is_shown(chunk.type) else "frame or image data that decoders pass over"
        if chunk.type in self._seen and chunk.type in _SINGLE:
            raise CorruptImage("The PNG has a second palette, transparency or animation.", code="png_repeated")
        if chunk.type == b"acTL" and b"fcTL" in self._seen:
            # Pillow plays the frames, browsers show the still image
            raise CorruptImage("The PNG's animation is announced behind its first frame.", code="png_animation")
        if chunk.type == b"PLTE" and self._data[25] != _PALETTE:
            return "palette of a picture that has none"
        if chunk.type != b"eXIf" and not self._seen.isdisjoint((chunk.type, b"IDAT")):
            return "chunk that is repeated or out of its place"
        return ""

    def _is_shown(self, kind: bytes) -> bool:
        """Tell whether image data belongs to the one run, and frames to an animation that was announced before it."""
        if kind == b"IDAT":
            return b"IDAT" not in self._seen or self._last == b"IDAT"
        return b"acTL" in self._seen and (kind == b"fcTL" or {b"IDAT", b"fcTL"} <= self._seen)

    def _is_sound(self, chunk: Chunk) -> bool:
        checksum = zlib.crc32(memoryview(self._data)[chunk.start + 4 : chunk.end])
        return checksum == int.from_bytes(self._data[chunk.end : chunk.end + 4])
