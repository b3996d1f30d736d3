"""Builds LZW codes of a GIF image, and decodes their widths and lengths in the plainest way."""

from collections.abc import Iterable
from typing import NamedTuple

from scripts.measuring.samples import extension


class Code(NamedTuple):
    """A code and its width in bits."""

    value: int
    width: int


def pack(codes: Iterable[Code]) -> bytearray:
    """Return the codes as bytes, each in the lowest bits that are free (GIF89a, appendix F)."""
    packed = at = 0
    for code in codes:
        packed |= code.value << at
        at += code.width
    return bytearray(packed.to_bytes((at + 7) // 8, "little"))


def codes_of(numbers: Iterable[int], code_size: int) -> list[Code]:
    """Give each code the width that the table of a decoder has at that place."""
    clear, made = 1 << code_size, []
    table, width, is_first = clear + 2, code_size + 1, True
    for number in numbers:
        made.append(Code(number, width))
        if number == clear:
            table, width, is_first = clear + 2, code_size + 1, True
        elif number != clear + 1:
            table = min(table + (not is_first), 4096)
            is_first = False
            width += table == 1 << width and width < 12
    return made


def count_pixels(stream: bytearray, code_size: int) -> list[tuple[int, int]]:
    """Return for each code the bits and the pixels up to its end. Stops at the end code."""
    clear, packed, at = 1 << code_size, int.from_bytes(stream, "little"), 0
    lengths, width, previous, pixels = [1] * clear + [0, 0], code_size + 1, 0, 0
    found: list[tuple[int, int]] = []
    while at + width <= 8 * len(stream):
        code = packed >> at & (1 << width) - 1
        at += width
        if code == clear + 1:
            return [*found, (at, pixels)]
        if code == clear:
            lengths, width, previous = [1] * clear + [0, 0], code_size + 1, 0
        else:
            if previous and len(lengths) < 4096:
                lengths.append(previous + 1)
            previous = lengths[code]
            pixels += previous
            width += len(lengths) == 1 << width and width < 12
        found.append((at, pixels))
    return found


def sub_blocks(stream: bytes | bytearray, size: int = 255) -> bytes:
    """Return the bytes in sub-blocks of at most `size`, with the empty one that ends them."""
    parts = [bytes(stream[at : at + size]) for at in range(0, len(stream), size)]
    return extension(0, *parts)[2:]
