"""Reads whether a camera names Adobe RGB in EXIF (Exif 3.0, 4.6.6.2.1; DCF 2.0, option files).

Pillow's reader would copy the values of each field, and a hostile block has many fields that share their bytes.
"""

import struct

_EXIF_IFD, _COLOR_SPACE, _INTEROP_IFD, _INTEROP_INDEX = 34665, 0xA001, 0xA005, 1
_FIELD = struct.Struct("<HHI4s"), struct.Struct(">HHI4s")
#: 65535 is "uncalibrated". Some cameras write 2 for Adobe RGB.
_NOT_SRGB = frozenset({2, 0xFFFF})
#: DCF names an option file in Adobe RGB by this InteroperabilityIndex.
_ADOBE_INDEX = b"R03\0"


def names_adobe_rgb(block: bytes) -> bool:
    """Return whether a block that starts with a TIFF header has ColorSpace and InteroperabilityIndex of Adobe RGB.

    Returns False for a damaged block.
    """
    if block[:4] not in (b"II*\0", b"MM\0*"):
        return False
    big = block[:2] == b"MM"
    try:
        (first,) = struct.unpack_from(">I" if big else "<I", block, 4)
        exif = _offset(block, first, _EXIF_IFD, big)
        space = _value(block, exif, _COLOR_SPACE, big)
        index = _value(block, _offset(block, exif, _INTEROP_IFD, big), _INTEROP_INDEX, big)
    except struct.error:  # a directory is outside the block
        return False
    return int.from_bytes(space[:2], "big" if big else "little") in _NOT_SRGB and index == _ADOBE_INDEX


def _offset(block: bytes, directory: int, tag: int, big: bool) -> int:
    return int.from_bytes(_value(block, directory, tag, big), "big" if big else "little")


def _value(block: bytes, directory: int, tag: int, big: bool) -> bytes:
    """Return the four bytes of a field's value. Empty if the directory is absent, at offset 0, or has no such field."""
    if not directory:
        return b""
    (count,) = struct.unpack_from(">H" if big else "<H", block, directory)
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        found, _kind, _count, value = _FIELD[big].unpack_from(block, at)
        if found == tag:
            return bytes(value)
    return b""
