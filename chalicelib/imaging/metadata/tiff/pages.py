"""The pages of a TIFF file: of each directory, the fields that stay, where its coded picture lies, and what goes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.block import read_orientation
from chalicelib.imaging.metadata.exif.directories import TYPE_SIZES, Budget, Directory, Entry, TiffReader, walk_chain
from chalicelib.imaging.metadata.spans import Span, Spans
from chalicelib.imaging.metadata.tiff import tags
from chalicelib.imaging.metadata.tiff.chunks import chunk_limit, locate_chunks, locate_old_jpeg

_SHORT = 3
#: What stands behind the header of raw photos whose picture no directory tells of: Canon's CR2, Phase One's IIQ.
_RAW_MARK = re.compile(rb"CR|IIII.waR|MMMMRaw", re.DOTALL)
#: How often the bytes of the file may be shared by several pages, such as one colour profile.
SHARING = 2


@dataclass(frozen=True, slots=True)
class Field:
    """One kept field with its value's bytes, in the byte order of the file."""

    tag: int
    type: int
    count: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One directory of the main chain, split into what stays and what goes.

    `chunks` are its strips or tiles; `extras` the spans that old-style JPEG points at, by field.
    """

    directory: Directory
    fields: tuple[Field, ...]
    values: tuple[Span, ...]
    dropped: tuple[Entry, ...]
    chunks: Spans
    tiled: bool
    extras: dict[int, tuple[Span, ...]]
    size: tuple[int, int]
    compression: int
    reduced: bool
    orientation: int


def read_pages(reader: TiffReader) -> tuple[Page, ...]:
    """Read the main chain of directories.

    Raises CorruptImage for a broken chain or picture data out of reach, UnsupportedFormat for raw photos and for
    compressions that Pillow does not read.
    """
    if _RAW_MARK.match(reader.data, 8):
        raise UnsupportedFormat("A raw photo cannot be cleaned without loss.", code="raw_photo")
    budget = Budget(len(reader.data))
    pages = tuple(_bound(reader, (_read_page(reader, directory) for directory in walk_chain(reader, budget))))
    if not pages or not (pages[0].chunks or pages[0].extras):
        raise CorruptImage("The TIFF file has no picture on its first page.", code="tiff_no_page")
    _refuse_raw(reader, pages[0], budget)
    return pages


def _bound(reader: TiffReader, pages: Iterator[Page]) -> Iterator[Page]:
    """Stop where pages share their values or strips so often that the copies would outgrow the file."""
    values, chunks = SHARING * len(reader.data), chunk_limit(reader)
    for page in pages:
        values -= sum(span.size for span in page.values)
        chunks -= len(page.chunks)
        if values < 0 or chunks < 0:
            raise CorruptImage("The pages of a TIFF file share more than they hold.", code="tiff_pages")
        yield page


def first_fields(reader: TiffReader, directory: Directory) -> dict[int, Entry]:
    """Index a directory by tag; as in Pillow the first readable field of a tag counts."""
    found: dict[int, Entry] = {}
    for entry in directory.entries:
        if entry.type in TYPE_SIZES and reader.readable(entry):
            found.setdefault(entry.tag, entry)
    return found


def _read_page(reader: TiffReader, directory: Directory) -> Page:
    found = first_fields(reader, directory)
    kept = {tag: entry for tag, entry in found.items() if _stays(entry)}
    numbers = {tag: int(value) for tag, value in _scalars(reader, kept)}
    if tags.DNG_VERSION in found or numbers.get(tags.PHOTOMETRIC) in tags.RAW_PHOTOMETRICS:
        raise UnsupportedFormat("A raw photo cannot be cleaned without loss.", code="raw_photo")
    compression = numbers.get(tags.COMPRESSION, tags.UNCOMPRESSED)
    if compression not in tags.COMPRESSIONS:
        raise UnsupportedFormat(f"TIFF compression {compression} is not supported.", code="tiff_compression")
    bits = reader.integers(kept[tags.BITS_PER_SAMPLE], 64) if tags.BITS_PER_SAMPLE in kept else (1,)
    kept = {tag: entry for tag, entry in kept.items() if _has_meaning(entry, numbers, bits)}
    return Page(
        directory=directory,
        fields=tuple(_copy_field(reader, kept[tag]) for tag in sorted(kept) if tag not in tags.PLACES),
        values=tuple(Span(entry.at, _kept_size(entry)) for entry in kept.values() if not entry.inline),
        dropped=tuple(entry for entry in directory.entries if not _is_kept(entry, kept, found)),
        chunks=locate_chunks(reader, kept, numbers, bits),
        tiled=tags.TILE_OFFSETS in kept,
        extras=locate_old_jpeg(reader, kept) if compression == tags.OLD_JPEG else {},
        size=(numbers.get(tags.WIDTH, 0), numbers.get(tags.HEIGHT, 0)),
        compression=compression,
        reduced=bool(numbers.get(tags.NEW_SUBFILE_TYPE, 0) & 1) or numbers.get(tags.SUBFILE_TYPE) == 2,
        orientation=_page_orientation(reader, directory, found),
    )


def _page_orientation(reader: TiffReader, directory: Directory, found: dict[int, Entry]) -> int:
    if tags.ORIENTATION not in found and tags.XMP in found:
        return xmp.read_orientation(reader.value(found[tags.XMP]))
    return read_orientation(replace(reader, first_at=directory.at))


def _stays(entry: Entry) -> bool:
    if entry.tag in tags.OPAQUE:
        return entry.type in (1, 7)
    return entry.type in tags.NUMERIC_TYPES and (entry.tag in tags.KEPT or entry.tag in tags.PLACES)


def _has_meaning(entry: Entry, numbers: dict[int, int], bits: tuple[int, ...]) -> bool:
    samples = numbers.get(tags.SAMPLES_PER_PIXEL, 1)
    photometric = numbers.get(tags.PHOTOMETRIC, 0)
    return tags.has_meaning(entry.tag, entry.type, entry.count, photometric, samples, bits[0] if bits else 1)


def _scalars(reader: TiffReader, kept: dict[int, Entry]) -> Iterator[tuple[int, int]]:
    for tag, entry in kept.items():
        if tags.KEPT.get(tag) == 1 and (values := reader.integers(entry, 1)):
            yield tag, values[0]


def _is_kept(entry: Entry, kept: dict[int, Entry], found: dict[int, Entry]) -> bool:
    if entry.tag == tags.ORIENTATION:
        return found.get(entry.tag) is entry and (entry.type, entry.count) == (_SHORT, 1)
    return kept.get(entry.tag) is entry


def _kept_size(entry: Entry) -> int:
    return min(entry.count, tags.KEPT.get(entry.tag, entry.count)) * TYPE_SIZES[entry.type]


def _copy_field(reader: TiffReader, entry: Entry) -> Field:
    size = _kept_size(entry)
    return Field(entry.tag, entry.type, size // TYPE_SIZES[entry.type], reader.data[entry.at : entry.at + size])


def _refuse_raw(reader: TiffReader, first: Page, budget: Budget) -> None:
    """Refuse a file whose main picture hides in a sub-directory: in raw photos the first page is only a preview."""
    pointers = next((entry for entry in first.directory.entries if entry.tag == tags.SUB_IFDS), None)
    for at in reader.integers(pointers, 64) if pointers and reader.readable(pointers) else ():
        try:
            found = first_fields(reader, reader.directory(at, budget))
        except CorruptImage:
            continue
        numbers = dict(_scalars(reader, {tag: entry for tag, entry in found.items() if tag in tags.KEPT}))
        area = numbers.get(tags.WIDTH, 0) * numbers.get(tags.HEIGHT, 0)
        if area > first.size[0] * first.size[1] or numbers.get(tags.PHOTOMETRIC) in tags.RAW_PHOTOMETRICS:
            raise UnsupportedFormat("A raw photo cannot be cleaned without loss.", code="raw_photo")
