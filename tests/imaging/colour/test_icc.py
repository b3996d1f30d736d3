"""Profiles are judged by their matrix and their curves."""

import io
import struct

import pytest
from PIL import Image, ImageCms

from chalicelib.imaging.colour import to_srgb
from chalicelib.imaging.colour.cicp import PRIMARIES
from chalicelib.imaging.colour.curves import SRGB, Parametric
from chalicelib.imaging.colour.icc import is_srgb, matrix_profile, read_curves, read_tags, with_srgb_curves
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from scripts.measuring import sample_profiles, samples


def with_curve(element: bytes) -> bytes:
    """Return a linear profile whose curves are replaced."""
    profile = matrix_profile(SRGB_PRIMARIES, Parametric(1.0))
    return profile.replace(Parametric(1.0).element, element.ljust(40, b"\0"))


def curve_of(element: bytes) -> float:
    return read_curves(with_curve(element))[0](0.5)


def test_a_built_profile_is_one_that_little_cms_reads() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(matrix_profile(PRIMARIES[12], SRGB))).profile
    assert profile.xcolor_space.strip() == "RGB"
    assert profile.red_primary
    assert profile.red_primary[0] == pytest.approx((0.5151, 0.2412, -0.0011), abs=2e-3)


@pytest.mark.parametrize("profile", [samples.srgb_profile(), matrix_profile(SRGB_PRIMARIES, SRGB)])
def test_the_profile_of_srgb_is_recognised(profile: bytes) -> None:
    assert is_srgb(profile)


@pytest.mark.parametrize(
    "profile",
    [
        matrix_profile(SRGB_PRIMARIES, Parametric(1.0)),
        matrix_profile(SRGB_PRIMARIES, Parametric(2.2)),
        matrix_profile(PRIMARIES[12], SRGB),
        sample_profiles.grey(2.2),
        sample_profiles.cmyk(),
        samples.srgb_profile().replace(b"chad", b"A2B0"),
        b"",
        b"short",
    ],
)
def test_another_profile_is_not_srgb(profile: bytes) -> None:
    assert not is_srgb(profile)


@pytest.mark.parametrize(
    ("element", "light"),
    [
        (struct.pack(">4sxxxxI", b"curv", 0), 0.5),
        (struct.pack(">4sxxxxIH", b"curv", 1, 2 * 256), 0.25),
        (struct.pack(">4sxxxxI3H", b"curv", 3, 0, 13107, 65535), 0.2),
        (struct.pack(">4sxxxxHxxi", b"para", 0, 2 << 16), 0.25),
        (struct.pack(">4sxxxxHxx3i", b"para", 1, 2 << 16, 2 << 16, -(1 << 15)), 0.25),
        (struct.pack(">4sxxxxHxx4i", b"para", 2, 1 << 16, 1 << 16, -(1 << 16), 1 << 15), 0.5),
        (struct.pack(">4sxxxxHxx5i", b"para", 3, 2 << 16, 1 << 16, 0, 1 << 14, 3 << 14), 0.125),
        (struct.pack(">4sxxxxHxx7i", b"para", 4, 1 << 16, 1 << 16, 0, 0, 0, 1 << 14, 0), 0.75),
    ],
)
def test_curves_of_each_type_are_read(element: bytes, light: float) -> None:
    """ICC.1:2022, 10.6 and table 68."""
    assert curve_of(element) == pytest.approx(light, abs=1e-4)


@pytest.mark.parametrize(
    "element",
    [
        b"",
        struct.pack(">4sxxxxI", b"curv", 70_000),
        struct.pack(">4sxxxxI", b"curv", 500),
        struct.pack(">4sxxxxHxxi", b"para", 9, 2 << 16),
        struct.pack(">4sxxxxHxxi", b"para", 0, -(2 << 16)),
        struct.pack(">4sxxxxHxxi", b"para", 0, 101 << 16),
    ],
)
def test_a_damaged_curve_is_not_read(element: bytes) -> None:
    assert read_curves(with_curve(element)) == ()


def test_a_profile_of_tables_has_no_curves() -> None:
    assert read_curves(samples.srgb_profile().replace(b"chad", b"A2B0")) == ()
    assert read_curves(sample_profiles.cmyk()) == ()


def test_the_curves_can_be_replaced_by_those_of_srgb() -> None:
    changed = with_srgb_curves(matrix_profile(SRGB_PRIMARIES, Parametric(1.0)))
    assert changed is not None
    assert is_srgb(changed)
    assert with_srgb_curves(sample_profiles.grey(1.0)) is None


def test_a_tag_outside_the_profile_is_left_out() -> None:
    profile = matrix_profile(SRGB_PRIMARIES, SRGB)
    assert b"bTRC" in read_tags(profile)
    assert b"bTRC" not in read_tags(profile[:-4])


def test_elements_that_share_their_bytes_do_not_fill_the_memory() -> None:
    entries = b"".join(struct.pack(">4sII", b"t%03d" % index, 0, 10_000_000) for index in range(100))
    tags = read_tags((bytes(128) + struct.pack(">I", 100) + entries).ljust(10_000_000, b"\0"))
    assert len(tags) == 100
    assert sum(map(len, tags.values())) < 20_000_000


def test_a_picture_in_srgb_is_not_changed() -> None:
    ramp = Image.linear_gradient("L").convert("RGB")
    assert to_srgb(ramp.copy(), samples.srgb_profile()).tobytes() == ramp.tobytes()
