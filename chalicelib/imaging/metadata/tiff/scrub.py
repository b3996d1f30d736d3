"""TIFF: a file written afresh from an allow-list of fields, so that no byte of the old one stays by accident.

All pages of the main chain stay. Two things are pictures and go nevertheless, as a thumbnail in EXIF does: pages behind
the first that call themselves a reduced-resolution version of another one, and whatever hangs in sub-directories. The
first page always stays, since viewers show it. Coded picture data is copied and never decoded; only JPEG streams are
walked, because they carry segments of their own. Raw photos are refused: their picture is in a sub-directory.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata.exif.directories import TiffReader, open_tiff
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind, Reading, Stripped
from chalicelib.imaging.metadata.jpeg.streams import clean_jpeg
from chalicelib.imaging.metadata.spans import Span
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.inspector import Reached, report_page, report_rest
from chalicelib.imaging.metadata.tiff.pages import SHARING, Field, Page, read_pages
from chalicelib.imaging.metadata.tiff.writer import write_tiff

_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_STREAMED = frozenset({tags.JPEG, tags.OLD_JPEG, tags.WEBP})


def read(data: bytes) -> Reading:
    """Read the metadata of a TIFF file and the size of its first page. Raises CorruptImage and UnsupportedFormat."""
    reader = open_tiff(data)
    pages = read_pages(reader)
    return Reading(_report(reader, pages), pages[0].size)


def strip(data: bytes) -> Stripped:
    """Write the file afresh with its pictures, colours, resolution and orientation, and nothing else.

    Raises CorruptImage when it breaks the rules of TIFF, UnsupportedFormat when it cannot be cleaned without loss.
    """
    reader = open_tiff(data)
    pages = read_pages(reader)
    kept = tuple(page for page in pages if _is_shown(page, pages))
    cleaned = _clean_streams(reader, kept)
    fresh = write_tiff(reader, tuple(_refine(reader, page, first=page is pages[0]) for page in kept), cleaned)
    reading = Reading(_report(reader, pages), pages[0].size)
    return Stripped(fresh, ImageFormat.TIFF, reading.size, reading.removable)


def _report(reader: TiffReader, pages: tuple[Page, ...]) -> tuple[Finding, ...]:
    counter = FindingCounter()
    reached = Reached(reader)
    shown = tuple(page for page in pages if _is_shown(page, pages))
    for index, page in enumerate(pages):
        counter.extend(report_page(page, f"IFD{index}", reached, shown=_is_shown(page, pages)))
    streams = [(span.size, new) for span, new in _clean_streams(reader, shown).items()]
    tables = [(len(_tables(page)), _clean_tables(page)) for page in shown if _clean_tables(page) != _tables(page)]
    for size, new in (*streams, *tables):
        counter.add(Kind.UNKNOWN, "strips", max(size - len(new), 0), "segments inside a JPEG stream")
    counter.extend(report_rest(pages, reached))
    return counter.findings()


def _is_shown(page: Page, pages: tuple[Page, ...]) -> bool:
    return page is pages[0] or (bool(page.chunks or page.extras) and not page.reduced)


def _clean_streams(reader: TiffReader, pages: tuple[Page, ...]) -> dict[Span, bytes]:
    """Clean the coded streams that can carry metadata of their own; gives new bytes for those that do."""
    cleaned: dict[Span, bytes] = {}
    left = SHARING * len(reader.data)
    for span, compression in _find_streams(pages):
        left -= span.size
        if left < 0:
            raise CorruptImage("The strips of a TIFF file overlap.", code="tiff_strip")
        stream = reader.data[span.at : span.end]
        fresh = _clean_stream(stream, compression)
        if fresh is not stream:
            cleaned[span] = fresh
    return cleaned


def _find_streams(pages: tuple[Page, ...]) -> Iterator[tuple[Span, int]]:
    for page in pages:
        if page.compression in _STREAMED:
            yield from ((span, page.compression) for span in page.chunks)
        yield from ((span, tags.OLD_JPEG) for span in page.extras.get(tags.OLD_JPEG_AT, ()))


def _clean_stream(stream: bytes, compression: int) -> bytes:
    if compression == tags.WEBP and (stream[8:12] != b"WEBP" or stream[12:16] not in (b"VP8 ", b"VP8L")):
        raise UnsupportedFormat("A WebP strip with chunks of its own cannot be cleaned.", code="tiff_webp_strip")
    if compression == tags.WEBP or (compression == tags.OLD_JPEG and stream[:2] != b"\xff\xd8"):
        return stream
    if compression == tags.OLD_JPEG and clean_jpeg(stream) is not stream:
        # Its strips and tables are addressed inside the stream, so that no byte of it can move
        raise UnsupportedFormat("An old-style JPEG stream with metadata cannot be cleaned.", code="tiff_old_jpeg")
    return clean_jpeg(stream) if stream and compression == tags.JPEG else stream


def _tables(page: Page) -> bytes:
    return next((entry.value for entry in page.fields if entry.tag == tags.JPEG_TABLES), b"")


def _clean_tables(page: Page) -> bytes:
    return clean_jpeg(_tables(page)) if _tables(page) else b""


def _clean_profile(field: Field) -> dict[int, Field]:
    profile = icc.clean_profile(field.value)
    return {tags.ICC: Field(tags.ICC, _UNDEFINED, len(profile), profile)} if profile else {}


def _refine(reader: TiffReader, page: Page, *, first: bool) -> Page:
    """Set the fields that are made anew: the page's role, its orientation, its tables."""
    fields = {entry.tag: entry for entry in page.fields}
    if tags.JPEG_TABLES in fields:
        tables = _clean_tables(page)
        fields[tags.JPEG_TABLES] = Field(tags.JPEG_TABLES, _UNDEFINED, len(tables), tables)
    if tags.ICC in fields:
        fields |= _clean_profile(fields.pop(tags.ICC))
    if page.compression == tags.JPEG or (first and page.reduced):
        # Readers of photos take a JPEG page without the role "full picture" for a preview of another one
        fields[tags.NEW_SUBFILE_TYPE] = Field(tags.NEW_SUBFILE_TYPE, _LONG, 1, struct.pack(reader.order + "I", 0))
        fields.pop(tags.SUBFILE_TYPE, None)
    if page.orientation > 1:
        value = struct.pack(reader.order + "H", page.orientation)
        fields[tags.ORIENTATION] = Field(tags.ORIENTATION, _SHORT, 1, value)
    return replace(page, fields=tuple(fields.values()))
