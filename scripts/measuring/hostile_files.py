"""Build hostile files of as many small parts as asked for. Each part costs a scrub far more than its few bytes."""

import hashlib
import struct
import zlib
from collections.abc import Callable

from scripts.measuring.heif_files import EXIF_ITEM, HeifFile, HeifItem, box, heic_file, ispe, sequence
from scripts.measuring.samples import chunk, extension, gif, jpeg, png, segment, webp

#: Bytes that one compressed text chunk of a PNG may decompress to, together with its keyword.
_MAX_TEXT = (1 << 20) - 10
#: (tag, type, count, value) of each entry that a page of a TIFF needs.
_PAGE = ((256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0), (279, 4, 1, 1))
_PICTURE = HeifItem(b"hvc1", b"coded picture", properties=(1,))


def _tiff(*directories: tuple[tuple[int, int, int, int], ...]) -> bytes:
    """Build a TIFF with one page for each directory, a list of (tag, type, count, value)."""
    data = b"II*\0\x08\0\0\0"
    for index, entries in enumerate(directories):
        body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        following = len(data) + 6 + len(body) if index < len(directories) - 1 else 0
        data += struct.pack("<H", len(entries)) + body + struct.pack("<I", following)
    return data


def _private_fields(count: int) -> bytes:
    return _tiff((*_PAGE, *((60_000 + index % 5_000, 1, 4, 0x41414141) for index in range(count))))


def _strips(count: int, *, step: int, compression: int = 5) -> bytes:
    """Build a TIFF whose strips have one byte each and start `step` bytes apart, the last one first."""
    start = 8 + 2 + 12 * 9 + 4
    data_at = start + 8 * count
    width = ((256, 3, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1))
    where = ((273, 4, count, start), (277, 3, 1, 1), (278, 3, 1, 1), (279, 4, count, start + 4 * count))
    offsets = range(data_at + step * (count - 1), data_at - 1, -step)
    head = _tiff((*width, *where))
    return head + struct.pack(f"<{count}I", *offsets) + struct.pack(f"<{count}I", *[1] * count) + bytes(step * count)


def _heif(*more: HeifItem, properties: int = 1) -> bytes:
    """Build a HEIC with more items, and with so many copies of one property."""
    return HeifFile((_PICTURE, *more), (ispe(64, 48),) * properties).build()


def _profile(count: int) -> bytes:
    """Build a JPEG whose colour profile is spread over `count` segments."""
    parts = (segment(0xE2, b"ICC_PROFILE\0" + bytes((number, count)) + bytes(65_000)) for number in range(1, count + 1))
    return jpeg(*parts)


def _xmp(beginning: bytes, count: int) -> bytes:
    """Build a PNG with an XMP packet of about `count` x 60,000 bytes, which repeats the start of a name."""
    return png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + beginning * (count * 60_000 // len(beginning))))


def _grey(width: int, *streams: bytes) -> bytes:
    """Build a PNG of one row of grey pixels, with the pieces of its zlib stream."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))
    pixels = b"".join(chunk(b"IDAT", stream) for stream in streams)
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def _pieces(count: int) -> bytes:
    """Build a PNG whose pixels are spread over `count` chunks of one byte."""
    return _grey(count, *(bytes([byte]) for byte in zlib.compress(bytes(1 + count), 0)))


def _noise_behind(count: int) -> bytes:
    """Build a PNG with `count` KiB of pixels that do not compress, and as many bytes behind them."""
    noise = hashlib.shake_128(b"").digest(count << 11)
    return _grey((count << 10) - 1, zlib.compress(b"\0" + noise, 0))


def _codes(count: int) -> bytes:
    """Build a GIF with `count` KiB of clear codes of three bits."""
    image = b"," + struct.pack("<HHHHB", 0, 0, 9, 9, 0) + b"\2" + (b"\xff" + b"\x24\x49\x92" * 85) * (count * 4) + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + image + b";"


def _compressed(size: int) -> bytes:
    """Compress `size` zero bytes."""
    return zlib.compress(bytes(size), 9)


#: For each kind: the function that builds a file of `count` parts, and the largest count that is accepted, or nearly.
KINDS: dict[str, tuple[Callable[[int], bytes], int]] = {
    "markers": (lambda count: jpeg((segment(0xE7, b"") + segment(0xDD, b"\0\0")) * count), 8_000),
    "scans": (lambda count: jpeg()[:-2] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * count + b"\xff\xd9", 20_000),
    "segments of a profile": (_profile, 255),
    "blocks of EXIF": (lambda count: jpeg(*[segment(0xE1, b"Exif\0\0MM\0*" + bytes(65_000))] * count), 20),
    "chunks": (lambda count: png(chunk(b"abCd", b"") * count), 10_000),
    "packed packets": (
        lambda count: png(*[chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + _compressed(_MAX_TEXT))] * count),
        4,
    ),
    "pieces of pixels": (_pieces, 10_000),
    "bytes behind pixels": (_noise_behind, 4_096),
    "codes of a GIF": (_codes, 128),
    "graphic controls": (lambda count: gif(extension(0xF9, bytes(4)) * count), 8_000),
    "chunks of a WebP": (lambda count: webp(*[(b"abcd", b"")] * count), 10_000),
    "items": (lambda count: _heif(*[EXIF_ITEM] * count), 1_000),
    "pictures": (lambda count: _heif(*[_PICTURE] * count), 1_000),
    "properties": (lambda count: _heif(properties=count), 3_500),
    "boxes of a track": (lambda count: sequence(trak=box(b"uuid", b"x") * count), 4_000),
    "unknown boxes": (lambda count: heic_file(before_data=box(b"uuid", b"x" * 120) * count), 24_000),
    "private fields": (_private_fields, 30_000),
    "pages": (lambda count: _tiff(*([_PAGE] * count)), 1_000),
    "strips side by side": (lambda count: _strips(count, step=1), 15_000),
    "strips apart": (lambda count: _strips(count, step=2), 20_000),
    "strips of raw pixels": (lambda count: _strips(count, step=1, compression=1), 20_000),
    "names in XMP": (lambda count: _xmp(b"exif:GP Location", count), 8),
}
#: The same for files that are rejected because they have too many parts, or because these decompress to too many bytes.
REFUSED: dict[str, tuple[Callable[[int], bytes], int]] = {
    "too many items": (lambda count: _heif(*[_PICTURE] * count), 20_000),
    "too many properties": (lambda count: _heif(properties=count), 20_000),
    "free boxes": (lambda count: heic_file() + box(b"free", b"") * count, 20_000),
    "small boxes": (lambda count: heic_file(before_data=box(b"uuid", b"x" * 56) * count), 60_000),
    "pictures of a sequence": (lambda count: sequence(offsets=tuple(range(28, 28 + count))), 16_000),
    "private fields": (_private_fields, 60_000),
    "a packed profile": (lambda count: png(chunk(b"iCCP", b"x\0\0" + _compressed(count << 20))), 16),
}
