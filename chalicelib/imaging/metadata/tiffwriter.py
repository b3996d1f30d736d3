"""Writes a TIFF file afresh: picture data first, copied by slices, then each page's directory and values."""

import struct
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import tifftags as tags
from chalicelib.imaging.metadata.directories import TiffReader
from chalicelib.imaging.metadata.tiffchunks import Span
from chalicelib.imaging.metadata.tiffpages import Field, Page

_LONG, _LONG8 = 4, 16


@dataclass
class _Output:
    """The new file as a list of slices; nothing is joined until the end."""

    size: int = 0
    parts: list[bytes | memoryview] = field(default_factory=list)

    def place(self, piece: bytes | memoryview) -> int:
        """Append a piece on an even offset (TIFF 6.0 section 2) and tell where it lies."""
        if self.size % 2:
            self.parts.append(b"\0")
            self.size += 1
        at = self.size
        self.parts.append(piece)
        self.size += len(piece)
        return at


@dataclass(frozen=True)
class _Moves:
    """Where the picture data went: runs of the old file by their start, and the spans that were replaced."""

    starts: list[int]
    runs: list[tuple[Span, int]]
    replaced: dict[Span, tuple[int, int]]

    def find(self, span: Span) -> tuple[int, int]:
        """Tell the new offset and size of a span; a sparse tile (offset and size 0) stays one."""
        if span in self.replaced:
            return self.replaced[span]
        index = bisect_right(self.starts, span.at) - 1
        if index < 0 or span.at > self.runs[index][0].at + self.runs[index][0].size:
            return 0, span.size
        run, at = self.runs[index]
        return at + span.at - run.at, span.size


def write_tiff(reader: TiffReader, pages: tuple[Page, ...], replaced: dict[Span, bytes]) -> bytes:
    """Write pages with their fields and picture data; `replaced` holds new bytes for some of the chunks.

    Raises CorruptImage when a classic TIFF would outgrow its 4-byte offsets.
    """
    output = _Output()
    output.place(bytes(16 if reader.big else 8))
    moves = _move_chunks(reader, pages, replaced, output)
    first_at = output.size + output.size % 2
    for page in pages:
        _write_page(reader, page, moves, output, last=page is pages[-1])
    if not reader.big and output.size >= 2**32:
        raise CorruptImage("The TIFF file outgrows its offsets.", code="tiff_offset")
    head = struct.pack(reader.order + "HHHQ", 43, 8, 0, first_at) if reader.big else b""
    output.parts[0] = reader.data[:2] + (head or struct.pack(reader.order + "HI", 42, first_at))
    return b"".join(output.parts)


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap, in the order of the file; empty ones vanish."""
    merged: list[Span] = []
    for span in sorted((span for span in spans if span.size), key=lambda span: span.at):
        end = merged[-1].at + merged[-1].size if merged else -1
        if span.at > end:
            merged.append(span)
        elif span.at + span.size > end:
            merged[-1] = Span(merged[-1].at, span.at + span.size - merged[-1].at)
    return merged


def _move_chunks(reader: TiffReader, pages: tuple[Page, ...], replaced: dict[Span, bytes], output: _Output) -> _Moves:
    view = memoryview(reader.data)
    spans = {
        span for page in pages for span in (*page.chunks, *(each for group in page.extras.values() for each in group))
    }
    runs = [(run, output.place(view[run.at : run.at + run.size])) for run in merge_spans(spans - replaced.keys())]
    news = {span: (output.place(data), len(data)) for span, data in replaced.items()}
    return _Moves([run.at for run, _ in runs], runs, news)


def _write_page(reader: TiffReader, page: Page, moves: _Moves, output: _Output, *, last: bool) -> None:
    fields = sorted((*page.fields, *_place_fields(reader, page, moves)), key=lambda entry: entry.tag)
    slot, head = (8, "Q") if reader.big else (4, "H")
    pointer = "Q" if reader.big else "I"
    start = output.size + output.size % 2
    values_at = start + struct.calcsize("=" + head) + len(fields) * reader.entry_size + slot
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
    found = [moves.find(span) for span in page.chunks]
    made = []
    if found:
        places, sizes = (tags.TILE_OFFSETS, tags.TILE_SIZES) if page.tiled else (tags.STRIP_OFFSETS, tags.STRIP_SIZES)
        made += [_pack(reader, places, [at for at, _ in found]), _pack(reader, sizes, [size for _, size in found])]
    for tag, spans in page.extras.items():
        if spans:
            made.append(_pack(reader, tag, [moves.find(span)[0] for span in spans]))
    for span in page.extras.get(tags.OLD_JPEG_AT, ()):
        made.append(_pack(reader, tags.OLD_JPEG_SIZE, [span.size]))
    return made


def _pack(reader: TiffReader, tag: int, numbers: list[int]) -> Field:
    code, kind = ("Q", _LONG8) if reader.big else ("I", _LONG)
    try:
        value = struct.pack(f"{reader.order}{len(numbers)}{code}", *numbers)
    except struct.error as cause:
        raise CorruptImage("The TIFF file outgrows its offsets.", code="tiff_offset") from cause
    return Field(tag, kind, len(numbers), value)
