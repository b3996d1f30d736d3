"""The minimal EXIF block: readers find its values, and it is allowed only in its one exact form."""

from fractions import Fraction

import pytest
from PIL import Image

from chalicelib.imaging.metadata.exif.block import read_exif
from chalicelib.imaging.metadata.exif.minimal import Density, KeptExif, round_density, round_headroom, write_exif
from chalicelib.imaging.metadata.findings import Kind

ALL = KeptExif(
    orientation=6,
    density=Density(Fraction(300), Fraction(72009, 1000), 2),
    is_adobe_rgb=True,
    headroom=(Fraction(101, 100), Fraction(-1, 50)),
)


def test_pillow_reads_each_value() -> None:
    exif = Image.Exif()
    exif.load(write_exif(ALL))
    found = exif.get_ifd(0x8769)
    assert (exif[0x0112], exif[0x011A], exif[0x0128], found[0xA001]) == (6, 300, 2, 65535)
    assert float(exif[0x011B]) == 72.009
    assert exif.get_ifd(0xA005)[1] == "R03"
    assert found[0x927C].startswith(b"Apple iOS\0\0\1MM\0\2\0\x21\0\x0a")


@pytest.mark.parametrize("order", [">", "<"])
def test_each_kept_value_is_one_allowed_finding(order: str) -> None:
    block = write_exif(ALL, order)
    found = read_exif(block).findings("APP1")
    assert [finding.kind for finding in found] == [Kind.ORIENTATION, Kind.DENSITY, Kind.COLOR, Kind.GAIN_MAP]
    assert [finding.size for finding in found] == [len(block), 0, 0, 0]
    assert all(finding.allowed for finding in found)


@pytest.mark.parametrize(
    "kept",
    [
        ALL,
        KeptExif(is_adobe_rgb=True),
        KeptExif(density=ALL.density),
        KeptExif(headroom=ALL.headroom),
        KeptExif(orientation=1, density=ALL.density),
    ],
)
def test_no_byte_of_the_block_is_free(kept: KeptExif) -> None:
    """Change each byte: the block is refused, or the new byte is part of a value that the block may hold."""
    block = write_exif(kept)
    assert read_exif(block).minimal == kept
    assert not read_exif(block + b"\0").minimal
    free = []
    for at in range(len(block)):
        changed = read_exif(block[:at] + bytes([block[at] ^ 0x55]) + block[at + 1 :]).minimal
        assert not changed or changed != kept
        free += [at] if changed else []
    values = (1 if kept.orientation else 0) * 2 + (18 if kept.density else 0) + (16 if kept.headroom else 0)
    assert len(free) <= values


def test_an_empty_block_is_not_allowed() -> None:
    assert not read_exif(write_exif(KeptExif())).findings("APP1")[0].allowed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(300), 300),
        (Fraction(0), None),
        (Fraction(65536), None),
        (Fraction(1, 3_000_000_000), None),
        (Fraction(0xDEADBEEF, 0xCAFEBAB), Fraction(0xDEADBEEF, 0xCAFEBAB).limit_denominator(1000)),
    ],
)
def test_a_density_is_rounded_to_what_a_camera_can_mean(value: Fraction, expected: Fraction | None) -> None:
    assert round_density(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(Fraction(-1, 50), Fraction(-1, 50)), (Fraction(17), None)])
def test_a_headroom_that_no_camera_writes_is_refused(value: Fraction, expected: Fraction | None) -> None:
    assert round_headroom(value) == expected
