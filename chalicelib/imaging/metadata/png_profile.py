"""The colour profile of a PNG: a name, a method, and the profile packed by zlib (PNG third edition, 11.3.2.3)."""

import zlib
from typing import NamedTuple

from chalicelib.errors import CorruptImage

#: What a profile may unpack to; a printer's table profile takes two million bytes.
_LIMIT = 4 << 20
#: The name is free text, and no decoder shows it.
_NAME = b"icc"


class Profile(NamedTuple):
    """An unpacked profile, and whether the packed bytes were exactly one whole zlib stream."""

    data: bytes
    is_whole: bool


def read_profile(payload: bytes) -> tuple[bytes, Profile]:
    """Read the name and the profile; the profile is empty when it cannot be unpacked, as decoders then have none.

    Raises CorruptImage when it unpacks to more than 4 MiB: it cannot be judged in bounded memory, nor dropped without
    a change of colours.
    """
    name, _, rest = payload.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(rest[1:], _LIMIT)
    except zlib.error:
        return name, Profile(b"", is_whole=False)
    if unpacker.unconsumed_tail:
        raise CorruptImage("The colour profile is larger than 4 MiB.", code="icc_too_large", limit=_LIMIT)
    return name, Profile(data, is_whole=unpacker.eof and not unpacker.unused_data and rest[:1] == b"\0")


def write_profile(profile: bytes) -> bytes:
    """Pack a profile under a neutral name."""
    return _NAME + b"\0\0" + zlib.compress(profile)
