"""Huffman-coded data: the bits of each kind of block are counted, and nothing is read behind the end."""

import pytest

from chalicelib.imaging.metadata.jpeg.huffman import (
    BROKEN,
    Band,
    BitReader,
    difference_table,
    run_table,
    symbol_table,
    walk_blocks,
    walk_differences,
)

#: Codes 0, 10, 110, 1110 for four symbols.
LENGTHS = bytes([1, 1, 1, 1, *[0] * 12])
#: No difference; one of 3 bits; one of 11 bits; one of 15 bits.
DIFFERENCES = LENGTHS + bytes([0, 3, 11, 15])
#: End of block; one coefficient of 2 bits; 16 zeros; 5 zeros and a coefficient of 4 bits.
RUNS = LENGTHS + bytes([0x00, 0x02, 0xF0, 0x54])
#: End of band here; of 4 to 7 blocks; one new coefficient; 2 zeros and a new coefficient.
ENDS = LENGTHS + bytes([0x00, 0x20, 0x01, 0x21])


def pack(*bits: str) -> bytes:
    joined = "".join(bits).replace(" ", "")
    return int(joined.ljust(-(-len(joined) // 8) * 8, "1"), 2).to_bytes(-(-len(joined) // 8), "big")


@pytest.mark.parametrize(
    ("bits", "units"),
    [
        ("0 0", 1),
        ("10 111 0", 1),
        ("110 10101010101 10 11 10 01 0", 1),
        ("1110 101010101010101 110 110 1110 0000 0", 1),
        ("0 110 110 110 110", 1),
        ("0 0 " * 40, 40),
    ],
)
def test_the_bits_of_sequential_blocks_are_counted(bits: str, units: int) -> None:
    blocks = [(difference_table(DIFFERENCES), run_table(RUNS))]
    size = len(bits.replace(" ", ""))
    assert walk_blocks(pack(bits), blocks, units) == size
    assert walk_blocks(pack(bits) + b"behind it", blocks, units) == size


@pytest.mark.parametrize("coded", [b"", b"\xff", pack("1111 0"), pack("0 0 0 0")])
def test_data_that_ends_early_or_is_no_code_is_broken(coded: bytes) -> None:
    with pytest.raises(BROKEN):
        walk_blocks(coded, [(difference_table(DIFFERENCES), run_table(RUNS))], 5)


def test_a_table_of_too_many_codes_is_broken() -> None:
    with pytest.raises(ValueError, match="codes"):
        symbol_table(bytes([3, *[0] * 15, 1, 2, 3]))


def test_differences_of_a_progressive_scan_are_passed() -> None:
    reader = BitReader(pack("0", "10 101", "1110 000000000000000", "110 11111111111"))
    tables = [difference_table(DIFFERENCES)] * 2
    walk_differences(reader, tables, 2)
    assert reader.bits == 1 + 5 + 19 + 14


@pytest.mark.parametrize("count", [0, 1, 15, 16, 100])
def test_any_number_of_bits_is_skipped(count: int) -> None:
    reader = BitReader(bytes(13))
    reader.skip(count)
    assert reader.bits == count
    with pytest.raises(BROKEN):
        BitReader(bytes(count // 8)).skip(count + 64)


def test_a_band_is_passed_up_to_the_blocks_that_an_end_ends() -> None:
    band, table = Band(9), symbol_table(ENDS)
    # Block 0: a coefficient, and an end. Block 1: an end of 6 blocks. Block 7: two zeros, a coefficient, an end.
    reader = BitReader(pack("110 1", "0", "10 10", "1110 1", "0", "0"))
    band.walk_first(reader, table, range(9), range(1, 64))
    assert reader.bits == 4 + 1 + 4 + 5 + 1 + 1


def test_a_refinement_reads_one_bit_of_each_known_coefficient() -> None:
    band, table = Band(3), symbol_table(ENDS)
    first = BitReader(pack("110 1", "110 1", "0", "0", "110 1", "0"))
    band.walk_first(first, table, range(3), range(1, 6))
    assert first.bits == 15
    # Block 0 knows coefficients 1 and 2, whose bits follow the sign of the new coefficient 5.
    # The end of block 1 has no coefficient to refine, that of block 2 has one.
    second = BitReader(pack("1110 0 1 1", "0", "0 1"))
    band.walk_refinement(second, table, range(3), range(1, 6))
    assert second.bits == 7 + 1 + 2


def test_a_refinement_skips_the_bits_of_blocks_that_an_earlier_end_ends() -> None:
    band, table = Band(6), symbol_table(ENDS)
    band.walk_first(BitReader(pack("110 1 0 " * 6)), table, range(6), range(1, 64))
    reader = BitReader(pack("10 01", "1", "1 1 1 1", "0", "1"))
    band.walk_refinement(reader, table, range(6), range(1, 64))
    assert reader.bits == 4 + 1 + 4 + 1 + 1
