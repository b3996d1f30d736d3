"""WebP: what a scrub keeps of its EXIF block besides the orientation."""

import io

from PIL import Image

from chalicelib.imaging.metadata.findings import Kind
from scripts.measuring import samples
from tests.imaging.metadata.assert_clean import scrub
from tests.imaging.metadata.exif.builders import studio_exif


def test_density_and_adobe_rgb_stay_in_a_minimal_block() -> None:
    stripped = scrub(samples.webp((b"EXIF", studio_exif()), flags=0x08))
    with Image.open(io.BytesIO(stripped.data)) as image:
        exif = image.getexif()
    assert (exif[0x011A], exif.get_ifd(0xA005)[1]) == (300, "R03")
    assert [finding.kind for finding in stripped.kept] == [Kind.DENSITY, Kind.COLOR]


def test_a_profile_takes_precedence_over_adobe_rgb_in_exif() -> None:
    data = samples.encode(samples.draw(), "WEBP", icc_profile=samples.srgb_profile(), exif=studio_exif(None))
    assert b"EXIF" not in scrub(data).data


def test_a_block_that_decoders_ignore_is_removed() -> None:
    assert b"EXIF" not in scrub(samples.webp((b"EXIF", studio_exif()))).data
