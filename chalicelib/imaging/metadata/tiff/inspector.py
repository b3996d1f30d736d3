"""Report what a TIFF file holds besides its pictures, page by page."""

from array import array
from collections.abc import Iterator

from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata.exif.block import ExifWalker
from chalicelib.imaging.metadata.exif.directories import DirectoryLimits, Entry, TiffReader
from chalicelib.imaging.metadata.exif.minimal import write_adobe_directory
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind
from chalicelib.imaging.metadata.spans import Span, merge_spans
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.pages import Page

_LONG = 4
_POINTERS = {tags.EXIF_IFD: "EXIF directory", tags.GPS_IFD: "GPS directory", tags.SUB_IFDS: "further pictures"}


class TiffInspector:
    """Collect the findings of a TIFF file."""

    def __init__(self, reader: TiffReader) -> None:
        self._reader = reader
        self._counter = FindingCounter()
        self._limits = DirectoryLimits(len(reader.data))
        #: What dropped fields point at: offset, size, offset, size, ... These bytes count as part of their field.
        self._dropped_ranges = array("Q")

    def visit(self, page: Page, where: str, *, kept: bool, cleaned_profile: bytes | None = None) -> None:
        """Report one page; a page that is not kept is one more finding.

        `cleaned_profile` is the result of `icc.clean_profile` for the page, if the caller has it already.
        """
        if kept:
            self._counter.extend(_report_kept(page, where, cleaned_profile))
        else:
            size = page.directory.size + sum(span.size for span in (*page.chunks, *page.values))
            summary = "a smaller version of another page, or a page without a picture"
            self._counter.add(Kind.THUMBNAIL, where, size, summary)
        has_profile = any(field.tag == tags.ICC for field in page.fields)
        for entry in page.dropped:
            if has_profile or where != "IFD0" or not self._report_adobe(entry):
                self._report_dropped(entry, where)

    def add_cleaned_stream(self, size: int, new_size: int) -> None:
        """Report a JPEG stream or JPEG tables that had `size` bytes and have `new_size` bytes after cleaning."""
        self._counter.add(Kind.UNKNOWN, "strips", max(size - new_size, 0), "segments inside a JPEG stream")

    def findings(self, pages: tuple[Page, ...]) -> tuple[Finding, ...]:
        """Return all findings. The last one counts the bytes that no page and no field uses."""
        data = self._reader.data
        unused = sum(end - at - data.count(0, at, end) for at, end in _gaps(data, self._used_spans(pages)))
        if unused:
            self._counter.add(Kind.PADDING, "file", unused, "bytes that no page uses")
        return self._counter.findings()

    def _report_dropped(self, entry: Entry, where: str) -> None:
        kind = tags.DROPPED_KINDS.get(entry.tag, Kind.TEXT if entry.type == tags.ASCII_TYPE else Kind.PRIVATE)
        if not entry.inline and self._reader.is_readable(entry):
            self._dropped_ranges.extend((entry.at, entry.size))
        walker = self._walk(entry) if entry.tag in (tags.EXIF_IFD, tags.GPS_IFD) else None
        size = walker.size if walker and walker.size else entry.size
        self._counter.add(kind, where, size, _POINTERS.get(entry.tag, f"tag {entry.tag}"))
        for part in walker.parts if walker else ():
            self._counter.add(part.kind, f"{where} {part.path}", part.size, part.summary)

    def _report_adobe(self, entry: Entry) -> bool:
        """Report an EXIF directory that says Adobe RGB and nothing else. Return whether this field points at one."""
        is_pointer = entry.tag == tags.EXIF_IFD and (entry.type, entry.count) == (_LONG, 1) and not self._reader.big
        if not is_pointer:
            return False
        (at,) = self._reader.read_integers(entry, 1)
        minimal = write_adobe_directory(self._reader.order, at) if at < len(self._reader.data) else b""
        if not minimal or not self._reader.data.startswith(minimal, at):
            return False
        self._dropped_ranges.extend((at, len(minimal)))
        self._counter.add(Kind.COLOR, "IFD0 EXIF", len(minimal), "Adobe RGB in EXIF", allowed=True)
        return True

    def _walk(self, entry: Entry) -> ExifWalker:
        """Walk the directory that a field points at, and all directories below it."""
        walker = ExifWalker(self._reader, self._limits)
        for at in self._reader.read_integers(entry, 1) if self._reader.is_readable(entry) else ():
            walker.walk(at, "EXIF", 1)
        self._dropped_ranges.extend(walker.ranges)
        return walker

    def _used_spans(self, pages: tuple[Page, ...]) -> Iterator[Span]:
        yield Span(0, 16 if self._reader.big else 8)
        yield from map(Span, self._dropped_ranges[::2], self._dropped_ranges[1::2])
        for page in pages:
            yield Span(page.directory.at, page.directory.size)
            yield from page.values
            yield from page.chunks
            for spans in page.old_jpeg.values():
                yield from spans


def _report_kept(page: Page, where: str, cleaned_profile: bytes | None) -> Iterator[Finding]:
    if page.orientation > 1:
        yield Finding(Kind.ORIENTATION, where, 2, f"orientation {page.orientation}", allowed=True)
    for field in page.fields:
        if field.tag == tags.ICC:
            yield from icc.inspect_profile(field.value, where, len(field.value), cleaned_profile)
        if field.tag in tags.REPORTED_TAGS:
            yield Finding(tags.REPORTED_TAGS[field.tag], where, len(field.value), f"tag {field.tag}", allowed=True)


def _gaps(data: bytes, spans: Iterator[Span]) -> Iterator[tuple[int, int]]:
    at = 0
    for span in merge_spans(spans):
        if span.at > at:
            yield at, span.at
        at = max(at, span.end)
    yield at, len(data)
