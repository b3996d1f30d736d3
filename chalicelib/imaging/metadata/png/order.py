"""Finds the chunks of a PNG that decoders ignore: in a wrong place, repeated, or of another colour type.

Sources: PNG third edition, 5.6 (order), 11 (chunks), 13.2 (errors); libpng's pngrutil.c where it is stricter.
"""

import zlib

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import BOUNDED, FIXED, PIXELS, Chunk

#: Ancillary chunks by their first letter, but without them decoders show another picture.
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})
#: When one of these is repeated, decoders differ: they use the first or the last, or stop.
_SINGLE = frozenset({b"PLTE", b"tRNS", b"acTL"})
#: Decoders ignore one of these that is too long, so that a copy cut to its length would change the colours.
_COLORS = frozenset({b"cICP", b"sRGB", b"gAMA", b"cHRM", b"mDCV", b"cLLI"})
_PALETTE = 3


class ChunkOrder:
    """Visits the chunks in the order of the file, and remembers which types it has seen."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._seen: set[bytes] = set()
        self._last = b""
        self._frames = 0
        self._palette_size = 0

    def check(self, chunk: Chunk) -> str:
        """Return why decoders ignore this chunk, or "" if they read it or the allow-list does not have it.

        Raises CorruptImage when decoders disagree about the chunk, or when a chunk of the picture has a wrong checksum.
        """
        known = chunk.type in PIXELS or chunk.type in FIXED or chunk.type in BOUNDED or chunk.type in (b"iCCP", b"eXIf")
        if chunk.type == b"acTL" and b"IDAT" not in self._seen:
            self._frames = int.from_bytes(self._data[chunk.payload_start : chunk.payload_start + 4], "big")
        is_checked = known and chunk.type != b"IEND"
        broken_reason = self._check_alone(chunk) if is_checked else ""
        ignored_reason = self._check_known(chunk) if is_checked and not broken_reason else broken_reason
        # After a broken chunk, decoders read the next one of its type.
        self._seen.add(chunk.type if known and not broken_reason else b"")
        self._last = chunk.type
        return ignored_reason

    def _check_alone(self, chunk: Chunk) -> str:
        """Return why decoders ignore this chunk wherever it is, or ""."""
        if not self._has_valid_checksum(chunk):
            if chunk.type[:1].isupper() or chunk.type in _ANIMATION:
                raise CorruptImage("The checksum of a chunk of pixels is wrong.", code="png_checksum")
            return "chunk with a wrong checksum"
        is_wrong = chunk.type in _COLORS and chunk.payload_size != FIXED[chunk.type]
        return "chunk of a wrong length" if is_wrong else ""

    def _check_known(self, chunk: Chunk) -> str:
        self._check_transparency(chunk)
        if chunk.type in PIXELS or chunk.type == b"fcTL":
            return "" if self._is_shown(chunk) else "frame or image data that decoders ignore"
        if chunk.type in self._seen and chunk.type in _SINGLE:
            raise CorruptImage("The PNG has a second palette, transparency or animation.", code="png_repeated")
        if chunk.type == b"acTL" and b"fcTL" in self._seen:
            # Pillow plays the frames, browsers show the still image.
            raise CorruptImage(
                "The animation control chunk (acTL) of the PNG follows its first frame.", code="png_animation"
            )
        if chunk.type == b"PLTE" and self._data[25] != _PALETTE:
            return "palette of a picture without palette colours"
        if chunk.type != b"eXIf" and not self._seen.isdisjoint((chunk.type, b"IDAT")):
            return "chunk that is repeated or in a wrong place"
        return ""

    def _is_shown(self, chunk: Chunk) -> bool:
        """Return True for image data of the first unbroken run, and for the frames that acTL counts."""
        if chunk.type == b"IDAT":
            return b"IDAT" not in self._seen or self._last == b"IDAT"
        self._frames -= chunk.type == b"fcTL"
        is_counted = b"acTL" in self._seen and self._frames >= 0
        return is_counted and (chunk.type == b"fcTL" or {b"IDAT", b"fcTL"} <= self._seen)

    def _check_transparency(self, chunk: Chunk) -> None:
        """Raise CorruptImage when more entries are transparent than the palette has: libpng then ignores them all."""
        if chunk.type == b"PLTE":
            self._palette_size = chunk.payload_size // 3
        elif chunk.type == b"tRNS" and self._data[25] == _PALETTE and chunk.payload_size > self._palette_size:
            raise CorruptImage("The PNG has transparency for colours that it does not have.", code="png_transparency")

    def _has_valid_checksum(self, chunk: Chunk) -> bool:
        checksum = zlib.crc32(memoryview(self._data)[chunk.start + 4 : chunk.payload_end])
        return checksum == int.from_bytes(self._data[chunk.payload_end : chunk.end])
