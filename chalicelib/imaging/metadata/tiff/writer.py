"""Write a new TIFF file: first the image data, copied from the old file, then each page's directory and values."""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import NATIVE_ORDER, TiffReader
from chalicelib.imaging.metadata.exif.minimal import write_adobe_directory
from chalicelib.imaging.metadata.spans import Span, Spans, merge_spans
from chalicelib.imaging.metadata.splice import ByteCopier
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.pages import Field, Page

_LONG, _LONG8 = 4, 16


class _Output:
    """The new file after its header. Every piece starts at an even offset (TIFF 6.0 section 2)."""

    def __init__(self, data: bytes, header: int) -> None:
        self._copier = ByteCopier(data)
        self._header = header

    @property
    def next_at(self) -> int:
        """Return the offset of the next piece."""
        size = self._header + self._copier.size
        return size + size % 2

    def write(self, piece: bytes) -> int:
        """Append new bytes and return their offset."""
        at = self._align()
        self._copier.write(piece)
        return at

    def copy(self, span: Span) -> int:
        """Append a span of the old file and return its new offset."""
        at = self._align()
        self._copier.copy(span.at, span.end)
        return at

    def join(self, header: bytes) -> bytes:
        """Return the whole file with this header."""
        return self._copier.join(header)

    def _align(self) -> int:
        at = self.next_at
        if at > self._header + self._copier.size:
            self._copier.write(b"\0")
        return at


@dataclass(frozen=True)
class _Relocations:
    """Where the image data is now: old and new offsets of the copied runs, and the new spans of replaced chunks."""

    runs: Spans
    old_offsets: "array[int]"
    new_offsets: "array[int]"
    replaced: dict[Span, Span]

    def find(self, span: Span) -> Span:
        """Return the new span of an old one. A sparse tile (offset and size 0) keeps offset 0."""
        if span in self.replaced:
            return self.replaced[span]
        index = bisect_right(self.old_offsets, span.at) - 1
        if index < 0 or span.at > self.runs[index].end:
            return Span(0, span.size)
        return Span(self.new_offsets[index] + span.at - self.old_offsets[index], span.size)


def write_tiff(
    reader: TiffReader, pages: tuple[Page, ...], replaced: dict[Span, bytes], *, is_adobe_rgb: bool = False
) -> bytes:
    """Write pages with their fields and image data; `replaced` holds the new bytes of some chunks.

    With `is_adobe_rgb`, the first page gets an EXIF directory that says so.

    Raises CorruptImage when a classic TIFF would need more than 4 bytes for an offset.
    """
    output = _Output(reader.data, 16 if reader.big else 8)
    relocations = _copy_image_data(pages, replaced, output)
    if is_adobe_rgb:
        exif_at = output.write(write_adobe_directory(reader.order, output.next_at))
        pointer = _pack(reader, tags.EXIF_IFD, (exif_at,))
        pages = (replace(pages[0], fields=(*pages[0].fields, pointer)), *pages[1:])
    first_at = output.next_at
    for page in pages:
        _write_page(reader, page, relocations, output, last=page is pages[-1])
    if not reader.big and output.next_at >= 2**32:
        raise _too_large()
    head = struct.pack(reader.order + "HHHQ", 43, 8, 0, first_at) if reader.big else b""
    return output.join(reader.data[:2] + (head or struct.pack(reader.order + "HI", 42, first_at)))


def _copy_image_data(pages: tuple[Page, ...], replaced: dict[Span, bytes], output: _Output) -> _Relocations:
    spans = chain.from_iterable(chain(page.chunks, *page.old_jpeg.values()) for page in pages)
    runs = merge_spans(span for span in spans if span not in replaced)
    old_offsets = array("Q", (run.at for run in runs))
    new_offsets = array("Q", map(output.copy, runs))
    new_spans = {span: Span(output.write(data), len(data)) for span, data in replaced.items()}
    return _Relocations(runs, old_offsets, new_offsets, new_spans)


def _write_page(reader: TiffReader, page: Page, relocations: _Relocations, output: _Output, *, last: bool) -> None:
    fields = sorted((*page.fields, *_location_fields(reader, page, relocations)), key=lambda field: field.tag)
    slot, head = (8, "Q") if reader.big else (4, "H")
    pointer = "Q" if reader.big else "I"
    values_at = output.next_at + struct.calcsize("=" + head) + len(fields) * reader.entry_size + slot
    entries, values = [], []
    for field in fields:
        value = field.value.ljust(slot, b"\0")
        if len(value) > slot:
            values.append(value + b"\0" * (len(value) % 2))
            value = struct.pack(reader.order + pointer, values_at)
            values_at += len(values[-1])
        entries.append(struct.pack(f"{reader.order}HH{pointer}", field.tag, field.type, field.count) + value)
    count = struct.pack(reader.order + head, len(fields))
    output.write(count + b"".join(entries) + struct.pack(reader.order + pointer, 0 if last else values_at))
    for value in values:
        output.write(value)


def _location_fields(reader: TiffReader, page: Page, relocations: _Relocations) -> list[Field]:
    fields = []
    if page.chunks:
        offset_tag = tags.TILE_OFFSETS if page.tiled else tags.STRIP_OFFSETS
        size_tag = tags.TILE_BYTE_COUNTS if page.tiled else tags.STRIP_BYTE_COUNTS
        chunks = Spans(map(relocations.find, page.chunks))
        fields.append(_pack(reader, offset_tag, (span.at for span in chunks)))
        fields.append(_pack(reader, size_tag, (span.size for span in chunks)))
    for tag, spans in page.old_jpeg.items():
        if spans:
            fields.append(_pack(reader, tag, (relocations.find(span).at for span in spans)))
    streams = page.old_jpeg.get(tags.JPEG_STREAM_OFFSET, ())
    return fields + [_pack(reader, tags.JPEG_STREAM_SIZE, (span.size,)) for span in streams]


def _pack(reader: TiffReader, tag: int, numbers: Iterable[int]) -> Field:
    code, field_type = ("Q", _LONG8) if reader.big else ("I", _LONG)
    try:
        packed = array(code, numbers)
    except OverflowError as cause:
        raise _too_large() from cause
    if reader.order != NATIVE_ORDER:
        packed.byteswap()
    return Field(tag, field_type, len(packed), packed.tobytes())


def _too_large() -> CorruptImage:
    return CorruptImage("The cleaned TIFF file would be too large for its 4-byte offsets.", code="tiff_offset")
