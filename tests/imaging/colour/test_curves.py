"""Transfer curves go from an encoded value to linear light."""

import pytest

from chalicelib.imaging.colour.curves import SRGB, Parametric, Sampled, encode_srgb
from tests.imaging.colour.formulas import light_to_srgb, srgb_to_light


@pytest.mark.parametrize("value", [0.0, 0.02, 0.04045, 0.05, 0.5, 1.0])
def test_the_curve_of_srgb(value: float) -> None:
    assert SRGB(value) == pytest.approx(srgb_to_light(value))
    assert encode_srgb(SRGB(value)) == pytest.approx(value, abs=1e-4)
    assert encode_srgb(value) == pytest.approx(light_to_srgb(value))


def test_a_sampled_curve_is_linear_between_its_samples() -> None:
    curve = Sampled((0.0, 0.2, 1.0))
    assert [curve(value) for value in (0.0, 0.25, 0.5, 0.75, 1.0)] == pytest.approx([0.0, 0.1, 0.2, 0.6, 1.0])


def test_a_curve_stays_between_0_and_1() -> None:
    assert Parametric(2.0, e=0.5)(1.0) == 1.0
    assert Parametric(2.0, e=-0.5)(0.1) == 0.0
    assert Parametric(1.0, c=-1.0, d=0.5)(0.4) == 0.0


def test_no_parameters_cause_an_overflow() -> None:
    assert Parametric(100.0, a=32_767.0)(1.0) == 1.0
