"""Reads and writes the colour profile of a PNG: a name, a method, and a zlib stream (PNG third edition, 11.3.2.3)."""

import zlib
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import Chunk

#: Greatest size of a decompressed profile. A printer's table profile takes two million bytes, in a large file.
_LIMIT = 4 << 20
_SMALL_FILE_LIMIT = 1 << 20
#: The name that replaces the file's own, which is free text. No decoder shows it.
_NAME = b"icc"


class Profile(NamedTuple):
    """A decompressed profile. `is_whole` says whether the chunk held exactly one whole zlib stream."""

    data: bytes
    is_whole: bool


def read_profile(data: bytes, chunk: Chunk) -> tuple[bytes, Profile]:
    """Return the name and the profile. A profile that cannot be decompressed is empty, since decoders then use none.

    Raises CorruptImage when it decompresses to more than 4 MiB, or to more than the file and 1 MiB. Such a profile
    cannot be checked in bounded memory, and removing it would change the colours.
    """
    at = data.find(b"\0", chunk.payload_start, chunk.payload_end) + 1 or chunk.payload_end + 1
    name = data[chunk.payload_start : at - 1]
    limit = min(_LIMIT, _SMALL_FILE_LIMIT + len(data))
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(memoryview(data)[at + 1 : max(at + 1, chunk.payload_end)], limit)
    except zlib.error:
        return name, Profile(b"", is_whole=False)
    if inflater.unconsumed_tail:
        raise CorruptImage("The colour profile is too large to be checked.", code="icc_too_large", limit=limit)
    is_whole = inflater.eof and not inflater.unused_data and data[at : at + 1] == b"\0"
    return name, Profile(profile, is_whole=is_whole)


def write_profile(profile: bytes) -> bytes:
    """Return the payload of an iCCP chunk that holds the compressed profile under a neutral name."""
    return _NAME + b"\0\0" + zlib.compress(profile)
