"""Where a guess about damaged base64 text looks, and where it does not look."""

import base64

import pytest

from chalicelib.rest.base64_damage import (
    guess_by_character,
    guess_by_padding,
    has_armour,
    is_photo_as_text,
    lost_case,
    lost_plus,
)
from chalicelib.rest.base64text import decode_base64
from tests.rest.test_base64text import _error_of


@pytest.mark.parametrize(
    ("text", "start", "position"),
    [
        (b"AAAA", 0, -1),
        (b"AAAA AAA", 0, 4),
        (b" AAA", 0, 0),
        (b"AA  ", 0, 2),
        (b"XAA ", 0, 3),
        # A blank or a + before the start is part of a data URI.
        (b"a +AAAA AAA", 3, 7),
        (b"a AAA ", 2, 5),
        (b"a bAAAA ", 3, -1),
        # The text has a + or a digit of the url-safe alphabet.
        (b"+AAA AAA", 0, -1),
        (b"A+AA AAA", 0, -1),
        (b"A-AA AAA", 0, -1),
        (b"A_AA AAA", 0, -1),
        # Five digits and three blanks are a whole text. These are not:
        (b"AAAAA   ", 0, 5),
        (b"AAAA    ", 0, -1),
        (b"AAA  ", 0, -1),
    ],
)
def test_a_lost_plus_is_found_behind_the_start(text: bytes, start: int, position: int) -> None:
    assert lost_plus(text, start) == position


def test_the_position_of_a_lost_plus_is_counted_from_1() -> None:
    assert "has a blank at character 1 and no +" in _error_of(b" AAA").detail


@pytest.mark.parametrize(
    ("digits", "lost"), [(b"abcdefgh", True), (b"abcdefg", False), (b"abcdefg12345", False), (b"ABCDEFGh", False)]
)
def test_one_case_is_lost_from_eight_different_letters_on(digits: bytes, lost: bool) -> None:
    assert lost_case(digits) == lost


@pytest.mark.parametrize(("before", "found"), [(190, True), (191, False)])
def test_armour_is_looked_for_in_the_first_200_bytes(before: int, found: bool) -> None:
    assert has_armour(b"A" * before + b"-----BEGIN" + b"A" * 300) == found


@pytest.mark.parametrize(("after", "found"), [(193, True), (194, False)])
def test_armour_is_looked_for_in_the_last_200_bytes(after: int, found: bool) -> None:
    assert has_armour(b"A" * 300 + b"----END" + b"A" * after) == found


def test_a_character_that_tells_nothing_gives_no_guess() -> None:
    assert guess_by_character(b"AA*A", 2) == ""
    assert _error_of(b"AA*A").detail == "The base64 text has '*' at character 3."


@pytest.mark.parametrize("digits", [16, 17, 18, 19, 20, 400])
@pytest.mark.parametrize("photo", [b"\xff\xd8\xff\xe0", b"RIFF\xff\xff\xff\xffWEBP"], ids=["JPEG", "WebP"])
def test_text_of_a_photo_is_known_by_its_first_16_digits_of_both_alphabets(photo: bytes, digits: int) -> None:
    data = photo + bytes(400)
    assert is_photo_as_text(base64.b64encode(data)[:digits])
    assert is_photo_as_text(base64.urlsafe_b64encode(data)[:digits])


def test_a_text_may_end_with_any_digit() -> None:
    for digit in b"ABXYZabxyz0189+/":
        text = b"AAA" + bytes([digit])
        assert decode_base64(b"\t" + text) == base64.b64decode(text)


@pytest.mark.parametrize(("before", "guess"), [(b"a" * 41, "field of a form"), (b" " + b"a" * 41, "joined")])
def test_the_name_of_a_form_field_ends_in_the_first_42_characters(before: bytes, guess: str) -> None:
    assert guess in guess_by_padding(before + b"=QUJD", len(before))
