"""Matrices from chromaticities have the numbers that the specifications publish."""

import pytest

from chalicelib.imaging.colour.matrix import D50, SRGB, inverse, multiply, to_d50, to_xyz, transform


def test_srgb_has_the_luminance_of_its_specification() -> None:
    """IEC 61966-2-1 and ITU-R BT.709: Y = 0.2126 R + 0.7152 G + 0.0722 B."""
    assert to_xyz(SRGB)[1] == pytest.approx((0.2126, 0.7152, 0.0722), abs=1e-4)


def test_white_becomes_the_white_of_the_connection_space() -> None:
    assert transform(to_d50(SRGB), (1.0, 1.0, 1.0)) == pytest.approx(D50, abs=1e-6)


def test_red_of_srgb_has_the_value_that_profiles_store() -> None:
    assert [row[0] for row in to_d50(SRGB)] == pytest.approx((0.4361, 0.2225, 0.0139), abs=2e-4)


def test_a_matrix_times_its_inverse_is_the_identity() -> None:
    product = multiply(to_xyz(SRGB), inverse(to_xyz(SRGB)))
    assert product[0] == pytest.approx((1, 0, 0))
    assert product[2] == pytest.approx((0, 0, 1))


def test_chromaticities_on_one_line_have_no_matrix() -> None:
    with pytest.raises(ZeroDivisionError):
        to_xyz(((0.3, 0.3), (0.3, 0.3), (0.3, 0.3), (0.3, 0.3)))
