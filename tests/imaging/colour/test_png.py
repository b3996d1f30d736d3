"""Colour chunks of a PNG count in their place only. test_sources.py has their precedence."""

import struct
import zlib

import pytest

from chalicelib.imaging.colour.icc import is_srgb
from chalicelib.imaging.colour.png import coded_space, gamma_space, read_chunks
from scripts.measuring import sample_profiles
from tests.imaging.colour.made import chrm, cicp, gama, png, shown
from tests.pictures import chunk

ROW, COLOUR = bytes((200, 100, 50)) * 16, (200, 100, 50)
LINEAR = gama(1.0)


def test_a_chunk_behind_the_palette_or_the_data_is_out_of_place() -> None:
    """PNG, table 7. libpng ignores it, and so do browsers."""
    palette = (b"PLTE", bytes(COLOUR))
    assert shown(png(8, 3, bytes(16), palette, LINEAR)) == COLOUR
    whole = png(8, 2, ROW)
    assert shown(whole[:-12] + chunk(*LINEAR) + whole[-12:]) == COLOUR


def test_a_profile_behind_the_data_is_out_of_place() -> None:
    profile = b"name\0\0" + zlib.compress(sample_profiles.display_p3())
    whole = png(8, 2, ROW)
    assert shown(whole[:-12] + chunk(b"iCCP", profile) + whole[-12:]) == COLOUR


def test_the_first_chunk_of_a_kind_counts() -> None:
    assert read_chunks(png(8, 2, ROW, gama(0.5), LINEAR)) == {b"gAMA": struct.pack(">I", 50_000)}


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", png(8, 2, ROW)[:40]])
def test_a_file_that_is_cut_short_has_no_chunks(data: bytes) -> None:
    assert read_chunks(data) == {}


def test_a_chunk_of_a_wrong_size_is_ignored() -> None:
    assert read_chunks(png(8, 2, ROW, (b"gAMA", bytes(5)), (b"cICP", bytes(3)))) == {}


@pytest.mark.parametrize(
    ("gamma", "srgb"), [(1 / 2.2, True), (0.455, True), (0.4646, False), (0.4444, False), (1.0, False)]
)
def test_only_the_gamma_of_srgb_means_its_curve(gamma: float, srgb: bool) -> None:
    space = gamma_space(gama(gamma)[1], b"")
    assert space is not None
    assert is_srgb(space) is srgb


def test_code_points_and_chromaticities_of_srgb_are_srgb() -> None:
    for space in (
        coded_space(cicp(1, 13)[1]),
        gamma_space(b"", chrm(0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)[1]),
    ):
        assert isinstance(space, bytes)
        assert is_srgb(space)
