"""A density or a colour space that only the eXIf chunk of a PNG holds stays after a scrub."""

import io
import struct
from fractions import Fraction

import pytest
from PIL import Image

from chalicelib.imaging.metadata.exif.minimal import Density
from chalicelib.imaging.metadata.findings import Kind
from chalicelib.imaging.metadata.png.density import write_density
from scripts.measuring import samples
from scripts.measuring.samples import chunk
from tests.imaging.metadata.assert_clean import scrub
from tests.imaging.metadata.exif.builders import studio_exif


def test_a_density_in_exif_moves_to_a_chunk_of_its_own() -> None:
    stripped = scrub(samples.png(chunk(b"eXIf", studio_exif(space=1))))
    with Image.open(io.BytesIO(stripped.data)) as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert [finding.kind for finding in stripped.kept] == [Kind.DENSITY]
    assert b"eXIf" not in stripped.data


def test_a_density_in_the_chunk_stays() -> None:
    physical = chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1))
    stripped = scrub(samples.png(physical, chunk(b"eXIf", studio_exif(space=1))))
    assert stripped.data.count(b"pHYs") == 1
    assert physical in stripped.data


def test_adobe_rgb_in_exif_stays_unless_a_chunk_says_the_colours() -> None:
    exif = chunk(b"eXIf", studio_exif(None))
    assert [finding.summary for finding in scrub(samples.png(exif)).kept] == ["Adobe RGB in EXIF"]
    assert b"eXIf" not in scrub(samples.png(chunk(b"sRGB", b"\0"), exif)).data
    assert b"eXIf" not in scrub(samples.png(exif, icc_profile=samples.srgb_profile())).data


@pytest.mark.parametrize(
    ("density", "expected"),
    [
        (Density(Fraction(254), Fraction(127), 2), (10_000, 5_000, 1)),
        (Density(Fraction(100), Fraction(1, 1000), 3), (10_000, 1, 1)),
    ],
)
def test_a_density_is_written_as_pixels_per_metre(density: Density, expected: tuple[int, int, int]) -> None:
    assert struct.unpack(">IIB", write_density(density)) == expected
