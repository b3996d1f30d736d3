"""The colour profile of a PNG: a name, a method, and the profile packed by zlib (PNG third edition, 11.3.2.3)."""

import zlib
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.png.chunks import Chunk

#: What a profile may unpack to; a printer's table profile takes two million bytes, but not in a file of a few.
_LIMIT = 4 << 20
_LIMIT_OF_SMALL = 1 << 20
#: The name is free text, and no decoder shows it.
_NAME = b"icc"


class Profile(NamedTuple):
    """An unpacked profile, and whether the packed bytes were exactly one whole zlib stream."""

    data: bytes
    is_whole: bool


def read_profile(data: bytes, chunk: Chunk) -> tuple[bytes, Profile]:
    """Read the name and the profile; the profile is empty when it cannot be unpacked, as decoders then have none.

    Raises CorruptImage when it unpacks to more than 4 MiB, or to a mebibyte more than the file: it cannot be judged in
    bounded memory, nor dropped without a change of colours.
    """
    at = data.find(b"\0", chunk.at, chunk.end) + 1 or chunk.end + 1
    name = data[chunk.at : at - 1]
    limit = min(_LIMIT, _LIMIT_OF_SMALL + len(data))
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(memoryview(data)[at + 1 : max(at + 1, chunk.end)], limit)
    except zlib.error:
        return name, Profile(b"", is_whole=False)
    if unpacker.unconsumed_tail:
        raise CorruptImage("The colour profile is too large to be judged.", code="icc_too_large", limit=limit)
    is_whole = unpacker.eof and not unpacker.unused_data and data[at : at + 1] == b"\0"
    return name, Profile(profile, is_whole=is_whole)


def write_profile(profile: bytes) -> bytes:
    """Pack a profile under a neutral name."""
    return _NAME + b"\0\0" + zlib.compress(profile)
