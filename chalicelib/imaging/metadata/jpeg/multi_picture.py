"""The multi-picture index of a JPEG: where its further pictures are (CIPA DC-007, "MPF")."""

import struct
from contextlib import suppress
from typing import NamedTuple

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import open_tiff
from chalicelib.imaging.metadata.spans import Span

MPF_PREFIX = b"MPF\0"
_VERSION, _NUMBER, _ENTRIES = 0xB000, 0xB001, 0xB002
_LONG, _UNDEFINED = 4, 7
_ENTRY = struct.Struct(">IIIHH")
#: Pictures that are looked at. Phones write two or three.
_MAX_PICTURES = 16
_TYPE_BITS, _PRIMARY, _DISPARITY = 0xFFFFFF, 0x030000, 0x020002
#: The types of "large thumbnails" of some sizes (5.2.3.3.1).
_PREVIEW_BITS, _PREVIEW = 0xFF0000, 0x010000
_HEADER = b"MM\0*\0\0\0\x08"
_ENTRIES_AT = 8 + 2 + 3 * 12 + 4
#: Bytes of the payload that write_index() returns.
INDEX_SIZE = len(MPF_PREFIX) + _ENTRIES_AT + 2 * _ENTRY.size


class Picture(NamedTuple):
    """A further picture: its bytes in the file, and whether the index calls it a map of distances or a preview."""

    span: Span
    is_disparity: bool
    is_preview: bool = False


def read_index(payload: bytes, at: int) -> list[Picture]:
    """Return the pictures after the first. `at` is the offset of the payload in the file.

    A broken index has no pictures. The spans are not checked against the file.
    """
    block = payload[len(MPF_PREFIX) :]
    value = b""
    order = ">"
    with suppress(CorruptImage):
        reader = open_tiff(block)
        order = reader.order
        entry = next((entry for entry in reader.read_entries(reader.first_at) if entry.tag == _ENTRIES), None)
        value = reader.read_value(entry) if entry else b""
    rows = value[: len(value) // _ENTRY.size * _ENTRY.size][: _ENTRY.size * _MAX_PICTURES]
    pictures = [
        Picture(
            Span(at + len(MPF_PREFIX) + offset, size),
            attribute & _TYPE_BITS == _DISPARITY,
            attribute & _PREVIEW_BITS == _PREVIEW,
        )
        for attribute, size, offset, _, _ in struct.iter_unpack(order + _ENTRY.format[1:], rows)
    ]
    return pictures[1:]


def write_index(primary_size: int, size: int, at: int) -> bytes:
    """Return the payload of an index of two pictures. `at` is the offset of the payload in the file.

    The second picture has `size` bytes and follows the first, which has `primary_size` bytes.
    """
    fields = (
        (_VERSION, _UNDEFINED, 4, b"0100"),
        (_NUMBER, _LONG, 1, struct.pack(">I", 2)),
        (_ENTRIES, _UNDEFINED, 2 * _ENTRY.size, struct.pack(">I", _ENTRIES_AT)),
    )
    directory = struct.pack(">H", len(fields)) + b"".join(struct.pack(">HHI4s", *field) for field in fields) + bytes(4)
    offset = max(0, primary_size - at - len(MPF_PREFIX))
    entries = _ENTRY.pack(_PRIMARY, primary_size, 0, 0, 0) + _ENTRY.pack(0, size, offset, 0, 0)
    return MPF_PREFIX + _HEADER + directory + entries
