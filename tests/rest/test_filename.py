"""A file name is data: it is kept unchanged, unless it could deceive a person or break a program."""

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.rest.filename import read_filename
from chalicelib.settings import Limits


def refusal(name: str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as raised:
        read_filename({"filename": name}, Limits())
    return raised.value


@pytest.mark.parametrize("name", ["", "a.jpg", "../../etc/passwd", "\u6697\u5ba4.png", "a b\u00e9.jpg", "x" * 255])
def test_a_file_name_is_kept_unchanged_and_taken_from_the_options(name: str) -> None:
    options = {"filename": name, "width": "5"}

    assert read_filename(options, Limits()) == name
    assert options == {"width": "5"}


def test_without_a_file_name_the_name_is_empty() -> None:
    assert read_filename({"width": "5"}, Limits()) == ""


@pytest.mark.parametrize("name", ["a\n.jpg", "\x00", "a\x7f", "\x85", "\ud800"])
def test_a_file_name_with_control_characters_is_refused(name: str) -> None:
    assert refusal(name).code == "bad_option"


@pytest.mark.parametrize(
    "character",
    ["\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))],
    ids=ascii,
)
def test_a_file_name_that_changes_the_text_direction_is_refused(character: str) -> None:
    """`photo_` + U+202E + `gpj.exe` is shown as `photo_exe.jpg`."""
    error = refusal(f"photo_{character}gpj.exe")
    assert (error.code, "text direction" in error.detail) == ("bad_option", True)


def test_joiners_and_right_to_left_letters_stay_allowed() -> None:
    for name in ("\u05ea\u05de\u05d5\u05e0\u05d4.jpg", "\U0001f469\u200d\U0001f33e.jpg"):
        assert read_filename({"filename": name}, Limits()) == name


def test_a_file_name_that_is_too_long_is_refused_with_the_limit() -> None:
    error = refusal("x" * 256)
    assert (error.code, error.limit, error.actual) == ("name_too_long", 255, 256)
    assert error.detail == "filename has 256 characters; 255 are allowed."
