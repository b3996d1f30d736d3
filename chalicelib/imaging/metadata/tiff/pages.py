"""Read the pages of a TIFF file: for each directory, the fields to keep and to drop, and where its image data is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata.exif.block import read_orientation
from chalicelib.imaging.metadata.exif.directories import (
    TYPE_SIZES,
    Directory,
    DirectoryLimits,
    Entry,
    TiffReader,
    walk_chain,
)
from chalicelib.imaging.metadata.spans import Span, Spans
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.chunks import chunk_limit, is_tiled, locate_chunks, locate_old_jpeg
from chalicelib.imaging.metadata.tiff.structure import check_picture_fields

_SHORT = 3
#: These bytes follow the header of raw photos that have no directory for their picture: Canon CR2, Phase One IIQ.
_RAW_SIGNATURE = re.compile(rb"CR|IIII.waR|MMMMRaw", re.DOTALL)
#: Pages may share data, such as one colour profile. All that they use may be this many times the size of the file.
MAX_SHARING = 2


@dataclass(frozen=True, slots=True)
class Field:
    """One kept field with the bytes of its value, in the byte order of the file."""

    tag: int
    type: int
    count: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One directory of the main chain.

    `fields` are kept, and `values` are the spans of their values outside the directory. `dropped` are removed.
    `chunks` are the page's strips or tiles; `old_jpeg` are the spans of old-style JPEG, by tag.
    `size` is width and height in pixels. `reduced` is true for a smaller version of another page.
    """

    directory: Directory
    fields: tuple[Field, ...]
    values: tuple[Span, ...]
    dropped: tuple[Entry, ...]
    chunks: Spans
    tiled: bool
    old_jpeg: dict[int, tuple[Span, ...]]
    size: tuple[int, int]
    compression: int
    reduced: bool
    orientation: int


def read_pages(reader: TiffReader) -> tuple[Page, ...]:
    """Read the main chain of directories.

    Raises CorruptImage when the chain is broken or image data lies outside the file. Raises UnsupportedFormat for raw
    photos and for compressions that Pillow does not read.
    """
    if _RAW_SIGNATURE.match(reader.data, 8):
        raise _raw_photo()
    limits = DirectoryLimits(len(reader.data))
    pages = tuple(_limit_sharing(reader, (_read_page(reader, directory) for directory in walk_chain(reader, limits))))
    if not pages or not (pages[0].chunks or pages[0].old_jpeg):
        raise CorruptImage("The first page of the TIFF file has no picture.", code="tiff_no_page")
    _reject_raw_photo(reader, pages[0], limits)
    return pages


def _limit_sharing(reader: TiffReader, pages: Iterator[Page]) -> Iterator[Page]:
    """Raise CorruptImage when pages share so many values or chunks that copies of them would outgrow the file."""
    values, chunks = MAX_SHARING * len(reader.data), chunk_limit(reader)
    for page in pages:
        values -= sum(span.size for span in page.values)
        chunks -= len(page.chunks)
        if values < 0 or chunks < 0:
            raise CorruptImage("The pages of the TIFF file use more data than it holds.", code="tiff_pages")
        yield page


def _first_fields(reader: TiffReader, directory: Directory) -> dict[int, Entry]:
    """Return the first readable field of each tag, which is the one that Pillow uses."""
    found: dict[int, Entry] = {}
    for entry in directory.entries:
        if entry.type in TYPE_SIZES and reader.is_readable(entry):
            found.setdefault(entry.tag, entry)
    return found


