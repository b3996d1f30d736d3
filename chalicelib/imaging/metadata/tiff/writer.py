"""Writes a TIFF file afresh: picture data first, copied by slices, then each page's directory and values."""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import NATIVE, TiffReader
from chalicelib.imaging.metadata.spans import Span, Spans, merge_spans
from chalicelib.imaging.metadata.splice import ByteCopier
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.pages import Field, Page

_LONG, _LONG8 = 4, 16


class _Output:
    """The new file behind its header: every piece begins on an even offset (TIFF 6.0 section 2)."""

    def __init__(self, data: bytes, header: int) -> None:
        self._splice = ByteCopier(data)
        self._header = header

    @property
    def next_at(self) -> int:
        """Tell where the next piece will lie."""
        size = self._header + self._splice.size
        return size + size % 2

    def place(self, piece: bytes) -> int:
        """Append a piece and tell where it lies."""
        at = self._align()
        self._splice.write(piece)
        return at

    def move(self, span: Span) -> int:
        """Append a run of the old file and tell where it lies now."""
        at = self._align()
        self._splice.copy(span.at, span.end)
        return at

    def join(self, header: bytes) -> bytes:
        """Give the new file."""
        return self._splice.join(header)

    def _align(self) -> int:
        at = self.next_at
        if at > self._header + self._splice.size:
            self._splice.write(b"\0")
        return at


@dataclass(frozen=True)
class _Moves:
    """Where the picture data went: runs of the old file with their new places, and the spans that were replaced."""

    runs: Spans
    places: "array[int]"
    replaced: dict[Span, Span]

    def find(self, span: Span) -> Span:
        """Tell where a span is now; a sparse tile (offset and size 0) stays one."""
        if span in self.replaced:
            return self.replaced[span]
        index = bisect_right(self.runs, span.at, key=attrgetter("at")) - 1
        if index < 0 or span.at > self.runs[index].end:
            return Span(0, span.size)
        return Span(self.places[index] + span.at - self.runs[index].at, span.size)


def write_tiff(reader: TiffReader, pages: tuple[Page, ...], replaced: dict[Span, bytes]) -> bytes:
    """Write pages with their fields and picture data; `replaced` holds new bytes for some of the chunks.

    Raises CorruptImage when a classic TIFF would outgrow its 4-byte offsets.
    """
    output = _Output(reader.data, 16 if reader.big else 8)
    moves = _move_chunks(pages, replaced, output)
    first_at = output.next_at
    for page in pages:
        _write_page(reader, page, moves, output, last=page is pages[-1])
    if not reader.big and output.next_at >= 2**32:
        raise CorruptImage("The TIFF file outgrows its offsets.", code="tiff_offset")
    head = struct.pack(reader.order + "HHHQ", 43, 8, 0, first_at) if reader.big else b""
    return output.join(reader.data[:2] + (head or struct.pack(reader.order + "HI", 42, first_at)))


def _move_chunks(pages: tuple[Page, ...], replaced: dict[Span, bytes], output: _Output) -> _Moves:
    spans = chain.from_iterable(chain(page.chunks, *page.extras.values()) for page in pages)
    runs = merge_spans(span for span in spans if span not in replaced)
    places = array("Q", map(output.move, runs))
    return _Moves(runs, places, {span: Span(output.place(data), len(data)) for span, data in replaced.items()})


def _write_page(reader: TiffReader, page: Page, moves: _Moves, output: _Output, *, last: bool) -> None:
    fields = sorted((*page.fields, *_place_fields(reader, page, moves)), key=lambda entry: entry.tag)
    slot, head = (8, "Q") if reader.big else (4, "H")
    pointer = "Q" if reader.big else "I"
    values_at = output.next_at + struct.calcsize("=" + head) + len(fields) * reader.entry_size + slot
    entries, values = [], []
    for entry in fields:
        value = entry.value.ljust(slot, b"\0")
        if len(value) > slot:
            values.append(value + b"\0" * (len(value) % 2))
            value = struct.pack(reader.order + pointer, values_at)
            values_at += len(values[-1])
        entries.append(struct.pack(f"{reader.order}HH{pointer}", entry.tag, entry.type, entry.count) + value)
    count = struct.pack(reader.order + head, len(fields))
    output.place(count + b"".join(entries) + struct.pack(reader.order + pointer, 0 if last else values_at))
    for value in values:
        output.place(value)


def _place_fields(reader: TiffReader, page: Page, moves: _Moves) -> list[Field]:
    made = []
    if page.chunks:
        places, sizes = (tags.TILE_OFFSETS, tags.TILE_SIZES) if page.tiled else (tags.STRIP_OFFSETS, tags.STRIP_SIZES)
        made.append(_pack(reader, places, (moves.find(span).at for span in page.chunks)))
        made.append(_pack(reader, sizes, (moves.find(span).size for span in page.chunks)))
    for tag, spans in page.extras.items():
        if spans:
            made.append(_pack(reader, tag, (moves.find(span).at for span in spans)))
    olds = page.extras.get(tags.OLD_JPEG_AT, ())
    return made + [_pack(reader, tags.OLD_JPEG_SIZE, (span.size,)) for span in olds]


def _pack(reader: TiffReader, tag: int, numbers: Iterable[int]) -> Field:
    code, kind = ("Q", _LONG8) if reader.big else ("I", _LONG)
    try:
        packed = array(code, numbers)
    except OverflowError as cause:
        raise CorruptImage("The TIFF file outgrows its offsets.", code="tiff_offset") from cause
    if reader.order != NATIVE:
        packed.byteswap()
    return Field(tag, kind, len(packed), packed.tobytes())
