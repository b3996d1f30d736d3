"""The partitions of a VP8 bitstream: their sizes are read behind headers of any length, and each can be cut."""

from collections.abc import Iterable

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.webp.partitions import HEADER, Partitions, read_partitions, shorten
from scripts.measuring.samples import draw, encode, riff_chunks

START = b"\x9d\x01\x2a\x28\0\x18\0"


def encode_bits(bits: Iterable[int]) -> bytes:
    """Code bits of even probability, as the encoder of RFC 6386 does (7.3)."""
    low, span, count, number = 0, 255, 0, 0
    for bit in (*bits, *[0] * 32):
        split = 1 + ((span - 1) * 128 >> 8)
        low, span = (low + split, span - split) if bit else (low, split)
        while span < 128:
            low, span, count = low << 1, span << 1, count + 1
    number = low << (-count % 8)
    return number.to_bytes((count + 8 + -count % 8) // 8, "big")


def ones(count: int) -> list[int]:
    return [1] * count


#: The headers in front of the number of partitions (9.2 to 9.6): plain, and with each optional part.
HEADERS = {
    "plain": [0, 0, 0, *ones(10), 0],
    "filter changes that are not sent": [1, 1, 0, *ones(10), 1, 0],
    "filter changes": [0, 0, 0, *ones(10), 1, 1, *([1, *ones(7)] * 4), *([0] * 4)],
    "map of segments": [0, 0, 1, 1, 0, 1, *ones(8), 0, 0, *ones(10), 0],
    "data of segments": [0, 0, 1, 0, 1, 1, *([1, *ones(8)] * 3), 0, 0, 1, *ones(7), 0, 0, *ones(10), 0],
    "map and data": [0, 0, 1, 1, 1, 0, *([0] * 8), *([1, *ones(8)] * 3), *ones(10), 0],
}


def coded(header: list[int], logarithm: int, *others: bytes) -> bytes:
    """Build a picture whose first partition has 50 more bytes behind the number of partitions."""
    first = encode_bits([*header, logarithm >> 1, logarithm & 1]) + bytes(50)
    table = b"".join(len(part).to_bytes(3, "little") for part in others[:-1])
    return (len(first) << 5 | 0x10).to_bytes(3, "little") + START + first + table + b"".join(others)


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("logarithm", [0, 1, 2, 3])
def test_the_sizes_of_all_partitions_are_read(header: list[int], logarithm: int) -> None:
    parts = [bytes([65 + number]) * (number * 40 + 3) for number in range(1 << logarithm)]
    data = coded(header, logarithm, *parts)
    first = len(data) - HEADER - 3 * (len(parts) - 1) - sum(map(len, parts))
    assert read_partitions(data) == Partitions(first, tuple(map(len, parts)))


@pytest.mark.parametrize("cuts", [(0, 0, 0), (5, 0, 0), (0, 7, 0), (0, 0, 9), (1, 2, 3)])
def test_each_partition_is_cut_and_its_size_corrected(cuts: tuple[int, ...]) -> None:
    data = coded(HEADERS["plain"], 1, b"a" * 30, b"b" * 20)
    first = read_partitions(data).first
    cut = shorten(data, cuts)
    assert read_partitions(cut) == Partitions(first - cuts[0], (30 - cuts[1], 20 - cuts[2]))
    assert cut[:3] == ((first - cuts[0]) << 5 | 0x10).to_bytes(3, "little")
    assert cut.endswith(b"a" * (30 - cuts[1]) + b"b" * (20 - cuts[2]))


def test_a_real_picture_has_one_partition_behind_the_first() -> None:
    ((_, data),) = riff_chunks(encode(draw((200, 120)), "WEBP"))
    partitions = read_partitions(data)
    assert HEADER + partitions.first + sum(partitions.others) == len(data)
    assert shorten(data, (0, 0)) == data


def test_partitions_that_exceed_the_chunk_are_rejected() -> None:
    data = coded(HEADERS["plain"], 1, b"a" * 30, b"b" * 20)
    with pytest.raises(CorruptImage):
        read_partitions(data[:-25])
    with pytest.raises(CorruptImage):
        read_partitions(b"\xff\xff\xff" + data[3:])
