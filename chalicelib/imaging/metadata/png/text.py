"""Reads the text chunks of a PNG as far as they matter: whether EXIF or XMP is in them (PNG third edition, 11.3.3)."""

import zlib
from binascii import unhexlify

from chalicelib.imaging.metadata.png.chunks import Chunk

#: What one chunk may unpack to; Pillow has the same bound. What is longer is dropped unread.
LIMIT = 1 << 20
#: What all chunks of a file may unpack to: no more orientations than that are worth looking for.
_BUDGET = 4 << 20
XMP_KEYWORD = b"XML:com.adobe.xmp"
RAW_EXIF = b"Raw profile type exif"
# a name, a length and hex digits, a line each (ImageMagick's coders/png.c); Pillow takes the lines after the third
_NOT_HEX = bytes(set(range(256)) - set(b"0123456789ABCDEFabcdef"))


class TextReader:
    """Reads the texts of one file, and unpacks no more than a budget for all of them together."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _BUDGET

    def keyword(self, chunk: Chunk) -> bytes:
        """Cut out the keyword; a name that the specification has ends within 80 bytes."""
        return self._data[chunk.at : min(chunk.end, chunk.at + 80)].partition(b"\0")[0]

    def read(self, chunk: Chunk) -> bytes:
        """Read the text of a tEXt, zTXt or iTXt chunk; empty when it is broken, too long or beyond the budget."""
        at = chunk.at + len(self.keyword(chunk)) + 1
        if chunk.type == b"tEXt":
            return self._data[at : chunk.end]
        if chunk.type == b"zTXt":
            return self._inflate(at + 1, chunk.end)
        is_packed = self._data[at : at + 1] != b"\0"
        at += 2  # compression flag and method, then language and translated keyword
        for _ in range(2):
            end = self._data.find(b"\0", at, chunk.end)
            if end < 0:
                return b""
            at = end + 1
        return self._inflate(at, chunk.end) if is_packed else self._data[at : chunk.end]

    def _inflate(self, start: int, end: int) -> bytes:
        limit = min(LIMIT, self._left)
        if not limit:
            return b""
        unpacker = zlib.decompressobj()
        self._left -= limit
        try:
            text = unpacker.decompress(memoryview(self._data)[start:end], limit)
        except zlib.error:
            return b""
        self._left += limit - len(text)
        return text if not unpacker.unconsumed_tail else b""


def read_raw_profile(text: bytes) -> bytes:
    """Read the bytes of a "Raw profile type" text; empty when it holds no hex digits."""
    start = 0
    for _ in range(3):
        start = text.find(b"\n", start) + 1
        if not start:
            return b""
    digits = text[start:].translate(None, _NOT_HEX)
    return unhexlify(digits[: len(digits) & ~1])
