"""A line of text becomes smaller until it fits, and is then cut with an ellipsis."""

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.lettering import fit_line
from tests.imaging.made_fonts import font_with

LONG = "A rather long line of text"


def test_a_text_that_fits_has_the_size_that_is_asked_for() -> None:
    line = fit_line("Darkroom", 40, 1000, None)
    assert (line.text, line.font.size) == ("Darkroom", 40)


def test_a_text_that_is_too_long_has_a_smaller_font() -> None:
    line = fit_line(LONG, 40, 300, None)
    assert (line.text, line.font.size < 40, line.size[0] <= 300) == (LONG, True, True)


@pytest.mark.parametrize("width", [20, 33, 47, 60, 90])
def test_a_text_that_does_not_fit_at_9_pixels_ends_with_an_ellipsis(width: int) -> None:
    line = fit_line(LONG, 40, width, None)
    assert line.font.size == 9
    assert line.text.endswith("…")
    assert LONG.startswith(line.text[:-1])
    assert not line.text.endswith(" …")
    assert line.size[0] <= width


def test_as_much_of_the_text_as_fits_is_kept() -> None:
    shown = [len(fit_line(LONG, 9, width, None).text) for width in range(12, 120, 4)]
    assert shown == sorted(shown)
    assert shown[-1] > len(LONG) / 2


def test_only_an_ellipsis_is_left_where_no_letter_fits() -> None:
    assert fit_line(LONG, 9, 3, None).text == "…"


def test_a_font_without_an_ellipsis_has_three_dots() -> None:
    assert fit_line("ABABABABABABABABABAB", 9, 40, font_with("AB.")).text.endswith("...")


def test_a_mask_has_the_size_of_the_line_and_its_opacity() -> None:
    line = fit_line("Darkroom", 40, 1000, None)
    plain, outlined = line.mask(0, 200), line.mask(line.stroke, 200)
    assert plain.size == outlined.size == line.size
    assert plain.getextrema() == (0, 200)
    assert sum(outlined.tobytes()) > sum(plain.tobytes())


def test_a_damaged_font_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        fit_line("x", 9, 100, b"no font")