def _read_page(reader: TiffReader, directory: Directory) -> Page:
    found = _first_fields(reader, directory)
    kept = {tag: entry for tag, entry in found.items() if _is_allowed(entry)}
    numbers = dict(_read_single_numbers(reader, kept))
    compression = _check_kind(found, numbers)
    bits = reader.read_integers(kept[tags.BITS_PER_SAMPLE], 64) if tags.BITS_PER_SAMPLE in kept else (1,)
    kept = {tag: entry for tag, entry in kept.items() if _is_defined(entry, numbers, bits)}
    check_picture_fields(reader, directory, kept, numbers)
    old_jpeg = locate_old_jpeg(reader, kept) if compression == tags.OLD_JPEG else {}
    return Page(
        directory=directory,
        fields=tuple(_copy_field(reader, kept[tag]) for tag in sorted(kept) if tag not in tags.LOCATION_TAGS),
        values=tuple(Span(entry.at, _kept_size(entry)) for entry in kept.values() if not entry.inline),
        dropped=tuple(entry for entry in directory.entries if not _is_kept(entry, kept, found)),
        chunks=locate_chunks(reader, kept, numbers, bits, old_jpeg.get(tags.JPEG_STREAM_OFFSET, ())),
        tiled=is_tiled(kept),
        old_jpeg=old_jpeg,
        size=(numbers.get(tags.WIDTH, 0), numbers.get(tags.HEIGHT, 0)),
        compression=compression,
        reduced=bool(numbers.get(tags.NEW_SUBFILE_TYPE, 0) & 1) or numbers.get(tags.SUBFILE_TYPE) == 2,
        orientation=read_orientation(reader, directory.entries) or 1,
    )


def _check_kind(found: dict[int, Entry], numbers: dict[int, int]) -> int:
    """Return the compression. Raises UnsupportedFormat for raw photos and for compressions that Pillow cannot read."""
    if tags.DNG_VERSION in found or numbers.get(tags.PHOTOMETRIC) in tags.RAW_PHOTOMETRICS:
        raise _raw_photo()
    compression = numbers.get(tags.COMPRESSION, tags.UNCOMPRESSED)
    if compression not in tags.COMPRESSIONS:
        raise UnsupportedFormat(f"TIFF compression {compression} is not supported.", code="tiff_compression")
    return compression


def _is_allowed(entry: Entry) -> bool:
    if entry.tag in tags.OPAQUE_TAGS:
        return entry.type in (1, 7)
    return entry.type in tags.NUMERIC_TYPES and (entry.tag in tags.MAX_COUNTS or entry.tag in tags.LOCATION_TAGS)


def _is_defined(entry: Entry, numbers: dict[int, int], bits: tuple[int, ...]) -> bool:
    samples = numbers.get(tags.SAMPLES_PER_PIXEL, 1)
    photometric = numbers.get(tags.PHOTOMETRIC, 0)
    return tags.is_defined(entry.tag, entry.type, entry.count, photometric, samples, bits[0] if bits else 1)


def _read_single_numbers(reader: TiffReader, kept: dict[int, Entry]) -> Iterator[tuple[int, int]]:
    for tag, entry in kept.items():
        if tags.MAX_COUNTS.get(tag) == 1 and (values := reader.read_integers(entry, 1)):
            yield tag, values[0]


def _is_kept(entry: Entry, kept: dict[int, Entry], found: dict[int, Entry]) -> bool:
    if entry.tag == tags.ORIENTATION:
        return found.get(entry.tag) is entry and (entry.type, entry.count) == (_SHORT, 1)
    return kept.get(entry.tag) is entry


def _kept_size(entry: Entry) -> int:
    return min(entry.count, tags.MAX_COUNTS.get(entry.tag, entry.count)) * TYPE_SIZES[entry.type]


def _copy_field(reader: TiffReader, entry: Entry) -> Field:
    size = _kept_size(entry)
    return Field(entry.tag, entry.type, size // TYPE_SIZES[entry.type], reader.data[entry.at : entry.at + size])


def _reject_raw_photo(reader: TiffReader, first: Page, limits: DirectoryLimits) -> None:
    """Raise UnsupportedFormat when a sub-directory holds the main picture and the first page is only a preview."""
    pointers = next((entry for entry in first.directory.entries if entry.tag == tags.SUB_IFDS), None)
    for at in reader.read_integers(pointers, 64) if pointers and reader.is_readable(pointers) else ():
        try:
            found = _first_fields(reader, reader.read_directory(at, limits))
        except CorruptImage:
            continue
        numbers = dict(_read_single_numbers(reader, found))
        area = numbers.get(tags.WIDTH, 0) * numbers.get(tags.HEIGHT, 0)
        if area > first.size[0] * first.size[1] or numbers.get(tags.PHOTOMETRIC) in tags.RAW_PHOTOMETRICS:
            raise _raw_photo()


def _raw_photo() -> UnsupportedFormat:
    return UnsupportedFormat(
        "A raw photo cannot be cleaned without loss. Export it as JPEG or PNG first.", code="raw_photo"
    )
