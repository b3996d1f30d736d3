"""The values that a scrub keeps of an EXIF block: read from whole, odd and broken blocks."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.imaging.metadata.exif.minimal import Density, KeptExif
from chalicelib.imaging.metadata.exif.values import read_values
from tests.imaging.metadata.exif.builders import apple_note, block, camera_exif, directory, iphone_exif, studio_exif


@pytest.mark.parametrize("unit", [2, 3])
@pytest.mark.parametrize("space", [2, 0xFFFF])
def test_density_and_adobe_rgb_are_read(unit: int, space: int) -> None:
    expected = Density(Fraction(11811, 100), Fraction(11811, 100), unit)
    assert read_values(studio_exif((11811, 100), unit, space)) == KeptExif(density=expected, is_adobe_rgb=True)


@pytest.mark.parametrize("space", [1, 0, 3])
def test_another_colour_space_is_not_adobe_rgb(space: int) -> None:
    assert not read_values(studio_exif(space=space)).is_adobe_rgb


def test_an_uncalibrated_space_without_the_index_is_not_adobe_rgb() -> None:
    data = block(directory((0x8769, 4, 1, 26)), directory((0xA001, 3, 1, 0xFFFF)))
    assert not read_values(data).is_adobe_rgb
    other = studio_exif().replace(b"R03\0", b"R98\0")
    assert not read_values(other).is_adobe_rgb


@pytest.mark.parametrize(("density", "unit"), [(None, 2), ((300, 1), 1), ((0, 1), 2), ((300, 0), 2), ((70_000, 1), 2)])
def test_a_density_without_a_meaning_is_not_read(density: tuple[int, int] | None, unit: int) -> None:
    assert read_values(studio_exif(density, unit)).density is None


def test_one_number_counts_for_both_and_the_inch_is_the_default_unit() -> None:
    data = block(directory((0x011A, 5, 1, 26)), b"\x2c\1\0\0\1\0\0\0")
    assert read_values(data).density == Density(Fraction(300), Fraction(300), 2)


@pytest.mark.parametrize("order", [">", "<"])
def test_the_headroom_of_an_apple_maker_note_is_read(order: str) -> None:
    note = apple_note((101, 100), (-1, 50), order)
    assert read_values(iphone_exif(note)).headroom == (Fraction(101, 100), Fraction(-1, 50))


@pytest.mark.parametrize(
    "note",
    [
        b"Nikon\0",
        b"Apple iOS\0",
        apple_note(gain=None),
        apple_note(headroom=None),
        apple_note(headroom=(1, 0)),
        apple_note(headroom=(1000, 1)),
        apple_note()[:50],
    ],
)
def test_a_maker_note_without_both_values_has_no_headroom(note: bytes) -> None:
    assert read_values(iphone_exif(note)).headroom is None


@given(changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8), cut=st.integers(0, 400))
def test_a_damaged_block_raises_nothing(changes: list[tuple[int, int]], cut: int) -> None:
    for whole in (studio_exif(), iphone_exif(apple_note()), camera_exif()):
        damaged = bytearray(whole)
        for at, value in changes:
            damaged[at % len(damaged)] = value
        assert read_values(bytes(damaged[: len(damaged) - cut % len(damaged)])).orientation is None
