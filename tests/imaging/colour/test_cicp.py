"""Code points of H.273 become colour spaces."""

import pytest

from chalicelib.imaging.colour.cicp import CURVES, PRIMARIES, space_of
from chalicelib.imaging.colour.hdr import HLG, PQ, HdrSpace
from chalicelib.imaging.colour.icc import is_srgb, read_curves
from chalicelib.imaging.colour.matrix import to_d50, transform


def test_unspecified_code_points_mean_srgb() -> None:
    assert space_of(2, 2) == space_of(1, 13)
    assert is_srgb(space_of(2, 2))  # type: ignore[arg-type]  # this space is a profile


@pytest.mark.parametrize("codes", [(3, 13), (13, 13), (255, 13), (1, 3), (1, 9), (1, 10), (1, 19), (0, 0)])
def test_reserved_code_points_and_logarithms_are_no_space(codes: tuple[int, int]) -> None:
    assert space_of(*codes) is None


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_pq_and_hlg_are_a_space_of_high_dynamic_range(transfer: int) -> None:
    assert space_of(9, transfer) == HdrSpace(PRIMARIES[9], transfer)


@pytest.mark.parametrize("code", PRIMARIES)
def test_all_primaries_have_a_white_that_becomes_white(code: int) -> None:
    assert transform(to_d50(PRIMARIES[code]), (1, 1, 1)) == pytest.approx((0.9642, 1.0, 0.8249), abs=1e-6)


@pytest.mark.parametrize(
    ("code", "light"), [(4, 0.5**2.2), (5, 0.5**2.8), (8, 0.5), (7, ((0.5 + 0.1115) / 1.1115) ** (1 / 0.45))]
)
def test_the_light_of_half_the_signal(code: int, light: float) -> None:
    profile = space_of(1, code)
    assert isinstance(profile, bytes)
    assert CURVES[code](0.5) == pytest.approx(light)
    assert read_curves(profile)[0](0.5) == pytest.approx(light, abs=1e-4)


def test_half_the_signal_of_digital_cinema() -> None:
    """SMPTE ST 428-1: L = 52.37 / 48 * V ** 2.6."""
    assert CURVES[17](0.5) == pytest.approx(52.37 / 48 * 0.5**2.6)
