"""What a hostile file of many small parts costs in memory: at most three times its size and four mebibytes."""

import struct
import tracemalloc
import zlib
from contextlib import suppress

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging import metadata
from tests.imaging.metadata.factory import chunk, extension, gif, jpeg, png, segment, webp
from tests.imaging.metadata.heif_factory import HeifFile, Piece, box, ispe
from tests.imaging.metadata.heif_samples import EXIF_ITEM, heic_file, sequence

PAGE = ((256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0), (279, 4, 1, 1))


def pages(*many: tuple[tuple[int, int, int, int], ...]) -> bytes:
    data = b"II*\0\x08\0\0\0"
    for index, entries in enumerate(many):
        body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        following = len(data) + 6 + len(body) if index < len(many) - 1 else 0
        data += struct.pack("<H", len(entries)) + body + struct.pack("<I", following)
    return data


def strips(count: int, *, step: int, compression: int = 5) -> bytes:
    """Strips of one byte, as far apart as `step` says, the last one first."""
    start = 8 + 2 + 12 * 9 + 4
    data_at = start + 8 * count
    width = ((256, 3, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (259, 3, 1, compression), (262, 3, 1, 1))
    where = ((273, 4, count, start), (277, 3, 1, 1), (278, 3, 1, 1), (279, 4, count, start + 4 * count))
    offsets = range(data_at + step * (count - 1), data_at - 1, -step)
    head = pages((*width, *where))
    return head + struct.pack(f"<{count}I", *offsets) + struct.pack(f"<{count}I", *[1] * count) + bytes(step * count)


def heif(*more: Piece, properties: int = 1) -> bytes:
    return HeifFile((PICTURE, *more), (ispe(64, 48),) * properties).build()


PICTURE = Piece(b"hvc1", b"coded picture", properties=(1,))
PROFILE = (segment(0xE2, b"ICC_PROFILE\0" + bytes((number, 255)) + bytes(65_000)) for number in range(1, 256))
MARKERS = (segment(0xE7, b"") + segment(0xDD, b"\0\0")) * 8_000
PACKED = zlib.compress(bytes((1 << 20) - 10), 9)

FILES = {
    "markers": jpeg(MARKERS),
    "scans": jpeg()[:-2] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 20_000 + b"\xff\xd9",
    "a profile of 255 segments": jpeg(*PROFILE),
    "blocks of EXIF": jpeg(*[segment(0xE1, b"Exif\0\0MM\0*" + bytes(65_000))] * 20),
    "chunks": png(chunk(b"abCd", b"") * 10_000),
    "packed packets": png(*[chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + PACKED)] * 4),
    "a packed profile": png(chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(16 << 20), 9))),
    "graphic controls": gif(extension(0xF9, bytes(4)) * 8_000),
    "chunks of a WebP": webp(*[(b"abcd", b"")] * 10_000),
    "items": heif(*[EXIF_ITEM] * 1_000),
    "too many items": heif(*[PICTURE] * 20_000),
    "properties": heif(properties=3_500),
    "too many properties": heif(properties=20_000),
    "free boxes": heic_file() + box(b"free", b"") * 20_000,
    "pictures of a sequence": sequence(offsets=tuple(range(28, 28 + 16_000))),
    "private fields": pages((*PAGE, *((60_000 + index % 5_000, 1, 4, 0x41414141) for index in range(30_000)))),
    "more private fields": pages((*PAGE, *((60_000 + index % 5_000, 1, 4, 0x41414141) for index in range(60_000)))),
    "pages": pages(*([PAGE] * 1_000)),
    "strips side by side": strips(15_000, step=1),
    "strips apart": strips(20_000, step=2),
    "strips of raw pixels": strips(20_000, step=1, compression=1),
}


@pytest.mark.parametrize("name", FILES)
def test_memory_stays_within_three_times_the_file(name: str) -> None:
    tracemalloc.start()
    with suppress(CorruptImage):
        metadata.strip(FILES[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(FILES[name]) + (4 << 20)
