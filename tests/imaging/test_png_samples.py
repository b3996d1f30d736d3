"""Transparent levels and colours of PNG of every depth."""

import struct

import pytest

from tests.imaging.colour.made import decoded, png
from tests.pictures import pixel


def two_levels(depth: int, left: int, right: int) -> bytes:
    """Return a row whose left half has one grey level and whose right half has another."""
    bits = "".join(format(level, f"0{depth}b") * 8 for level in (left, right))
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize(
    ("depth", "key", "other"),
    [(depth, *pair) for depth in (1, 2, 4, 8, 16) for pair in ((0, (1 << depth) - 1), ((1 << depth) - 1, 0))]
    + [(depth, *pair) for depth in (2, 4, 8, 16) for pair in ((1, 2), (2, 1), (2, 3))],
)
def test_the_transparent_level_of_grey_of_every_depth(depth: int, key: int, other: int) -> None:
    """PNG, 11.3.1.1."""
    image = decoded(png(depth, 0, two_levels(depth, key, other), (b"tRNS", struct.pack(">H", key))))
    assert image.mode == "LA"
    assert pixel(image, 2) == (key * 255 // ((1 << depth) - 1), 0)
    assert pixel(image, 12) == (other * 255 // ((1 << depth) - 1), 255)


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_only_the_low_bits_of_a_transparent_level_count(depth: int) -> None:
    """PNG, 11.3.1.1: if the depth is less than 16 bits, the least significant bits are used."""
    image = decoded(png(depth, 0, two_levels(depth, 1, 2), (b"tRNS", struct.pack(">H", 0xFF00 | 1 << depth | 1))))
    assert (pixel(image, 2)[1], pixel(image, 12)[1]) == (0, 255)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_of_every_depth_with_two_transparent_entries(depth: int) -> None:
    palette, alphas = (b"PLTE", b"\x10\x20\x30\x40\x50\x60"), (b"tRNS", b"\x07\x99")
    image = decoded(png(depth, 3, two_levels(depth, 0, 1), palette, alphas))
    assert (pixel(image, 2), pixel(image, 12)) == ((16, 32, 48, 7), (64, 80, 96, 0x99))


@pytest.mark.parametrize("key", [(0, 0, 0), (255, 255, 255), (127, 85, 51)])
def test_the_transparent_colour_of_8_bits(key: tuple[int, int, int]) -> None:
    row = bytes((*key, key[0] ^ 1, *key[1:])) * 8
    image = decoded(png(8, 2, row, (b"tRNS", struct.pack(">3H", *key))))
    assert (pixel(image, 4)[3], pixel(image, 5)[3]) == (0, 255)


def test_only_the_low_bytes_of_a_transparent_colour_of_8_bits_count() -> None:
    data = png(8, 2, bytes((1, 2, 3, 1, 2, 4)) * 8, (b"tRNS", struct.pack(">3H", 0x0101, 2, 3)))
    assert (pixel(decoded(data), 4)[3], pixel(decoded(data), 5)[3]) == (0, 255)


def test_grey_with_alpha_of_16_bits_becomes_grey_with_alpha() -> None:
    image = decoded(png(16, 4, struct.pack(">2H", 0x6401, 0x80FF) * 16))
    assert (image.mode, pixel(image)) == ("LA", (0x64, 0x80))


def test_colour_with_alpha_of_16_bits() -> None:
    assert pixel(decoded(png(16, 6, bytes((200, 1, 100, 2, 50, 3, 128, 4)) * 16))) == (200, 100, 50, 128)
