"""Write a new TIFF file that holds only allowed fields, so that no byte of the old file is kept by accident.

All pages of the main chain are kept, except those that a thumbnail in EXIF resembles: reduced-resolution versions after
the first page, and pictures in sub-directories. The first page is always kept, because viewers show it.
Image data is copied and never decoded. JPEG streams are read by segment, because they may hold metadata of their own.
Raw photos are rejected, because their picture is in a sub-directory.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata import icc
from chalicelib.imaging.metadata.exif.directories import TiffReader, open_tiff
from chalicelib.imaging.metadata.exif.values import read_values
from chalicelib.imaging.metadata.findings import Finding, Reading, Stripped
from chalicelib.imaging.metadata.jpeg.streams import clean_jpeg
from chalicelib.imaging.metadata.spans import Span
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.inspector import TiffInspector
from chalicelib.imaging.metadata.tiff.pages import MAX_SHARING, Field, Page, read_pages
from chalicelib.imaging.metadata.tiff.writer import write_tiff

_SHORT, _LONG, _UNDEFINED = 3, 4, 7
_STREAM_COMPRESSIONS = frozenset({tags.JPEG, tags.OLD_JPEG, tags.WEBP})


@dataclass(frozen=True)
class _TiffFile:
    """A TIFF file that was read once, with everything that both `read` and `strip` need.

    `kept` are the pages that stay, and `tables` the clean JPEG tables of each of them, b"" for none.
    `streams` holds the new bytes of the chunks that change.
    """

    reader: TiffReader
    pages: tuple[Page, ...]
    kept: tuple[Page, ...]
    tables: tuple[bytes, ...]
    streams: dict[Span, bytes]


def read(data: bytes) -> Reading:
    """Read the metadata of a TIFF file and the size of its first page. Raises CorruptImage and UnsupportedFormat."""
    file = _read_file(data)
    return Reading(_inspect(file), file.pages[0].size)


def strip(data: bytes) -> Stripped:
    """Write a new file with the pictures, colours, resolution and orientation of the old one, and nothing else.

    Raises CorruptImage when the file is invalid, UnsupportedFormat when it cannot be cleaned without loss.
    """
    file = _read_file(data)
    pages = tuple(_clean_fields(file, page, table) for page, table in zip(file.kept, file.tables, strict=True))
    has_profile = any(field.tag == tags.ICC for field in pages[0].fields)
    is_adobe_rgb = not (has_profile or file.reader.big) and read_values(data).is_adobe_rgb
    new = write_tiff(file.reader, pages, file.streams, is_adobe_rgb=is_adobe_rgb)
    reading = Reading(_inspect(file, [_value(page, tags.ICC) for page in pages]), file.pages[0].size)
    return Stripped(new, ImageFormat.TIFF, reading.size, reading.removable)


def _read_file(data: bytes) -> _TiffFile:
    reader = open_tiff(data)
    pages = read_pages(reader)
    kept = tuple(page for page in pages if _is_kept(page, pages))
    streams = _clean_streams(reader, kept)
    tables = [_value(page, tags.JPEG_TABLES) for page in kept]
    return _TiffFile(reader, pages, kept, tuple(clean_jpeg(table) if table else b"" for table in tables), streams)


def _inspect(file: _TiffFile, cleaned_profiles: Iterable[bytes] = ()) -> tuple[Finding, ...]:
    """Report all pages. `cleaned_profiles` are the clean profiles of the kept pages, if the caller has them already."""
    inspector = TiffInspector(file.reader)
    profiles = iter(cleaned_profiles)
    for index, page in enumerate(file.pages):
        kept = _is_kept(page, file.pages)
        inspector.visit(page, f"IFD{index}", kept=kept, cleaned_profile=next(profiles, None) if kept else None)
    for span, stream in file.streams.items():
        inspector.add_cleaned_stream(span.size, len(stream))
    for page, table in zip(file.kept, file.tables, strict=True):
        old = _value(page, tags.JPEG_TABLES)
        if table != old:
            inspector.add_cleaned_stream(len(old), len(table))
    return inspector.findings(file.pages)


def _is_kept(page: Page, pages: tuple[Page, ...]) -> bool:
    return page is pages[0] or (bool(page.chunks or page.old_jpeg) and not page.reduced)


def _clean_streams(reader: TiffReader, pages: tuple[Page, ...]) -> dict[Span, bytes]:
    """Clean the JPEG streams of the pages, and return the new bytes of those that change."""
    cleaned: dict[Span, bytes] = {}
    bytes_left = MAX_SHARING * len(reader.data)
    for span, compression in _find_streams(pages):
        bytes_left -= span.size
        if bytes_left < 0:
            raise CorruptImage("The strips of the TIFF file overlap.", code="tiff_strip")
        stream = reader.data[span.at : span.end]
        new = _clean_stream(stream, compression)
        if new is not stream:
            cleaned[span] = new
    return cleaned


def _find_streams(pages: tuple[Page, ...]) -> Iterator[tuple[Span, int]]:
    for page in pages:
        if page.compression in _STREAM_COMPRESSIONS:
            yield from ((span, page.compression) for span in page.chunks)
        yield from ((span, tags.OLD_JPEG) for span in page.old_jpeg.get(tags.JPEG_STREAM_OFFSET, ()))


def _clean_stream(stream: bytes, compression: int) -> bytes:
    """Return a stream without metadata; the same object when it has none."""
    if compression == tags.JPEG:
        return clean_jpeg(stream) if stream else stream
    if compression == tags.WEBP and (stream[8:12] != b"WEBP" or stream[12:16] not in (b"VP8 ", b"VP8L")):
        raise UnsupportedFormat("A WebP strip with chunks of its own cannot be cleaned.", code="tiff_webp_strip")
    if compression == tags.OLD_JPEG and stream[:2] == b"\xff\xd8" and clean_jpeg(stream) is not stream:
        # Other fields hold offsets into this stream, so no byte of it may move
        raise UnsupportedFormat("An old-style JPEG stream with metadata cannot be cleaned.", code="tiff_old_jpeg")
    return stream


def _value(page: Page, tag: int) -> bytes:
    return next((field.value for field in page.fields if field.tag == tag), b"")


def _clean_fields(file: _TiffFile, page: Page, table: bytes) -> Page:
    """Replace the fields that change: JPEG tables, colour profile, NewSubfileType and orientation."""
    fields = {field.tag: field for field in page.fields}
    if table:
        fields[tags.JPEG_TABLES] = _opaque(tags.JPEG_TABLES, table)
    if tags.ICC in fields:
        profile = icc.clean_profile(fields.pop(tags.ICC).value)
        fields |= {tags.ICC: _opaque(tags.ICC, profile)} if profile else {}
    if page.compression == tags.JPEG or (page is file.pages[0] and page.reduced):
        # Viewers take a JPEG page that is not marked as a full picture for a preview of another page
        fields[tags.NEW_SUBFILE_TYPE] = Field(tags.NEW_SUBFILE_TYPE, _LONG, 1, struct.pack(file.reader.order + "I", 0))
        fields.pop(tags.SUBFILE_TYPE, None)
    if page.orientation > 1:
        value = struct.pack(file.reader.order + "H", page.orientation)
        fields[tags.ORIENTATION] = Field(tags.ORIENTATION, _SHORT, 1, value)
    return replace(page, fields=tuple(fields.values()))


def _opaque(tag: int, value: bytes) -> Field:
    return Field(tag, _UNDEFINED, len(value), value)
