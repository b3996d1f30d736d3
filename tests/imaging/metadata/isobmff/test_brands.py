"""Brands: only registered ones stay, so that ftyp has no free text."""

import pytest

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_files import box, heic_file
from tests.imaging.metadata.isobmff.checks import assert_clean


def with_brands(*brands: bytes, version: bytes = bytes(4)) -> bytes:
    """Build a HEIC with more brands. Its data starts where iloc says, since free space of the same length gives way."""
    plain = heic_file(before_data=box(b"free", bytes(4 * len(brands))))
    return box(b"ftyp", b"heic", version, b"mif1", b"heic", *brands) + plain[24:].replace(
        box(b"free", bytes(4 * len(brands))), box(b"free")
    )


def test_an_unknown_brand_is_replaced_by_a_known_brand_of_the_file() -> None:
    data = with_brands(b"tmap", b"SECR", b"MiHE", b"ETJa", version=b"Jane")
    clean = assert_clean(data, b"Jane", b"ETJa")
    assert clean[:40] == box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic", b"tmap", b"heic", b"MiHE", b"heic")
    assert len(clean) == len(data)


def test_a_file_without_a_known_brand_is_rejected() -> None:
    with pytest.raises(CorruptImage, match="brand"):
        isobmff.strip(b"\0\0\0\x0eftypheicab" + heic_file()[24:])
