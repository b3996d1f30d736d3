"""A density or a colour space that only the EXIF block of a JPEG holds stays after a scrub."""

import io
from fractions import Fraction

import pytest
from PIL import Image

from chalicelib.imaging import metadata
from chalicelib.imaging.metadata.exif.minimal import Density
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.jpeg.density import may_add_jfif, place_density
from scripts.measuring import samples
from scripts.measuring.samples import segment
from tests.imaging.metadata.assert_clean import scrub
from tests.imaging.metadata.exif.builders import studio_exif

DPI_300 = Density(Fraction(300), Fraction(300), 2)


def jpeg(exif: bytes, *more: bytes, jfif: bytes = b"", mode: str = "RGB") -> bytes:
    """Make a JPEG whose only header is an EXIF block, unless `jfif` is the payload of a JFIF header."""
    plain = samples.encode(samples.draw(mode=mode), "JPEG", quality=90)
    start = 20 if plain[3] == 0xE0 else 2
    header = segment(0xE0, jfif) if jfif else b""
    return b"\xff\xd8" + header + segment(0xE1, b"Exif\0\0" + exif) + b"".join(more) + plain[start:]


def dpi(data: bytes) -> tuple[float, float] | None:
    with Image.open(io.BytesIO(data)) as image:
        return image.info.get("dpi")


def exif_of(data: bytes) -> Image.Exif:
    with Image.open(io.BytesIO(data)) as image:
        return image.getexif()


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_density_in_exif_moves_to_a_jfif_header(mode: str) -> None:
    stripped = scrub(jpeg(studio_exif(space=1), mode=mode))
    assert stripped.data[2:20] == b"\xff\xe0\0\x10JFIF\0\1\1\1\1\x2c\1\x2c\0\0"
    assert [finding.kind for finding in stripped.kept] == [Kind.DENSITY]
    assert dpi(stripped.data) == (300, 300)


def test_a_density_per_centimetre_stays_exact() -> None:
    assert dpi(scrub(jpeg(studio_exif((11811, 100), 3))).data) == (300, 300)


def test_a_density_in_exif_replaces_a_jfif_header_without_units() -> None:
    stripped = scrub(jpeg(studio_exif(space=1), jfif=b"JFIF\0\1\2\0\0\1\0\1\0\0"))
    assert stripped.data[2:20] == b"\xff\xe0\0\x10JFIF\0\1\2\1\1\x2c\1\x2c\0\0"


def test_a_density_in_a_jfif_header_stays() -> None:
    stripped = scrub(jpeg(studio_exif(space=1), jfif=b"JFIF\0\1\1\1\0\x48\0\x48\0\0"))
    assert dpi(stripped.data) == (72, 72)
    assert b"Exif" not in stripped.data


def test_an_aspect_ratio_in_a_jfif_header_stays_beside_the_density_in_exif() -> None:
    stripped = scrub(jpeg(studio_exif(space=1), jfif=b"JFIF\0\1\1\0\0\2\0\1\0\0"))
    assert stripped.data[2:20] == b"\xff\xe0\0\x10JFIF\0\1\1\0\0\2\0\1\0\0"
    assert exif_of(stripped.data)[0x011A] == 300


def test_a_file_whose_colours_a_jfif_header_would_change_keeps_the_density_in_exif() -> None:
    rgb = samples.encode(samples.draw(), "JPEG", quality=90, keep_rgb=True)
    data = rgb[:2] + segment(0xE1, b"Exif\0\0" + studio_exif(space=1)) + rgb[2:]
    for original in (data, jpeg(studio_exif(space=1), mode="CMYK")):
        stripped = scrub(original)
        assert b"JFIF" not in stripped.data
        assert exif_of(stripped.data)[0x011A] == 300
        assert {finding.kind for finding in stripped.kept} >= {Kind.DENSITY}


@pytest.mark.parametrize("space", [2, 0xFFFF])
def test_adobe_rgb_in_exif_stays(space: int) -> None:
    stripped = scrub(jpeg(studio_exif(None, space=space)))
    exif = exif_of(stripped.data)
    assert (exif.get_ifd(0x8769)[0xA001], exif.get_ifd(0xA005)[1]) == (65535, "R03")
    assert [finding.summary for finding in stripped.kept] == ["Adobe RGB in EXIF"]
    assert b"SECRET" not in stripped.data


def test_a_profile_takes_precedence_over_adobe_rgb_in_exif() -> None:
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1" + samples.srgb_profile())
    stripped = scrub(jpeg(studio_exif(None), profile))
    assert b"Exif" not in stripped.data
    assert samples.profile_of(stripped.data) == samples.srgb_profile()


def test_inspect_and_strip_agree_on_what_is_kept() -> None:
    clean = metadata.strip(jpeg(studio_exif(), mode="CMYK"))
    assert metadata.strip(clean.data).removed == ()
    assert metadata.inspect(clean.data) == clean.kept


@pytest.mark.parametrize(
    ("components", "adobe", "expected"),
    [
        (b"\1", None, True),
        (b"\1\2\3", None, True),
        (b"\1\2\3", 1, True),
        (b"\1\2\3", 0, False),
        (b"RGB", None, False),
        (b"\1\2\3\4", 2, False),
        (b"\1\2", None, False),
    ],
)
def test_a_jfif_header_is_added_only_to_grey_and_ycbcr(components: bytes, adobe: int | None, *, expected: bool) -> None:
    frame = bytes(5) + bytes([len(components)]) + b"".join(bytes([each, 0x11, 0]) for each in components)
    assert may_add_jfif(frame, adobe) is expected


@pytest.mark.parametrize(
    ("density", "expected"),
    [
        (DPI_300, b"\1\1\x2c\1\x2c"),
        (Density(Fraction(72009, 1000), Fraction(72), 2), b"\1\0\x48\0\x48"),
        (Density(Fraction(118), Fraction(118), 3), b"\2\0\x76\0\x76"),
        (Density(Fraction(1, 1000), Fraction(65535), 2), b"\1\0\1\xff\xff"),
    ],
)
def test_a_density_is_written_as_integers(density: Density, expected: bytes) -> None:
    header, left = place_density(b"", density, may_add=True)
    assert header == b"\xff\xe0\0\x10JFIF\0\1\1" + expected + b"\0\0"
    assert left is None


def test_nothing_is_added_without_a_density() -> None:
    assert place_density(b"", None, may_add=True) == (b"", None)
