"""Reads the text chunks of a PNG as far as they matter: whether EXIF or XMP is in them (PNG third edition, 11.3.3)."""

import re
import zlib
from typing import NamedTuple

#: What one chunk may unpack to; Pillow has the same bound. What is longer is dropped unread.
LIMIT = 1 << 20
XMP_KEYWORD = b"XML:com.adobe.xmp"
RAW_EXIF = b"Raw profile type exif"
# a name, a length and hex digits, a line each (ImageMagick's coders/png.c); Pillow takes the lines after the third
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f]")


class Text(NamedTuple):
    """A keyword and its text; the text is empty when it could not be unpacked within the limit."""

    keyword: bytes
    text: bytes


def read_text(kind: bytes, payload: bytes) -> Text:
    """Read a tEXt, zTXt or iTXt chunk; a broken one has an empty keyword or text."""
    keyword, _, rest = payload.partition(b"\0")
    if kind == b"tEXt":
        return Text(keyword, rest)
    if kind == b"zTXt":
        return Text(keyword, inflate(rest[1:]))
    parts = rest[2:].split(b"\0", 2)  # compression flag and method, language, translated keyword
    text = parts[2] if len(parts) == 3 else b""
    return Text(keyword, inflate(text) if rest[:1] != b"\0" else text)


def inflate(packed: bytes, limit: int = LIMIT) -> bytes:
    """Unpack zlib data up to `limit` bytes; empty when it is broken or longer, so that a bomb costs no more."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, limit)
    except zlib.error:
        return b""
    return text if not unpacker.unconsumed_tail else b""


def read_raw_profile(text: bytes) -> bytes:
    """Read the bytes of a "Raw profile type" text; empty when it holds no hex digits."""
    digits = _NOT_HEX.sub(b"", b"".join(text.split(b"\n", 3)[3:]))
    return bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
