"""The option watermark: its text, its length and its place."""

import unicodedata

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.operations import Gravity, Watermark
from chalicelib.imaging.recipe import MAX_WATERMARK, parse


def _rejected(options: dict[str, object]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        parse(options)
    return caught.value


@pytest.mark.parametrize("gravity", Gravity)
def test_a_watermark_is_read_with_each_gravity(gravity: Gravity) -> None:
    recipe = parse({"watermark": " © Darkroom ", "gravity": gravity.value})
    assert recipe.watermark == Watermark("© Darkroom", gravity)


def test_an_empty_watermark_is_no_watermark() -> None:
    assert parse({"watermark": "  "}).watermark is None


def test_a_watermark_that_is_too_long_is_rejected() -> None:
    assert parse({"watermark": "x" * MAX_WATERMARK}).watermark is not None
    error = _rejected({"watermark": "x" * (MAX_WATERMARK + 1)})
    assert (error.code, error.limit, error.actual) == ("out_of_range", MAX_WATERMARK, MAX_WATERMARK + 1)


@pytest.mark.parametrize("text", ["two\nlines", "tab\there", "暗室", "a\x00b", "soft\u00adhyphen"])
def test_a_watermark_that_cannot_be_drawn_is_rejected(text: str) -> None:
    assert _rejected({"watermark": text}).code == "bad_option"


@pytest.mark.parametrize("text", ["Été à Málaga", "Ångström", "Ảnh Nguyễn Thị", "Čeština řeka", "й Ё Ї"])
def test_a_watermark_with_accents_apart_is_the_same_recipe(text: str) -> None:
    """macOS types file names and some texts in the form NFD."""
    composed, apart = (parse({"watermark": unicodedata.normalize(form, text)}) for form in ("NFC", "NFD"))
    assert composed == apart
    assert apart.options()["watermark"] == unicodedata.normalize("NFC", text)


def test_the_length_of_a_watermark_counts_composed_characters() -> None:
    assert parse({"watermark": "e\u0301" * MAX_WATERMARK}).watermark == Watermark("é" * MAX_WATERMARK)
    assert _rejected({"watermark": "e" + "\u0301\u0323" * 1_000_000}).code == "out_of_range"


@pytest.mark.parametrize("name", ["NotoSansJP-Regular.otf", "a", "A_1.ttf", "a" * 100])
def test_a_font_is_named_and_its_letters_are_checked_later(name: str) -> None:
    recipe = parse({"watermark": "暗室", "font": name})
    assert recipe.watermark == Watermark("暗室", font=name)
    assert parse(recipe.options()) == recipe


@pytest.mark.parametrize("name", ["../a.ttf", "a/b.ttf", ".ttf", "-a", "a b.ttf", "ä.ttf", "a" * 101, "a\n", "a\0"])
def test_a_font_outside_its_folder_cannot_be_named(name: str) -> None:
    assert _rejected({"watermark": "x", "font": name}).code == "bad_option"


def test_a_font_without_a_watermark_changes_nothing() -> None:
    assert parse({"font": "a.ttf"}) == parse({"font": ""}) == parse({})
