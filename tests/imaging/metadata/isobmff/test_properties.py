"""Properties of pictures: those that decoders read stay, all others are removed."""

import io
import struct
from dataclasses import replace

import pytest
from PIL import Image, ImageCms

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.metadata import isobmff
from scripts.measuring.heif_files import HeifFile, HeifItem, avif_file, box, full_box, ispe
from scripts.measuring.samples import srgb_profile
from tests.imaging.metadata.isobmff.checks import assert_clean, pixels


def with_property(extra: bytes, *, used: bool = True) -> bytes:
    whole = avif_file()
    picture = replace(whole.items[0], properties=(1, 2, 3, 4, 5) if used else (1, 2, 3, 4))
    return replace(whole, items=(picture,), properties=(*whole.properties, extra)).build()


@pytest.mark.parametrize("kind", [b"udes", b"altt", b"crtt", b"cmin", b"uuid", b"zzzz"])
def test_descriptions_and_unknown_properties_become_free_space(kind: bytes) -> None:
    data = with_property(full_box(kind, b"SECRET" * 4, b"\0"))
    assert pixels(assert_clean(data)) == pixels(data)


def test_a_property_that_no_picture_has_is_removed() -> None:
    data = with_property(box(b"pasp", b"SECRET J"), used=False)
    assert len(assert_clean(data, b"pasp")) == len(data)


def test_an_unknown_essential_property_is_rejected() -> None:
    picture = HeifItem(b"hvc1", b"x", properties=(1, 2))
    whole = HeifFile((picture,), (ispe(1, 1), full_box(b"zzzz", b"?")), essential=2)
    with pytest.raises(UnsupportedFormat, match="property"):
        isobmff.strip(whole.build())


def test_an_essential_description_is_removed_and_no_longer_essential() -> None:
    picture = HeifItem(b"hvc1", b"x", properties=(1, 2))
    whole = HeifFile((picture,), (ispe(1, 1), full_box(b"udes", b"SECRET")), essential=2)
    clean = assert_clean(whole.build())
    assert clean[clean.index(b"ipma") + 15 :][:2] == b"\x01\x02"


def test_a_calibrated_profile_loses_its_text_in_place() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + b"SECRET" * 10)
    struct.pack_into(">I", profile, 0, len(profile))
    data = with_property(box(b"colr", b"prof", bytes(profile)))
    clean = assert_clean(data)
    assert pixels(clean) == pixels(data)
    with Image.open(io.BytesIO(clean)) as image:
        assert ImageCms.getOpenProfile(io.BytesIO(image.info["icc_profile"])).profile.xcolor_space == "RGB "


def test_a_standard_profile_stays_whole() -> None:
    profile = srgb_profile()
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(buffer, "AVIF", icc_profile=profile)
    assert profile in assert_clean(buffer.getvalue())


def test_a_profile_that_cannot_be_cleaned_is_removed() -> None:
    data = with_property(box(b"colr", b"prof", b"SECRET is no profile"))
    assert pixels(assert_clean(data)) == pixels(data)
