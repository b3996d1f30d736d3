"""What a TIFF file carries besides its pictures, told as findings."""

from array import array
from collections.abc import Iterator

from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata.exif.block import Survey
from chalicelib.imaging.metadata.exif.directories import Budget, Entry, TiffReader
from chalicelib.imaging.metadata.findings import Finding, Kind
from chalicelib.imaging.metadata.spans import Span, merge_spans
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.pages import Page

_POINTERS = {tags.EXIF_IFD: "EXIF directory", tags.GPS_IFD: "GPS directory", tags.SUB_IFDS: "further pictures"}


class Reached:
    """The bytes that fields which go point at, so that they are counted under these and not as orphans."""

    def __init__(self, reader: TiffReader) -> None:
        self.reader = reader
        self.budget = Budget(len(reader.data))
        self._places = array("Q")

    def note(self, entry: Entry) -> None:
        """Note where the value of a field lies."""
        if not entry.inline and self.reader.readable(entry):
            self._places.extend((entry.at, entry.size))

    def survey(self, entry: Entry) -> Survey:
        """Walk the directory that a field points at, and all below it."""
        found = Survey(self.reader, self.budget)
        for at in self.reader.integers(entry, 1) if self.reader.readable(entry) else ():
            found.follow(at, "EXIF", 1)
        self._places.extend(found.reached)
        return found

    def spans(self) -> Iterator[Span]:
        """List what was noted."""
        return map(Span, self._places[::2], self._places[1::2])


def report_page(page: Page, where: str, reached: Reached, *, shown: bool) -> Iterator[Finding]:
    """Tell what one page carries; a page that is not shown is one finding more."""
    if not shown:
        size = page.directory.size + sum(span.size for span in (*page.chunks, *page.values))
        yield Finding(Kind.THUMBNAIL, where, size, "a smaller version of another page, or a page without a picture")
    if shown and page.orientation > 1:
        yield Finding(Kind.ORIENTATION, where, 2, f"orientation {page.orientation}", allowed=True)
    for field in page.fields if shown else ():
        if field.tag == tags.ICC:
            yield from icc.inspect_profile(field.value, where, len(field.value))
        if field.tag in tags.SHOWN:
            yield Finding(tags.SHOWN[field.tag], where, len(field.value), f"tag {field.tag}", allowed=True)
    for entry in page.dropped:
        yield from _report_entry(entry, where, reached)


def _report_entry(entry: Entry, where: str, reached: Reached) -> Iterator[Finding]:
    kind = tags.DROPPED.get(entry.tag, Kind.TEXT if entry.type == tags.TEXT_TYPE else Kind.PRIVATE)
    reached.note(entry)
    found = reached.survey(entry) if entry.tag in (tags.EXIF_IFD, tags.GPS_IFD) else None
    size = found.size if found and found.size else entry.size
    yield Finding(kind, where, size, _POINTERS.get(entry.tag, f"tag {entry.tag}"))
    for part in found.parts if found else ():
        yield Finding(part.kind, f"{where} {part.path}", part.size, part.summary)


def report_rest(pages: tuple[Page, ...], reached: Reached) -> Iterator[Finding]:
    """Tell of the bytes that neither a page nor a field of one reaches."""
    data = reached.reader.data
    orphans = sum(_count_hidden(data, at, end) for at, end in _gaps(data, _spans(pages, reached)))
    if orphans:
        yield Finding(Kind.PADDING, "file", orphans, "bytes that no page reaches")


def _gaps(data: bytes, spans: Iterator[Span]) -> Iterator[tuple[int, int]]:
    at = 0
    for span in merge_spans(spans):
        if span.at > at:
            yield at, span.at
        at = max(at, span.end)
    yield at, len(data)


def _spans(pages: tuple[Page, ...], reached: Reached) -> Iterator[Span]:
    yield Span(0, 16 if reached.reader.big else 8)
    yield from reached.spans()
    for page in pages:
        yield Span(page.directory.at, page.directory.size)
        yield from page.values
        yield from page.chunks
        for group in page.extras.values():
            yield from group


def _count_hidden(data: bytes, at: int, end: int) -> int:
    return end - at - data.count(0, at, end)
