"""TIFF: what a hostile file costs in memory is three times its size and four mebibytes, but for tiny strips."""

import struct
import tracemalloc
from contextlib import suppress

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import tiff

PAGE = ((256, 3, 1, 1), (257, 3, 1, 1), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0), (279, 4, 1, 1))


def pages(*many: tuple[tuple[int, int, int, int], ...]) -> bytes:
    data = b"II*\0\x08\0\0\0"
    for index, entries in enumerate(many):
        body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        following = len(data) + 6 + len(body) if index < len(many) - 1 else 0
        data += struct.pack("<H", len(entries)) + body + struct.pack("<I", following)
    return data


FILES = {
    "private fields": pages((*PAGE, *((60_000 + index % 5_000, 1, 4, 0x41414141) for index in range(30_000)))),
    "more private fields": pages((*PAGE, *((60_000 + index % 5_000, 1, 4, 0x41414141) for index in range(60_000)))),
    "pages": pages(*([PAGE] * 1_000)),
}


@pytest.mark.parametrize("name", FILES)
def test_memory_stays_within_three_times_the_file(name: str) -> None:
    tracemalloc.start()
    with suppress(CorruptImage):
        tiff.strip(FILES[name])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(FILES[name]) + (4 << 20)
