"""Follows Huffman-coded data of a JPEG to the end of its last block (ITU-T T.81, annexes F and G).

No coefficient is kept: a code says how many bits belong to it. Only a progressive scan that refines coefficients must
know which of them are not zero.
"""

import struct
from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache

#: Bits of the longest code. A table has an entry for each number of so many bits.
_LONGEST = 16
#: The entry for bits that start no code. It takes more bits than a reader has, so that the next shift fails.
_NO_CODE = 0xFF00
#: Coefficients of a block. An end of block skips as many.
BLOCK = 64

Table = Sequence[int]
#: What a walk raises when the data ends early or holds bits that are no code.
BROKEN = (StopIteration, ValueError, IndexError)


@lru_cache(maxsize=8)
def difference_table(code: bytes) -> Table:
    """Return a table for differences of DC coefficients: each entry is the bits of code and difference, times 256.

    `code` is a table of a DHT segment: 16 numbers of codes by length, then the symbols (B.2.4.2).
    """
    return _build(code, lambda length, symbol: length + (symbol & 15) << 8)


@lru_cache(maxsize=8)
def run_table(code: bytes) -> Table:
    """Return a table for AC coefficients of a whole block.

    Each entry is the bits of code and coefficient, times 256, and the number of coefficients that it passes.
    """

    def entry(length: int, symbol: int) -> int:
        run, size = symbol >> 4, symbol & 15
        return length + size << 8 | (run + 1 if size or run == 15 else BLOCK)

    return _build(code, entry)


@lru_cache(maxsize=8)
def symbol_table(code: bytes) -> Table:
    """Return a table for symbols of progressive scans: the bits of the code, times 256, and the symbol."""
    return _build(code, lambda length, symbol: length << 8 | symbol)


def _build(code: bytes, entry: Callable[[int, int], int]) -> Table:
    """Give each code its entries, in the order of C.2. Raises ValueError when the codes do not fit."""
    table, at = array("H"), _LONGEST
    for length, count in enumerate(code[:_LONGEST], 1):
        for symbol in code[at : at + count]:
            table.extend(array("H", [entry(length, symbol)]) * (1 << _LONGEST - length))
        at += count
    missing = (1 << _LONGEST) - len(table)
    if missing < 0:
        raise ValueError("too many codes")
    table.extend(array("H", [_NO_CODE]) * missing)
    return table


def _words(coded: bytes) -> Sequence[int]:
    """Return the data as words of 32 bits, with at least 32 more bits, so that a reader can always look ahead."""
    count = len(coded) // 4 + 2
    return struct.unpack(f">{count}I", coded.ljust(4 * count, b"\0"))


def walk_blocks(coded: bytes, blocks: Sequence[tuple[Table, Table]], units: int) -> int:
    """Return the bits of so many units (MCUs) of a sequential scan. A unit has a block for each pair of tables.

    Stuffed zeros must be gone from `coded`. Raises one of BROKEN when the data ends early or is damaged.
    """
    all_words = _words(coded)
    words = iter(all_words)
    buffer = left = 0
    for _ in range(units):
        for differences, runs in blocks:
            if left < 32:
                buffer, left = (buffer & (1 << left) - 1) << 32 | next(words), left + 32
            left -= differences[buffer >> left - 16 & 0xFFFF] >> 8
            passed = 1
            while passed < BLOCK:
                if left < 32:
                    buffer, left = (buffer & (1 << left) - 1) << 32 | next(words), left + 32
                entry = runs[buffer >> left - 16 & 0xFFFF]
                left -= entry >> 8
                passed += entry & 255
    return _check(coded, 32 * (len(all_words) - len(list(words))) - left)


def _check(coded: bytes, bits: int) -> int:
    if bits > 8 * len(coded):
        raise ValueError("the coded data ends early")
    return bits


class BitReader:
    """Reads codes and bits of a progressive scan. Its methods raise one of BROKEN where the data ends or is damaged."""

    def __init__(self, coded: bytes) -> None:
        self._coded = coded
        self._words = iter(_words(coded))
        self._used = self._buffer = self._left = 0

    @property
    def bits(self) -> int:
        """Return how many bits were read. Raises ValueError when there are fewer."""
        return _check(self._coded, self._used)

    def read_symbol(self, table: Table) -> int:
        """Read a code and return its symbol."""
        self._fill()
        entry = table[self._buffer >> self._left - 16 & 0xFFFF]
        self._left -= entry >> 8
        self._used += entry >> 8
        return entry & 255

    def read_bits(self, count: int) -> int:
        """Read at most 15 bits as a number."""
        self._fill()
        self._left -= count
        self._used += count
        return self._buffer >> self._left & (1 << count) - 1

    def skip(self, count: int) -> None:
        """Pass any number of bits."""
        while count > 15:
            self.read_bits(15)
            count -= 15
        self.read_bits(count)

    def _fill(self) -> None:
        if self._left < 32:
            self._buffer = (self._buffer & (1 << self._left) - 1) << 32 | next(self._words)
            self._left += 32


def walk_differences(reader: BitReader, tables: Sequence[Table], units: int) -> None:
    """Pass the first scan of DC coefficients: in each unit, a difference for each table (G.1.2.1)."""
    for _ in range(units):
        for table in tables:
            reader.read_symbol(table)


class Band:
    """The AC coefficients of one component in progressive scans: for each block, a bit for each that is not zero."""

    def __init__(self, blocks: int) -> None:
        self._nonzero = [0] * blocks

    def walk_first(self, reader: BitReader, table: Table, blocks: range, band: range) -> None:
        """Pass the first scan of a band of coefficients (G.1.2.2)."""
        at = blocks.start
        while at < blocks.stop:
            passed = band.start
            while passed < band.stop:
                run, size = divmod(reader.read_symbol(table), 16)
                if not size and run < 15:
                    at += (1 << run) - 1 + reader.read_bits(run)
                    break
                passed += run
                if size:
                    reader.read_bits(size)
                    self._nonzero[at] |= 1 << passed
                passed += 1
            at += 1

    def walk_refinement(self, reader: BitReader, table: Table, blocks: range, band: range) -> None:
        """Pass a scan that adds one bit to each coefficient of a band (G.1.2.3)."""
        mask = (1 << band.stop) - (1 << band.start)
        ended = 0
        for at in blocks:
            if ended:
                reader.skip((self._nonzero[at] & mask).bit_count())
                ended -= 1
            else:
                ended = self._refine(reader, table, at, band)

    def _refine(self, reader: BitReader, table: Table, at: int, band: range) -> int:
        """Pass one block. Return the number of further blocks that its end-of-band code ends."""
        known, passed = self._nonzero[at], band.start
        while passed < band.stop:
            run, size = divmod(reader.read_symbol(table), 16)
            if not size and run < 15:
                ended = (1 << run) - 1 + reader.read_bits(run)
                reader.skip((known >> passed & (1 << band.stop - passed) - 1).bit_count())
                return ended
            if size:
                reader.read_bits(1)
            passed = self._skip_zeros(reader, known, passed, band.stop, run)
            if size and passed < band.stop:
                self._nonzero[at] |= 1 << passed
            passed += 1
        return 0

    def _skip_zeros(self, reader: BitReader, known: int, passed: int, stop: int, run: int) -> int:
        """Pass a run of zero coefficients, and the bits of the others between them. Return where the run ends."""
        while passed < stop:
            if known >> passed & 1:
                reader.read_bits(1)
            elif not run:
                break
            else:
                run -= 1
            passed += 1
        return passed
