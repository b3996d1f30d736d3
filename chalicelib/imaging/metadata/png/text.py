"""Reads the text chunks of a PNG, in order to name the EXIF and XMP in them (PNG third edition, 11.3.3)."""

import zlib
from binascii import unhexlify

from chalicelib.imaging.metadata.png.chunks import Chunk

#: Greatest size of one decompressed text, the same as in Pillow. A longer text is not read.
LIMIT = 1 << 20
#: Greatest size of all decompressed texts of a file together. After that, no text is read.
_BUDGET = 4 << 20
TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
XMP_KEYWORD = b"XML:com.adobe.xmp"
RAW_EXIF = b"Raw profile type exif"
# Such a text has a line each for name, length and hex digits (ImageMagick's coders/png.c). Pillow reads from line 4 on.
_NOT_HEX = bytes(set(range(256)) - set(b"0123456789ABCDEFabcdef"))


class TextReader:
    """Reads the texts of one file. All texts together share one budget of decompressed bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._budget = _BUDGET

    def keyword(self, chunk: Chunk) -> bytes:
        """Return the keyword. A keyword of the specification ends within 80 bytes."""
        return self._data[chunk.payload_start : min(chunk.payload_end, chunk.payload_start + 80)].partition(b"\0")[0]

    def read(self, chunk: Chunk) -> bytes:
        """Return the text of a tEXt, zTXt or iTXt chunk. It is empty when damaged, too long, or over the budget."""
        at = chunk.payload_start + len(self.keyword(chunk)) + 1
        if chunk.type == b"tEXt":
            return self._data[at : chunk.payload_end]
        if chunk.type == b"zTXt":
            return self._inflate(at + 1, chunk.payload_end)
        is_compressed = self._data[at : at + 1] != b"\0"
        at += 2  # skip compression flag and method; language and translated keyword follow
        for _ in range(2):
            end = self._data.find(b"\0", at, chunk.payload_end)
            if end < 0:
                return b""
            at = end + 1
        return self._inflate(at, chunk.payload_end) if is_compressed else self._data[at : chunk.payload_end]

    def _inflate(self, start: int, end: int) -> bytes:
        limit = min(LIMIT, self._budget)
        if not limit:
            return b""
        inflater = zlib.decompressobj()
        self._budget -= limit
        try:
            text = inflater.decompress(memoryview(self._data)[start:end], limit)
        except zlib.error:
            return b""
        self._budget += limit - len(text)
        return text if not inflater.unconsumed_tail else b""


def read_raw_profile(text: bytes) -> bytes:
    """Return the bytes of a "Raw profile type" text. They are empty when it has no hex digits."""
    start = 0
    for _ in range(3):
        start = text.find(b"\n", start) + 1
        if not start:
            return b""
    digits = text[start:].translate(None, _NOT_HEX)
    return unhexlify(digits[: len(digits) & ~1])
