"""A gamut that is wider than sRGB has a name."""

import pytest

from chalicelib.imaging.colour.cicp import space_of
from chalicelib.imaging.colour.curves import SRGB as CURVE
from chalicelib.imaging.colour.curves import Parametric
from chalicelib.imaging.colour.gamut import name_gamut
from chalicelib.imaging.colour.icc import matrix_profile
from chalicelib.imaging.colour.matrix import Primaries
from scripts.measuring import sample_profiles, samples

_WIDE: Primaries = ((0.735, 0.265), (0.115, 0.826), (0.157, 0.018), (0.3457, 0.3585))
_PROPHOTO: Primaries = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585))
_ADOBE: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290))


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        ((12, 13), "display-p3"),
        ((9, 14), "rec2020"),
        ((9, 16), "rec2020-pq"),
        ((9, 18), "rec2020-hlg"),
        ((12, 16), "display-p3-pq"),
        ((1, 16), "srgb-pq"),
        ((1, 13), "srgb"),
        ((1, 8), "srgb"),
        ((11, 17), "wide"),
        ((6, 13), "srgb"),
    ],
)
def test_code_points_name_a_gamut(codes: tuple[int, int], name: str) -> None:
    assert name_gamut(space_of(*codes), "RGB") == name


@pytest.mark.parametrize(("primaries", "name"), [(_ADOBE, "adobe-rgb"), (_PROPHOTO, "prophoto-rgb"), (_WIDE, "wide")])
@pytest.mark.parametrize("curve", [CURVE, Parametric(2.2)])
def test_a_profile_is_named_by_its_matrix(primaries: Primaries, name: str, curve: Parametric) -> None:
    assert name_gamut(matrix_profile(primaries, curve), "RGB") == name


def test_profiles_of_other_makers_are_named() -> None:
    assert name_gamut(sample_profiles.display_p3(), "RGBA") == "display-p3"
    assert name_gamut(samples.srgb_profile(), "RGB") == "srgb"


@pytest.mark.parametrize(("mode", "name"), [("CMYK", "cmyk"), ("LAB", "lab"), ("RGB", "srgb"), ("L", "srgb")])
def test_a_mode_without_a_profile_has_a_gamut(mode: str, name: str) -> None:
    assert name_gamut(None, mode) == name


def test_grey_has_no_gamut_to_lose() -> None:
    assert name_gamut(sample_profiles.display_p3(), "L") == name_gamut(sample_profiles.grey(2.2), "LA") == "srgb"
