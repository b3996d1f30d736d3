"""Reads the coding-independent code points of the primary picture of an AVIF or HEIC file.

Sources: ISO/IEC 14496-12, 12.1.5 (colr); ISO/IEC 23008-12, 6.5.5 (properties of items).
"""

import struct

from chalicelib.imaging.iso_boxes import find_meta, properties_of, read_primary


def read_nclx(data: bytes) -> tuple[int, int] | None:
    """Return colour primaries and transfer characteristics of the primary item. None if it has no colr box of nclx."""
    try:
        meta = find_meta(data)
        return _nclx_of_primary(data, meta) if meta else None
    except (struct.error, IndexError):  # a box is cut short: the decoder decides whether the picture can be shown
        return None


def _nclx_of_primary(data: bytes, meta: tuple[int, int]) -> tuple[int, int] | None:
    primary = read_primary(data, meta)
    if primary is None:
        return None
    for kind, start, _end in properties_of(data, meta, primary):
        if kind == b"colr" and data[start : start + 4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", data, start + 4)
            return primaries, transfer
    return None
