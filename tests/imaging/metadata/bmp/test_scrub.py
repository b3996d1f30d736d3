"""BMP: what the file holds besides its pixels is reported, and gone after a scrub."""

import struct

import pytest
from hypothesis import given

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.bmp import read, strip
from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import sample_profiles, samples
from scripts.measuring.samples import SECRET, draw, encode
from tests.imaging.metadata.assert_clean import CHANGES, CUTS, kinds, scrub, survive
from tests.imaging.metadata.bmp.builders import bmp, v5

#: Rows of 9 bytes of pixels and 3 bytes of padding.
_FILLED_ROWS = (b"pixels..." + b"SEC") * 2
_FIVE_PIXELS = b"\xff\xff\xff\xff" * 2
_OS2_V2 = struct.pack("<HHHHIIII", 0, 0, 0, 0, 7, 7, 0, 0x53454352)
_HIDING: dict[str, tuple[bytes, Kind]] = {
    "reserved fields of the file": (bmp()[:6] + b"SECR" + bmp()[10:], Kind.PRIVATE),
    "a gap before the pixels": (bmp(gap=SECRET), Kind.PADDING),
    "the palette of pixels without one": (bmp(palette=SECRET + bytes(2), colours=7), Kind.PADDING),
    "the fourth byte of a colour": (bmp(bits=1, palette=b"\0\0\0S\xff\xff\xffE"), Kind.PADDING),
    "the ends of the rows": (bmp(pixels=_FILLED_ROWS), Kind.PADDING),
    "the last bits of a row": (bmp(width=5, bits=1, pixels=_FIVE_PIXELS), Kind.PADDING),
    "a trailer": (bmp(after=SECRET), Kind.TRAILER),
    "the size of the pixels": (bmp()[:34] + b"SECR" + bmp()[38:], Kind.PRIVATE),
    "the number of colours": (bmp()[:46] + b"SECR" + bmp()[50:], Kind.PRIVATE),
    "the number of important colours": (bmp()[:50] + b"SECR" + bmp()[54:], Kind.PRIVATE),
    "the fields of OS/2": (bmp(info_size=64, info=_OS2_V2), Kind.PRIVATE),
    "the name of a linked profile": (v5(SECRET, space=b"KNIL"), Kind.TRAILER),
    "a gap before the profile": (
        v5(SECRET + samples.srgb_profile(), profile_at=124 + 24 + len(SECRET), size=len(samples.srgb_profile())),
        Kind.PADDING,
    ),
    "a calibration that is not used": (bmp(info_size=108, info=bytes(16) + b"BGRs" + SECRET), Kind.PRIVATE),
    "reserved fields of version 5": (bmp(info_size=124, info=bytes(80) + b"SECR"), Kind.PRIVATE),
}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_clean_file_stays_as_it_is(mode: str) -> None:
    data = encode(draw((40, 24), mode), "BMP")
    assert scrub(data).data == data


@pytest.mark.parametrize("name", _HIDING)
def test_what_hides_in_a_file_is_reported_and_removed(name: str) -> None:
    data, kind = _HIDING[name]
    assert kind in kinds(data)
    stripped = scrub(data)
    assert {finding.kind for finding in stripped.removed} == kinds(data)
    assert b"SEC" not in stripped.data


def test_the_density_is_kept() -> None:
    stripped = scrub(encode(draw(), "BMP", dpi=(300, 300)))
    assert [finding.kind for finding in stripped.kept] == [Kind.DENSITY]


def test_a_calibration_is_kept() -> None:
    info = bytes(16) + bytes(4) + b"endpoints and gammas of the colours here  "
    data = bmp(info_size=108, info=info.ljust(68, b"\x01"))
    assert scrub(data).data == data
    assert Kind.COLOR in {finding.kind for finding in read(data).findings}


def test_a_standard_profile_is_kept_and_private_text_in_one_is_removed() -> None:
    standard = v5(samples.srgb_profile())
    assert scrub(standard).data == standard
    named = sample_profiles.swapped_primaries().replace(b"Red and blue", b"SecretProfil")
    assert b"SecretProfil" in v5(named)
    stripped = scrub(v5(named))
    assert b"SecretProfil" not in stripped.data
    assert Kind.ICC in {finding.kind for finding in stripped.kept}


def test_a_profile_that_no_engine_reads_is_removed() -> None:
    stripped = scrub(v5(SECRET))
    assert Kind.ICC in {finding.kind for finding in stripped.removed}
    assert stripped.data[14 + 56 : 14 + 60] == b"BGRs"


def test_the_colours_of_a_row_that_ends_within_a_byte_stay() -> None:
    data = bmp(width=5, bits=1, pixels=_FIVE_PIXELS)
    assert strip(data).data[-8:] == b"\xf8\0\0\0" * 2


def test_masks_of_the_channels_stay() -> None:
    masks = struct.pack("<3I", 0xF800, 0x07E0, 0x001F)
    data = bmp(bits=16, compression=3, gap=masks)
    assert scrub(data).data == data


@given(changes=CHANGES, cut=CUTS)
def test_a_damaged_file_is_rejected_or_fully_cleaned(changes: list[tuple[int, int]], cut: int) -> None:
    survive(_HIDING["a trailer"][0], changes, cut)
    survive(v5(samples.srgb_profile()), changes, cut)


def test_a_picture_of_very_many_rows_is_cleaned_at_once() -> None:
    """Columns are read as slices: a loop over the rows would take minutes."""
    data = bmp(width=1, height=1_000_000, bits=8, pixels=b"\x01SEC" * 1_000_000)
    assert b"SEC" not in metadata.strip(data).data
