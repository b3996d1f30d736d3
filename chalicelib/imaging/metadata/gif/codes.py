"""Follows the LZW codes of a GIF image to their end (GIF89a, appendix F). No pixel is made: only lengths are counted.

The width of a code grows with the table, so that each code must be read to find the next one. A hostile file can
have a million codes in a megabyte: many codes of one width are therefore read at once.
"""

import struct
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from chalicelib.errors import CorruptImage

#: Greatest width of a code in bits, and the size of a full table.
_MAX_WIDTH, _FULL = 12, 1 << 12
#: Fewest codes of one width that are read at once. Below that, a list costs more than it saves.
_FEWEST = 64
#: Code sizes on which decoders agree.
_CODE_SIZES = range(2, 12)


class CodeEnd(NamedTuple):
    """Where the codes of an image end: after so many bits.

    If further codes follow and no end code parts them, `end_code` must be written there with `width` bits.
    Otherwise `width` is 0.
    """

    bits: int
    end_code: int
    width: int

    @property
    def size(self) -> int:
        """Return the number of bytes up to the end, without a missing end code."""
        return (self.bits + 7) // 8


def find_end(stream: bytearray, code_size: int, pixels: int) -> CodeEnd:
    """Return where the codes of an image with so many pixels end: at the end code, or when the picture is full.

    Codes that end early are taken as they are. Raises CorruptImage when a code is not in the table, or when decoders
    do not agree on the code size.
    """
    if code_size not in _CODE_SIZES:
        raise CorruptImage("The code size of a GIF image is wrong.", code="gif_code")
    return _CodeWalker(stream, code_size, pixels).walk()


def cut(stream: bytearray, end: CodeEnd) -> None:
    """Delete the bytes behind the end, and write the end code if it is missing there."""
    whole, rest = divmod(end.bits, 8)
    last = stream[whole] & (1 << rest) - 1 if rest and end.width else 0
    del stream[end.size :]
    if end.width:
        last |= end.end_code << rest
        stream[whole:] = last.to_bytes((rest + end.width + 7) // 8, "little")


class _CodeWalker:
    """Reads codes in order. `_lengths` has the number of pixels of each code of the table; 0 for clear and end.

    `_previous` is the length of the previous code; 0 at the start and after a clear code.
    """

    def __init__(self, stream: bytearray, code_size: int, pixels: int) -> None:
        self._stream = stream
        self._clear = 1 << code_size
        self._bit = 0
        self._left = pixels
        self._is_ended = False
        self._reset()

    def walk(self) -> CodeEnd:
        """Read up to the end."""
        total = 8 * len(self._stream)
        while self._left > 0 and not self._is_ended and self._bit + self._width <= total:
            table = len(self._lengths)
            count = min((1 << self._width) - table if table < _FULL else _FULL, (total - self._bit) // self._width)
            if count < _FEWEST or not self._previous:
                self._read_one()
            else:
                self._read_many(self._unpack(count))
        if self._is_ended or self._left > 0:
            return CodeEnd(self._bit if self._is_ended else total, 0, 0)
        return self._find_end_code()

    def _find_end_code(self) -> CodeEnd:
        """Look for the end code behind a full picture. One clear code may be in front of it."""
        full, width = self._bit, self._width
        for _ in range(2):
            if self._bit + self._width > 8 * len(self._stream):
                break
            code = self._peek()
            self._bit += self._width
            if code == self._clear + 1:
                return CodeEnd(self._bit, 0, 0)
            if code != self._clear:
                break
            self._reset()
        nothing_follows = (full + 7) // 8 == len(self._stream)
        return CodeEnd(full, self._clear + 1, 0 if nothing_follows else width)

    def _reset(self) -> None:
        self._lengths = [1] * self._clear + [0, 0]
        self._width = self._clear.bit_length()
        self._previous = 0

    def _peek(self) -> int:
        at = self._bit >> 3
        word = int.from_bytes(self._stream[at : at + 3], "little")
        return word >> (self._bit & 7) & (1 << self._width) - 1

    def _read_one(self) -> None:
        """Read one code."""
        code = self._peek()
        self._bit += self._width
        if code == self._clear:
            if self._previous:  # a clear code after another one changes nothing
                self._reset()
        elif code == self._clear + 1:
            self._is_ended = True
        else:
            if self._previous and len(self._lengths) < _FULL:
                self._lengths.append(self._previous + 1)
            if code >= len(self._lengths):
                raise CorruptImage("A code of a GIF image is not in its table.", code="gif_code")
            self._previous = self._lengths[code]
            self._left -= self._previous
            self._grow()

    def _read_many(self, codes: list[int]) -> None:
        """Read codes of one width up to the first clear or end code, or until the picture is full."""
        lengths, table = self._lengths, len(self._lengths)
        known = self._extend(codes) if table < _FULL else list(map(lengths.__getitem__, codes))
        if 0 in known:
            known = known[: known.index(0)]
        made = sum(known)
        if made >= self._left:
            known = known[: self._count_until_full(known)]
        if table < _FULL:
            del lengths[table + len(known) :]
        self._left -= made if made < self._left else self._left
        self._bit += len(known) * self._width
        self._previous = known[-1] if known else self._previous
        self._grow()
        if self._left > 0 and len(known) < len(codes):
            self._read_one()

    def _extend(self, codes: list[int]) -> list[int]:
        """Add an entry to the table for each code. Return the lengths of the codes before the first that is unknown."""
        lengths, previous = self._lengths, self._previous
        table = len(lengths)
        with suppress(IndexError):
            for code in codes:
                lengths.append(previous + 1)
                previous = lengths[code]
            return list(map(lengths.__getitem__, codes))
        return list(map(lengths.__getitem__, codes[: len(lengths) - table - 1]))

    def _count_until_full(self, known: list[int]) -> int:
        left, count = self._left, 0
        while left > 0:
            left -= known[count]
            count += 1
        return count

    def _grow(self) -> None:
        if len(self._lengths) == 1 << self._width and self._width < _MAX_WIDTH:
            self._width += 1

    def _unpack(self, count: int) -> list[int]:
        """Return the next codes of the present width."""
        start, shift = self._bit >> 3, self._bit & 7
        part = self._stream[start : start + (shift + count * self._width + 7) // 8]
        packed = int.from_bytes(part, "little") >> shift & (1 << count * self._width) - 1
        fields = 1 << (count - 1).bit_length()
        for low, high, distance in _spreading(self._width, fields):
            packed = packed & low | (packed & high) << distance
        return list(struct.unpack(f"<{fields}H", packed.to_bytes(2 * fields, "little"))[:count])


@cache
def _spreading(width: int, fields: int) -> list[tuple[int, int, int]]:
    """Return the steps that spread fields of `width` bits, packed in one number, to 16 bits each.

    A step moves the upper half of each group of fields, and halves the groups. Its masks select the lower and the upper
    halves; the distance is in bits. This takes a fraction of the time that one shift for each field would take.
    """
    steps, half = [], fields // 2
    while half:
        low = ((1 << half * width) - 1) * sum(1 << at for at in range(0, 16 * fields, 32 * half))
        steps.append((low, low << half * width, half * (16 - width)))
        half //= 2
    return steps
