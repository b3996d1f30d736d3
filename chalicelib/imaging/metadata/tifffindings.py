"""What a TIFF file carries besides its pictures, told as findings."""

from collections.abc import Iterator

from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata import tifftags as tags
from chalicelib.imaging.metadata.directories import Budget, Entry, TiffReader
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.ifd import Survey
from chalicelib.imaging.metadata.tiffchunks import Span
from chalicelib.imaging.metadata.tiffpages import Page
from chalicelib.imaging.metadata.tiffwriter import merge_spans

_POINTERS = {tags.EXIF_IFD: "EXIF directory", tags.GPS_IFD: "GPS directory", tags.SUB_IFDS: "further pictures"}


def report_page(reader: TiffReader, page: Page, where: str, budget: Budget, *, shown: bool) -> Iterator[Finding]:
    """Tell what one page carries; a page that is not shown is one finding more."""
    if not shown:
        size = page.directory.size + sum(span.size for span in page.chunks)
        yield Finding(Kind.THUMBNAIL, where, size, "a smaller version of another page, or a page without a picture")
    if shown and page.orientation > 1:
        yield Finding(Kind.ORIENTATION, where, 2, f"orientation {page.orientation}", allowed=True)
    for field in page.fields if shown else ():
        if field.tag == tags.ICC:
            yield from icc.inspect_profile(field.value, where, len(field.value))
        if field.tag in tags.SHOWN:
            yield Finding(tags.SHOWN[field.tag], where, len(field.value), f"tag {field.tag}", allowed=True)
    for entry in page.dropped:
        yield from _report_entry(reader, entry, where, budget)


def _report_entry(reader: TiffReader, entry: Entry, where: str, budget: Budget) -> Iterator[Finding]:
    kind = tags.DROPPED.get(entry.tag, Kind.TEXT if entry.type == tags.TEXT_TYPE else Kind.PRIVATE)
    yield Finding(kind, where, entry.size, _POINTERS.get(entry.tag, f"tag {entry.tag}"))
    if entry.tag in (tags.EXIF_IFD, tags.GPS_IFD) and reader.readable(entry):
        for at in reader.integers(entry, 1):
            found = Survey(reader, budget)
            found.follow(at, "EXIF", 1)
            for part in found.parts:
                yield Finding(part.kind, f"{where} {part.path}", part.size, part.summary)


def report_rest(reader: TiffReader, pages: tuple[Page, ...], dirty_streams: int) -> Iterator[Finding]:
    """Tell what lies outside of the pages that stay: orphaned bytes, and segments inside coded streams."""
    if dirty_streams:
        yield Finding(Kind.UNKNOWN, "strips", dirty_streams, "segments inside JPEG streams")
    orphans = sum(_count_hidden(reader.data, at, end) for at, end in _gaps(reader, pages))
    if orphans:
        yield Finding(Kind.PADDING, "file", orphans, "bytes that no page reaches")


def _gaps(reader: TiffReader, pages: tuple[Page, ...]) -> Iterator[tuple[int, int]]:
    at = 0
    for span in merge_spans(_reached(reader, pages)):
        if span.at > at:
            yield at, span.at
        at = max(at, span.at + span.size)
    yield at, len(reader.data)


def _reached(reader: TiffReader, pages: tuple[Page, ...]) -> Iterator[Span]:
    yield Span(0, 16 if reader.big else 8)
    for page in pages:
        yield Span(page.directory.at, page.directory.size)
        yield from page.values
        yield from page.chunks
        for group in page.extras.values():
            yield from group


def _count_hidden(data: bytes, at: int, end: int) -> int:
    return end - at - data.count(0, at, end)
