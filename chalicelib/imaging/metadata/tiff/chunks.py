"""Where the coded picture of a TIFF page lies: its strips or tiles, and what old-style JPEG points at."""

from array import array
from dataclasses import dataclass

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.directories import Entry, TiffReader
from chalicelib.imaging.metadata.spans import Span, Spans
from chalicelib.imaging.metadata.tiff import tags

_YCBCR = 6
_SEPARATE = 2
#: Chunks that even a small file may have: scanners write strips of one row, of a few bytes each.
_CHUNKS = 1 << 16


@dataclass(frozen=True)
class _Grid:
    """How a page is cut: the pixels of a full chunk, the chunks of one plane and their number altogether."""

    width: int
    height: int
    plane: int
    total: int
    tiled: bool


def chunk_limit(reader: TiffReader) -> int:
    """Tell how many strips and tiles a file may have: lists of them must not outgrow the file in memory."""
    return _CHUNKS + len(reader.data) // 64


def locate_chunks(reader: TiffReader, kept: dict[int, Entry], numbers: dict[int, int], bits: tuple[int, ...]) -> Spans:
    """List the strips or tiles of a page. Raises CorruptImage when one lies outside of the file."""
    tiled = tags.TILE_OFFSETS in kept
    places = kept.get(tags.TILE_OFFSETS if tiled else tags.STRIP_OFFSETS)
    lengths = kept.get(tags.TILE_SIZES if tiled else tags.STRIP_SIZES)
    limit = chunk_limit(reader)
    offsets = reader.packed_integers(places, limit) if places else array("B")
    sizes = reader.packed_integers(lengths, limit) if lengths else array("B")
    if places and places.count > limit:
        raise CorruptImage("A TIFF page has too many strips for its bytes.", code="tiff_strip")
    grid = _read_grid(numbers, tiled=tiled)
    if numbers.get(tags.COMPRESSION, 1) == tags.UNCOMPRESSED and numbers.get(tags.PHOTOMETRIC) != _YCBCR:
        return _measure_raw(reader, offsets, sizes, grid, numbers, bits)
    if not sizes and len(offsets) == 1 and numbers.get(tags.COMPRESSION) == tags.OLD_JPEG:
        return Spans(_check(reader, at, 0) for at in offsets)
    if len(sizes) < min(len(offsets), grid.total):
        raise CorruptImage("A TIFF page does not tell the sizes of its strips.", code="tiff_strip_sizes")
    # A decoder reads no more chunks than the picture has; behind them anything can hide
    return Spans(_check(reader, at, size) for at, size in zip(offsets[: grid.total], sizes, strict=False))


def _read_grid(numbers: dict[int, int], *, tiled: bool) -> _Grid:
    width, height = max(numbers.get(tags.WIDTH, 0), 1), max(numbers.get(tags.HEIGHT, 0), 1)
    across = (numbers.get(tags.TILE_WIDTH, 0) or width) if tiled else width
    down = (numbers.get(tags.TILE_HEIGHT, 0) or height) if tiled else numbers.get(tags.ROWS_PER_STRIP, 0) or height
    plane = -(-width // across) * -(-height // down)
    separate = numbers.get(tags.PLANAR, 1) == _SEPARATE
    planes = max(numbers.get(tags.SAMPLES_PER_PIXEL, 1), 1) if separate else 1
    return _Grid(across, down, plane, plane * planes, tiled)


def _measure_raw(
    reader: TiffReader,
    offsets: "array[int]",
    sizes: "array[int]",
    grid: _Grid,
    numbers: dict[int, int],
    bits: tuple[int, ...],
) -> Spans:
    """Measure uncompressed chunks by their pixels: decoders do, and the size that the file tells may be a lie."""
    samples = max(numbers.get(tags.SAMPLES_PER_PIXEL, 1), 1)
    depths = (*bits, *bits[-1:] * (samples - len(bits)))[:samples] if samples <= 64 else bits
    spans = Spans()
    for index, at in enumerate(offsets):
        told = sizes[index] if index < len(sizes) else 0
        rows = _count_rows(grid, index, numbers.get(tags.HEIGHT, 0))
        depth = sum(depths) if grid.total == grid.plane else depths[min(index // grid.plane, len(depths) - 1)]
        needed = rows * -(-grid.width * depth // 8)
        spans.append(_check(reader, at, needed if at + needed <= len(reader.data) and (at or told) else told))
    return spans


def _count_rows(grid: _Grid, index: int, height: int) -> int:
    if grid.tiled:
        return grid.height
    return max(min(grid.height, height - index % grid.plane * grid.height), 0)


def _check(reader: TiffReader, at: int, size: int) -> Span:
    if at + size > len(reader.data):
        raise CorruptImage("A TIFF strip lies outside of the file.", code="tiff_strip")
    return Span(at, size)


def locate_old_jpeg(reader: TiffReader, kept: dict[int, Entry]) -> dict[int, tuple[Span, ...]]:
    """List what the fields of old-style JPEG point at, by field (TIFF 6.0 section 22).

    Raises CorruptImage when it lies outside of the file.
    """
    found: dict[int, tuple[Span, ...]] = {}
    if tags.OLD_JPEG_AT in kept:
        (at,) = reader.integers(kept[tags.OLD_JPEG_AT], 1) or (0,)
        told = reader.integers(kept[tags.OLD_JPEG_SIZE], 1) if tags.OLD_JPEG_SIZE in kept else ()
        found[tags.OLD_JPEG_AT] = (_check(reader, at, told[0] if told else 0),)
    for tag in tags.OLD_JPEG_TABLES:
        places = reader.integers(kept[tag], 64) if tag in kept else ()
        found[tag] = tuple(_check(reader, at, _table_size(reader, tag, at)) for at in places)
    return found


def _table_size(reader: TiffReader, tag: int, at: int) -> int:
    if tag == tags.OLD_JPEG_TABLES[0]:
        return 64
    return 16 + sum(reader.unpack("16B", at))
