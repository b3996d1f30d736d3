"""Puts texts and an XMP packet into the first directory of a clean TIFF (TIFF 6.0, section 2, and BigTIFF)."""

import struct
from collections.abc import Mapping

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import DirectoryLimits, TiffReader, open_tiff
from chalicelib.imaging.metadata.exif.minimal import EXIF_IFD, TEXTS_IN_EXIF, KeptExif, write_exif_directory
from chalicelib.imaging.metadata.exif.values import read_values

XMP_TAG, _ASCII, _BYTE, _LONG = 700, 2, 1, 4


def insert_into_tiff(data: bytes, texts: Mapping[int, bytes], packet: bytes) -> bytes:
    """Return the file with a new first directory at its end. Nothing else moves; the old directory becomes zeros.

    A BigTIFF must have no text of an Exif directory.

    Raises CorruptImage if a classic TIFF would need more than 4 bytes for an offset.
    """
    reader = open_tiff(data)
    old = reader.read_directory(reader.first_at, DirectoryLimits(len(data)))
    tail = Tail(reader, len(data))
    entries = {entry.tag: _raw(reader, old.at, index) for index, entry in enumerate(old.entries)}
    entries |= {tag: tail.field(tag, _ASCII, text) for tag, text in texts.items() if tag not in TEXTS_IN_EXIF}
    entries[XMP_TAG] = tail.field(XMP_TAG, _BYTE, packet)
    if not TEXTS_IN_EXIF.isdisjoint(texts):
        kept = KeptExif(is_adobe_rgb=read_values(data).is_adobe_rgb)
        at = tail.write(write_exif_directory(kept, reader.order, tail.next_at, texts))
        entries[EXIF_IFD] = struct.pack(f"{reader.order}HHII", EXIF_IFD, _LONG, 1, at)
    head, slot = ("Q", "Q") if reader.big else ("H", "I")
    rows = b"".join(entries[tag] for tag in sorted(entries))
    count, next_at = struct.pack(reader.order + head, len(entries)), struct.pack(reader.order + slot, old.next_at)
    first_at = tail.write(count + rows + next_at)
    blank = data[: old.at] + bytes(old.size) + data[old.at + old.size :]
    start = 8 if reader.big else 4
    new = blank[:start] + struct.pack(reader.order + slot, first_at) + blank[start + struct.calcsize("=" + slot) :]
    return new + tail.bytes()


def _raw(reader: TiffReader, at: int, index: int) -> bytes:
    start = at + (8 if reader.big else 2) + index * reader.entry_size
    return reader.data[start : start + reader.entry_size]


class Tail:
    """The bytes that are appended to a file. Every piece starts at an even offset."""

    def __init__(self, reader: TiffReader, start: int) -> None:
        self._reader = reader
        self._start = start
        self._bytes = bytearray(self._start % 2)

    @property
    def next_at(self) -> int:
        """Return the offset of the next piece in the new file."""
        return self._start + len(self._bytes)

    def write(self, piece: bytes) -> int:
        """Append a piece and return its offset. Raises CorruptImage if the offset is too large."""
        at = self.next_at
        if not self._reader.big and at + len(piece) >= 2**32:
            raise CorruptImage("The TIFF file would be too large for its 4-byte offsets.", code="tiff_offset")
        self._bytes += piece + bytes(len(piece) % 2)
        return at

    def field(self, tag: int, field_type: int, value: bytes) -> bytes:
        """Return a field, whose value is appended if it does not fit into it."""
        size = 8 if self._reader.big else 4
        code = "Q" if self._reader.big else "I"
        order = self._reader.order
        slot = value.ljust(size, b"\0") if len(value) <= size else struct.pack(order + code, self.write(value))
        return struct.pack(f"{order}HH{code}", tag, field_type, len(value)) + slot

    def bytes(self) -> bytes:
        """Return all pieces."""
        return bytes(self._bytes)
