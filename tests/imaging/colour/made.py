"""Make PNG, TIFF and AVIF files of one colour, sample by sample."""

import struct
import zlib
from fractions import Fraction

from PIL import Image

from chalicelib.imaging.codec import decode
from scripts.measuring import heif_files
from tests.pictures import chunk, pixel, view_at

SIDE = 16
#: The size of a value of each TIFF type, as a format of struct (TIFF 6.0, section 2).
_TYPES = {3: "H", 4: "I"}
Field = tuple[int, int, tuple[int, ...]]


def decoded(data: bytes, scale: Fraction = Fraction(1)) -> Image.Image:
    """Decode a picture for the image path."""
    return decode(data, 1_000_000, view_at(scale)).image


def shown(data: bytes, x: int = 8, y: int = 8) -> tuple[int, ...]:
    """Return the sRGB colour of a pixel, without alpha."""
    return pixel(decoded(data).convert("RGB"), x, y)


def png(depth: int, colour_type: int, row: bytes, *chunks: tuple[bytes, bytes], interlaced: bool = False) -> bytes:
    """Make a PNG whose 16 rows are all `row`. An interlaced one is made for pixels of whole bytes and of one colour."""
    size = len(row) // SIDE
    passes = ((2, 2), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8), (16, 8)) if interlaced else ((SIDE, SIDE),)
    rows = (
        b"\0" + row[: width * size] if interlaced else b"\0" + row for width, height in passes for _ in range(height)
    )
    header = struct.pack(">IIBBBBB", SIDE, SIDE, depth, colour_type, 0, 0, interlaced)
    data = (chunk(b"IHDR", header), *(chunk(*each) for each in chunks), chunk(b"IDAT", zlib.compress(b"".join(rows))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(data) + chunk(b"IEND", b"")


def gama(gamma: float) -> tuple[bytes, bytes]:
    """Return a gAMA chunk."""
    return b"gAMA", struct.pack(">I", round(gamma * 100_000))


def chrm(*chromaticities: float) -> tuple[bytes, bytes]:
    """Return a cHRM chunk: x and y of white, red, green and blue."""
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in chromaticities))


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> tuple[bytes, bytes]:
    """Return a cICP chunk."""
    return b"cICP", bytes((primaries, transfer, matrix, full_range))


def tiff(bits: tuple[int, ...], photometric: int, pixels: bytes, *more: Field, order: str = "<") -> bytes:
    """Make a TIFF of 16 x 16 pixels in one strip without compression. `more` are fields: tag, type and values."""
    fields = {
        256: (4, (SIDE,)), 257: (4, (SIDE,)), 258: (3, bits), 259: (3, (1,)), 262: (3, (photometric,)),
        273: (4, (8,)), 277: (3, (len(bits),)), 278: (4, (SIDE,)), 279: (4, (len(pixels),)),
    } | {tag: (kind, values) for tag, kind, values in more}  # fmt: skip
    start = 8 + len(pixels) + len(pixels) % 2
    values_at, entries, after = start + 2 + 12 * len(fields) + 4, b"", b""
    for tag, (kind, values) in sorted(fields.items()):
        packed = _packed(order, kind, values)
        place = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack(order + "I", values_at + len(after))
        after += packed if len(packed) > 4 else b""
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + place
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
    directory = struct.pack(order + "H", len(fields)) + entries + bytes(4)
    return head + pixels.ljust(start - 8, b"\0") + directory + after


def planes(
    bits: tuple[int, ...], photometric: int, *levels: bytes, more: tuple[Field, ...] = (), packed: bool = False
) -> bytes:
    """Make a TIFF whose samples are in a plane of each channel."""
    strips = [zlib.compress(plane) if packed else plane for plane in levels]
    starts = tuple(8 + sum(map(len, strips[:index])) for index in range(len(strips)))
    fields = ((284, 3, (2,)), (259, 3, (8 if packed else 1,)), (273, 4, starts), (279, 4, tuple(map(len, strips))))
    return tiff(bits, photometric, b"".join(strips), *fields, *more)


def _packed(order: str, kind: int, values: tuple[int, ...]) -> bytes:
    return bytes(values) if kind == 7 else struct.pack(f"{order}{len(values)}{_TYPES[kind]}", *values)


def flat(pattern: str, *samples: float) -> bytes:
    """Return the samples of 16 x 16 pixels of one colour."""
    return struct.pack(pattern, *samples) * SIDE * SIDE


def avif(image: Image.Image, *properties: bytes) -> bytes:
    """Make a lossless AVIF whose colr boxes are `properties`."""
    coded, (size, depth, config, _colr) = heif_files.av1_picture_of(image)
    item = heif_files.HeifItem(b"av01", coded, properties=tuple(range(1, 4 + len(properties))))
    return heif_files.HeifFile((item,), (size, depth, config, *properties), brand=b"avif", essential=3).build()


def nclx(primaries: int, transfer: int, matrix: int = 6) -> bytes:
    """Return a colr box of code points, of full range."""
    return heif_files.box(b"colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, 0x80))
