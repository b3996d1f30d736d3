"""Locate the image data of a TIFF page: its chunks (strips or tiles), and the streams and tables of old-style JPEG."""

from array import array
from dataclasses import dataclass

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import Entry, TiffReader
from chalicelib.imaging.metadata.spans import Span, Spans
from chalicelib.imaging.metadata.tiff import tags

_YCBCR = 6
_SEPARATE = 2
#: The chunks that even a small file may have: scanners write strips of one row, which take a few bytes each.
_MIN_CHUNK_LIMIT = 1 << 16


@dataclass(frozen=True)
class _Grid:
    """How a page is divided: the pixels of a full chunk, the chunks of one plane, and the chunks of all planes."""

    width: int
    height: int
    per_plane: int
    total: int
    tiled: bool


def chunk_limit(reader: TiffReader) -> int:
    """Return how many chunks a file may have, so that lists of them need less memory than the file."""
    return _MIN_CHUNK_LIMIT + len(reader.data) // 64


def is_tiled(kept: dict[int, Entry]) -> bool:
    """Return whether a page has tiles: whether it has a tile size, as in libtiff."""
    return tags.TILE_WIDTH in kept or tags.TILE_HEIGHT in kept


def locate_chunks(
    reader: TiffReader,
    kept: dict[int, Entry],
    numbers: dict[int, int],
    bits: tuple[int, ...],
    stream: tuple[Span, ...] = (),
) -> Spans:
    """Return the spans of a page's chunks, in the order of the page.

    `kept` holds the page's allowed fields, `numbers` the values of those with one value, `bits` the bits per sample.
    `stream` is the span of an old-style JPEG stream, if the page has one: its strip needs no size.
    Raises CorruptImage when a chunk lies outside the file or has no size, or when there are too many.
    """
    # libtiff takes either tag for strips and for tiles
    offsets = _read_list(reader, kept.get(tags.STRIP_OFFSETS, kept.get(tags.TILE_OFFSETS)))
    sizes = _read_list(reader, kept.get(tags.STRIP_BYTE_COUNTS, kept.get(tags.TILE_BYTE_COUNTS)))
    grid = _read_grid(numbers, tiled=is_tiled(kept))
    if numbers.get(tags.COMPRESSION, 1) == tags.UNCOMPRESSED and numbers.get(tags.PHOTOMETRIC) != _YCBCR:
        return _measure_uncompressed(reader, offsets, sizes, grid, numbers, bits)
    if not sizes and len(offsets) == 1 and any(span.at <= offsets[0] < span.end for span in stream):
        return Spans([Span(offsets[0], 0)])
    # A decoder reads no more chunks than the page has pixels for. Further ones could hide anything
    return _measure_compressed(reader, offsets[: grid.total], sizes[: grid.total])


def _read_list(reader: TiffReader, entry: Entry | None) -> "array[int]":
    if entry is None:
        return array("B")
    if entry.count > chunk_limit(reader):
        raise CorruptImage("A TIFF page has too many strips or tiles for the size of the file.", code="tiff_strip")
    return reader.read_integer_array(entry, entry.count)


def _measure_compressed(reader: TiffReader, offsets: "array[int]", sizes: "array[int]") -> Spans:
    """Return compressed chunks by their declared sizes. Without a size, libtiff reads up to the end of the file."""
    if len(sizes) < len(offsets) or any(at and not size for at, size in zip(offsets, sizes, strict=False)):
        raise CorruptImage("A TIFF page does not state the sizes of its strips or tiles.", code="tiff_strip_sizes")
    return Spans(_check_span(reader, at, size) for at, size in zip(offsets, sizes, strict=False))


def _read_grid(numbers: dict[int, int], *, tiled: bool) -> _Grid:
    width, height = max(numbers.get(tags.WIDTH, 0), 1), max(numbers.get(tags.HEIGHT, 0), 1)
    across = (numbers.get(tags.TILE_WIDTH, 0) or width) if tiled else width
    down = (numbers.get(tags.TILE_HEIGHT, 0) or height) if tiled else numbers.get(tags.ROWS_PER_STRIP, 0) or height
    per_plane = -(-width // across) * -(-height // down)
    separate = numbers.get(tags.PLANAR_CONFIGURATION, 1) == _SEPARATE
    planes = max(numbers.get(tags.SAMPLES_PER_PIXEL, 1), 1) if separate else 1
    return _Grid(across, down, per_plane, per_plane * planes, tiled)


def _measure_uncompressed(
    reader: TiffReader,
    offsets: "array[int]",
    sizes: "array[int]",
    grid: _Grid,
    numbers: dict[int, int],
    bits: tuple[int, ...],
) -> Spans:
    """Compute the sizes of uncompressed chunks from their pixels, as decoders do. The declared sizes may be wrong."""
    if len(offsets) > grid.total:
        # Pillow shows the last strips and libtiff the first ones: the others would be a hidden picture
        raise CorruptImage("A TIFF page has more strips or tiles than its picture needs.", code="tiff_strip")
    samples = max(numbers.get(tags.SAMPLES_PER_PIXEL, 1), 1)
    depths = (*bits, *bits[-1:] * (samples - len(bits)))[:samples] if samples <= 64 else bits
    spans = Spans()
    for index, at in enumerate(offsets):
        declared = sizes[index] if index < len(sizes) else 0
        rows = _count_rows(grid, index, numbers.get(tags.HEIGHT, 0))
        depth = sum(depths) if grid.total == grid.per_plane else depths[min(index // grid.per_plane, len(depths) - 1)]
        needed = rows * -(-grid.width * depth // 8)
        is_usable = at + needed <= len(reader.data) and (at or declared)
        spans.append(_check_span(reader, at, needed if is_usable else declared))
    return spans


def _count_rows(grid: _Grid, index: int, height: int) -> int:
    if grid.tiled:
        return grid.height
    return max(min(grid.height, height - index % grid.per_plane * grid.height), 0)


def _check_span(reader: TiffReader, at: int, size: int) -> Span:
    if at + size > len(reader.data):
        raise CorruptImage("Image data of a TIFF page lies outside the file.", code="tiff_strip")
    return Span(at, size)


def locate_old_jpeg(reader: TiffReader, kept: dict[int, Entry]) -> dict[int, tuple[Span, ...]]:
    """Return the spans that the fields of old-style JPEG point at, by tag (TIFF 6.0 section 22).

    Raises CorruptImage when one lies outside the file.
    """
    found: dict[int, tuple[Span, ...]] = {}
    if tags.JPEG_STREAM_OFFSET in kept:
        (at,) = reader.read_integers(kept[tags.JPEG_STREAM_OFFSET], 1) or (0,)
        size_entry = kept.get(tags.JPEG_STREAM_SIZE)
        (size,) = (reader.read_integers(size_entry, 1) if size_entry else ()) or (0,)
        if at and not size:
            raise CorruptImage("An old-style JPEG stream has no size.", code="tiff_strip_sizes")
        found[tags.JPEG_STREAM_OFFSET] = (_check_span(reader, at, size),)
    for tag in tags.JPEG_TABLE_OFFSETS:
        offsets = reader.read_integers(kept[tag], 64) if tag in kept else ()
        found[tag] = tuple(_check_span(reader, at, _table_size(reader, tag, at)) for at in offsets)
    return found


def _table_size(reader: TiffReader, tag: int, at: int) -> int:
    if tag == tags.JPEG_TABLE_OFFSETS[0]:
        return 64
    return 16 + sum(reader.unpack("16B", at))
