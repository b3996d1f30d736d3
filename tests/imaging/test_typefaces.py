"""The fonts of a watermark: which text they can draw, and what the error says of the others."""

import unicodedata

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.typefaces import check_text, missing_glyphs


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
