"""The header of an ICC profile: colour facts are kept; makers, programs and times are removed."""

import struct
from hashlib import md5

import pytest

from chalicelib.imaging.metadata.icc import clean_profile
from chalicelib.imaging.metadata.icc.header import SIZE, clean_header, is_readable
from tests.imaging.metadata.icc.builders import PRIVATE, STANDARD

NEUTRAL_DATE = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
DATE = struct.pack(">6H", 2017, 7, 7, 13, 22, 32)
CMM, CREATION, PLATFORM, MAKER, MODEL, CREATOR = 4, 24, 40, 48, 52, 80
D50 = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)


def changed(*changes: tuple[int, bytes], profile: bytes = STANDARD) -> bytes:
    """Overwrite bytes of the profile at offsets."""
    new = bytearray(profile)
    for at, value in changes:
        new[at : at + len(value)] = value
    return bytes(new)


def cleaned(*changes: tuple[int, bytes], published: bool = True) -> bytes:
    return clean_header(changed(*changes), published=published)


def test_the_header_of_a_standard_profile_does_not_change() -> None:
    assert cleaned() == STANDARD[:SIZE]


@pytest.mark.parametrize("at", [CMM, PLATFORM, MAKER, MODEL, CREATOR])
def test_known_signatures_are_kept_and_others_become_zero(at: int) -> None:
    assert cleaned((at, b"APPL"))[at : at + 4] == b"APPL"
    assert cleaned((at, b"Jane"))[at : at + 4] == bytes(4)


@pytest.mark.parametrize(("at", "size"), [(10, 2), (44, 3), (56, 7), (64, 3), (100, 28)])
def test_reserved_bytes_become_zero(at: int, size: int) -> None:
    assert cleaned((at, b"\xff" * size))[at : at + size] == bytes(size)


@pytest.mark.parametrize(("at", "mask"), [(47, 3), (63, 15), (67, 3)])
def test_only_the_bits_of_the_specification_are_kept(at: int, mask: int) -> None:
    assert cleaned((at, b"\xff"))[at] == mask


def test_only_a_published_profile_keeps_its_date() -> None:
    own = (CMM, b"appl"), (CREATOR, b"appl"), (CREATION, DATE)
    assert cleaned(*own)[CREATION : CREATION + 12] == DATE
    assert cleaned(*own, published=False)[CREATION : CREATION + 12] == NEUTRAL_DATE


@pytest.mark.parametrize("at", [CMM, CREATOR])
def test_a_profile_of_little_cms_loses_its_date(at: int) -> None:
    others = (CMM, b"appl"), (CREATOR, b"appl"), (CREATION, DATE)
    assert cleaned(*others, (at, b"lcms"))[CREATION : CREATION + 12] == NEUTRAL_DATE


def test_a_whole_profile_keeps_its_date_unless_little_cms_wrote_it() -> None:
    published = changed((CMM, b"appl"), (CREATION, DATE), (CREATOR, b"appl"))
    assert clean_profile(published) == published
    assert clean_profile(PRIVATE["time of creation"]) == STANDARD


def test_a_profile_that_changes_gets_a_neutral_date() -> None:
    assert clean_profile(PRIVATE["private tag"])[CREATION : CREATION + 12] == NEUTRAL_DATE


def test_an_illuminant_near_d50_is_kept_and_any_other_becomes_d50() -> None:
    near = struct.pack(">3i", 0xF6D0, 0x10000, 0xD330)
    assert cleaned((68, near))[68:80] == near
    assert cleaned((68, b"Jane Doe Str"))[68:80] == D50


def test_a_profile_id_is_kept_if_it_is_the_md5_of_the_profile() -> None:
    hashed = changed((44, bytes(4)), (64, bytes(4)), (84, bytes(16)))
    identity = md5(hashed, usedforsecurity=False).digest()
    assert cleaned((84, identity))[84:100] == identity
    assert cleaned((84, identity[::-1]))[84:100] == bytes(16)


@pytest.mark.parametrize(
    ("at", "value"),
    [(36, b"ascp"), (12, b"link"), (12, b"nmcl"), (16, b"ABCD"), (20, b"RGB ")],
    ids=["signature", "device link", "named colours", "colour space", "connection space"],
)
def test_a_profile_that_no_picture_can_have_is_not_readable(at: int, value: bytes) -> None:
    assert is_readable(STANDARD[:SIZE])
    assert not is_readable(changed((at, value))[:SIZE])
    assert not is_readable(STANDARD[: SIZE - 1])
