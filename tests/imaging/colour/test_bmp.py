"""The colour space in a BMP header of version 4 or 5 is applied, as browsers do."""

import struct

import pytest

from chalicelib.imaging.colour.bmp import calibrated_space, embedded_profile
from chalicelib.imaging.colour.curves import Parametric
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from tests.imaging.colour.formulas import shown as formula
from tests.imaging.colour.made import shown
from tests.pictures import near

COLOUR = (200, 100, 50)
LINEAR = matrix_profile(SRGB_PRIMARIES, Parametric(1.0))
#: X, Y and Z of red, green and blue of Display P3 for D65 (CSS Color 4).
P3 = (0.48657, 0.22897, 0.0, 0.26567, 0.69174, 0.04511, 0.19822, 0.07929, 1.04394)
NO_ENDS = (0.0,) * 9


def bmp(space: int, ends: tuple[float, ...], gamma: float, profile: bytes = b"", size: int = 124) -> bytes:
    """Make a BMP of 16 x 16 pixels with a header of version 4 (108 bytes) or 5 (124 bytes)."""
    pixels = bytes(reversed(COLOUR)) * 256
    header = struct.pack("<IiiHHIIiiII", size, 16, 16, 1, 24, 0, len(pixels), 2835, 2835, 0, 0) + bytes(16)
    header += struct.pack("<I9i3I", space, *(round(end * (1 << 30)) for end in ends), *[round(gamma * 65536)] * 3)
    if size == 124:
        header += struct.pack("<4I", 4, size + len(pixels), len(profile), 0)
    start = 14 + size
    return b"BM" + struct.pack("<IHHI", start + len(pixels) + len(profile), 0, 0, start) + header + pixels + profile


@pytest.mark.parametrize("size", [108, 124])
def test_a_calibrated_space_is_applied(size: int) -> None:
    assert near(shown(bmp(0, P3, 2.2, size=size)), formula(COLOUR, "P3", 2.2), 1)
    assert near(shown(bmp(0, P3, 0.0, size=size)), formula(COLOUR, "P3"), 1)


def test_an_embedded_profile_is_applied() -> None:
    assert shown(bmp(0x4D424544, NO_ENDS, 0.0, LINEAR)) == formula(COLOUR, "sRGB", 1)


@pytest.mark.parametrize("space", [0x73524742, 0x57696E20, 0x4C494E4B])
def test_srgb_windows_and_a_linked_profile_do_not_change_colours(space: int) -> None:
    assert shown(bmp(space, P3, 1.0, LINEAR)) == COLOUR


def test_end_points_of_0_are_no_space() -> None:
    assert shown(bmp(0, NO_ENDS, 2.2)) == COLOUR
    assert calibrated_space(bmp(0, NO_ENDS, 2.2)) is None


def test_a_profile_outside_the_file_is_ignored() -> None:
    data = bmp(0x4D424544, NO_ENDS, 0.0, LINEAR)
    assert embedded_profile(data) == LINEAR
    assert embedded_profile(data[:-1]) == b""


@pytest.mark.parametrize("data", [b"", b"BM", b"BM" + bytes(12) + b"\x7c\0\0\0", b"BM" + bytes(12) + b"\x6c\0\0\0"])
def test_a_header_that_is_cut_short_names_nothing(data: bytes) -> None:
    assert (embedded_profile(data), calibrated_space(data)) == (b"", None)
