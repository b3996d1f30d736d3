"""The fonts of a watermark: which text they can draw, and what the error says of the others."""

import random
import unicodedata
from contextlib import suppress

import pytest
from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.typefaces import check_text, missing_glyphs, open_font
from chalicelib.imaging.watermark import Watermark
from tests.imaging.made_fonts import font_with, font_with_blank_for_missing, font_with_huge_letters
from tests.imaging.marks import watermark


def _rejected(text: str, data: bytes | None = None) -> str:
    with pytest.raises(InvalidRequest) as caught:
        check_text(text, data)
    assert caught.value.code == "bad_option"
    return caught.value.detail


def test_glyphs_that_the_built_in_font_lacks_are_found_in_the_order_of_the_text() -> None:
    assert missing_glyphs("Ünïcödé © Жы Ωμ 暗a室暗") == "暗室"


@pytest.mark.parametrize("text", ["Été à Málaga", "Ångström", "Ảnh Nguyễn Thị", "Čeština řeka", "й Ё Ї", "Ωμέγα €5"])
def test_the_built_in_font_has_latin_greek_and_cyrillic(text: str) -> None:
    check_text(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("text", ["日本語", "한국어", "ქართული", "ไทย", "🐕"])
def test_the_error_names_the_missing_characters_and_the_scripts_of_the_font(text: str) -> None:
    detail = _rejected(f"a {text}")
    assert repr(text) in detail or text[0] in detail
    assert "It has the scripts Latin, Greek, Cyrillic." in detail


@pytest.mark.parametrize("text", ["שלום", "سلام", "नमस्ते", "বাংলা", "தமிழ்", "မြန်မာ", "ខ្មែរ", "བོད", "ހިވެހި"])
def test_letters_that_join_or_run_from_right_to_left_are_refused(text: str) -> None:
    assert "join or run from right to left" in _rejected(text)


def test_a_given_font_draws_its_own_letters() -> None:
    font = font_with("日本語")
    check_text("日本 語", font)
    assert missing_glyphs("日A本", font) == "A"
    assert bytes(open_font(30, font).getmask("日")) == bytes(open_font(30).getmask("A"))


def test_the_error_names_the_scripts_of_a_given_font() -> None:
    assert "It has the scripts Greek, Hiragana." in _rejected("x", font_with("Ωあ"))
    assert "It has none of the usual scripts." in _rejected("x", font_with("☃"))


def test_a_font_does_not_help_letters_that_join() -> None:
    assert "join or run from right to left" in _rejected("שלום", font_with("שלום"))


_FONT = font_with("A")


@pytest.mark.parametrize(
    "data",
    [b"", b"no font", _FONT[:12], _FONT[:400], bytes(100_000), font_with_huge_letters("A")],
    ids=["empty", "text", "no tables", "cut in the directory", "zeros", "huge letters"],
)
def test_a_broken_font_is_refused(data: bytes) -> None:
    assert "The font is damaged." in _rejected("A", data)


def test_a_font_that_was_cut_before_its_table_of_characters_has_no_letters() -> None:
    assert "does not have 'A'" in _rejected("A", _FONT[:40_000])


def test_a_blank_is_no_missing_letter_in_a_font_that_shows_missing_letters_as_blanks() -> None:
    assert missing_glyphs("A B", font_with_blank_for_missing("A")) == "B"


@pytest.mark.parametrize("seed", range(150))
def test_a_damaged_font_draws_or_is_refused(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- test data
    data = bytearray(font_with("あいう"))
    for _ in range(chance.choice((1, 20, 400))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    with suppress(InvalidRequest):
        check_text("あいう", bytes(data))
        watermark(Image.new("L", (300, 200)), Watermark("あいう"), bytes(data))
