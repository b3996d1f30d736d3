"""Single options are read, or refused with their name."""

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.geometry import Fit
from chalicelib.imaging.options import one_of, read_color, read_flag, read_member, read_number, refuse_damaged_text


@pytest.mark.parametrize(("value", "number"), [(1, 1), ("16", 16), ("016", 16)])
def test_a_whole_number_is_read(value: object, number: int) -> None:
    assert read_number({"width": value}, "width", 16) == number


@pytest.mark.parametrize(("value", "code"), [(0, "out_of_range"), ("17", "out_of_range"), ("x", "bad_option")])
def test_any_other_number_is_refused(value: object, code: str) -> None:
    with pytest.raises(InvalidRequest, match="width must be") as caught:
        read_number({"width": value}, "width", 16)
    assert caught.value.code == code


def test_an_option_that_is_missing_has_its_default() -> None:
    assert read_number({}, "width", 16) is None
    assert read_flag({}, "grayscale", default=True)
    assert read_member({}, "fit", Fit, Fit.PAD) is Fit.PAD


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("", True), ("ON", True), (False, False), ("no", False)])
def test_a_flag_is_read(value: object, *, flag: bool) -> None:
    assert read_flag({"grayscale": value}, "grayscale", default=not flag) is flag


def test_a_text_that_stands_for_nothing_is_refused_with_all_that_would() -> None:
    with pytest.raises(InvalidRequest, match="preset must be one of web, print, not 'x'"):
        one_of("x", {"web": 1, "print": 2}, "preset")
    assert one_of("print", {"web": 1, "print": 2}, "preset") == 2


@pytest.mark.parametrize("text", ["#a0B1c2", "A0b1C2", "a0b1c2"])
def test_a_colour_is_read_with_and_without_its_sign(text: str) -> None:
    assert read_color({"color": text}, "color") == "#a0b1c2"
    assert read_color({}, "color") is None


@pytest.mark.parametrize("text", ["", "#", "red", "#fff", "#a0b1c2d3", "##a0b1c2", "a0b1cg", "a0b1c2\n", 123])
def test_what_is_no_colour_is_refused(text: object) -> None:
    with pytest.raises(InvalidRequest, match="#rrggbb") as caught:
        read_color({"color": text}, "color")
    assert caught.value.code == "bad_option"


@pytest.mark.parametrize("options", [{"a": "x\ufffd"}, {"\ufffd": "x"}, {"a": "\ud800"}, {"\udfff": 1}])
def test_text_that_was_not_utf8_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest, match="not UTF-8") as caught:
        refuse_damaged_text(options)
    assert caught.value.code == "bad_option"


def test_text_of_any_script_is_no_damage() -> None:
    refuse_damaged_text({"watermark": "© 暗室 \U0001f600", "width": 5, "grayscale": True})
