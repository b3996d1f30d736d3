"""The option watermark: its text, its length and its place."""

import unicodedata

import pytest
from PIL import Image, ImageChops

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.geometry import Gravity
from chalicelib.imaging.recipe import parse
from chalicelib.imaging.watermark import MAX_WATERMARK, Watermark
from tests.imaging.marks import watermark
from tests.pictures import picture


def _rejected(options: dict[str, object]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        parse(options)
    return caught.value


def _marked_box(image: Image.Image, mark: Watermark) -> tuple[int, int, int, int]:
    difference = ImageChops.difference(image.convert("RGB"), watermark(image, mark).convert("RGB"))
    box = difference.getbbox()
    assert box is not None
    return box


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


@pytest.mark.parametrize("gravity", Gravity)
def test_the_gravity_sets_the_position_of_the_watermark(gravity: Gravity) -> None:
    left, top, right, bottom = _marked_box(Image.new("RGB", (600, 450), (90, 90, 90)), Watermark("Darkroom", gravity))
    third = {"west": right <= 200, "east": left >= 400}
    across = next((third[side] for side in third if side in gravity), 200 < (left + right) / 2 < 400)
    rows = {"north": bottom <= 150, "south": top >= 300}
    down = next((rows[side] for side in rows if side in gravity), 150 < (top + bottom) / 2 < 300)
    assert across
    assert down


def test_a_watermark_changes_only_a_small_region() -> None:
    left, top, right, bottom = _marked_box(picture(600, 450), Watermark("Darkroom"))
    assert (right - left) * (bottom - top) < 600 * 450 / 40


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_watermark_can_be_read_on_any_background(level: int, mode: str) -> None:
    """Its lightest and its darkest pixels differ strongly on every grey level."""
    background = Image.new(mode, (400, 300), level if mode == "L" else (level,) * 3)
    extrema = watermark(background, Watermark("Darkroom", Gravity.CENTER)).convert("L").getextrema()
    low, high = (int(str(value)) for value in extrema)
    assert high - low > 120


def test_a_watermark_is_visible_on_a_transparent_background() -> None:
    marked = watermark(Image.new("RGBA", (400, 300)), Watermark("Darkroom", Gravity.CENTER))
    assert max(marked.getchannel("A").tobytes()) > 200


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (17, 16_383)])
def test_a_picture_that_is_too_small_for_the_text_causes_no_error(size: tuple[int, int]) -> None:
    assert watermark(Image.new("RGB", size, "grey"), Watermark("A rather long line", Gravity.NORTH_WEST)).size == size


def test_a_long_text_has_a_smaller_font_so_that_it_fits() -> None:
    left, _, right, _ = _marked_box(Image.new("RGB", (800, 600), "grey"), Watermark("Darkroom " * 12))
    assert 0 < left < right < 800
