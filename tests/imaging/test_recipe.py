"""Options become a recipe, and a recipe is applied to an image."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import ImageTooLarge, InvalidRequest
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.encoding import Encoding
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Gravity, Size
from chalicelib.imaging.limits import MAX_SIDE
from chalicelib.imaging.recipe import OPTION_NAMES, PRESETS, Recipe, parse
from tests.pictures import as_stored, corners, near, picture

_LIMIT = 1_000_000


def _decoded(orientation: int = 1) -> Decoded:
    return Decoded(as_stored(picture(), orientation), ImageFormat.JPEG, Size(64, 48), orientation)


def _rejected(options: dict[str, object]) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        parse(options)
    return caught.value


def test_no_options_give_the_default_recipe() -> None:
    assert parse({}) == Recipe(800, 800, Fit.CONTAIN, True, Encoding(ImageFormat.PNG, 85), names_format=False)


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("default", Recipe(800, 800, Fit.CONTAIN, True, Encoding(ImageFormat.PNG, 85), names_format=False)),
        ("thumbnail", Recipe(300, 300, Fit.COVER, grayscale=False, encoding=Encoding(ImageFormat.JPEG, 80))),
        ("web", Recipe(1600, 1600, Fit.CONTAIN, grayscale=False, encoding=Encoding(ImageFormat.WEBP, 80))),
        ("print", Recipe(4000, 4000, Fit.CONTAIN, grayscale=False, encoding=Encoding(ImageFormat.JPEG, 92))),
    ],
)
def test_a_preset_gives_its_recipe(name: str, recipe: Recipe) -> None:
    assert parse({"preset": name}) == PRESETS[name] == recipe


def test_an_option_replaces_the_value_of_the_preset() -> None:
    recipe = parse({"preset": "thumbnail", "grayscale": "yes", "quality": 40})
    assert (recipe.grayscale, recipe.encoding.quality, recipe.fit) == (True, 40, Fit.COVER)


def test_query_strings_and_json_values_give_the_same_recipe() -> None:
    strings = {"width": "120", "height": "90", "grayscale": "false", "quality": "70"}
    values = {"width": 120, "height": 90, "grayscale": False, "quality": 70}
    expected = Recipe(120, 90, Fit.CONTAIN, False, Encoding(ImageFormat.PNG, 70), names_format=False)
    assert parse(strings) == parse(values) == expected


@pytest.mark.parametrize("fit", Fit)
def test_each_fit_is_read(fit: Fit) -> None:
    assert parse({"width": 5, "height": 5, "fit": fit.value}).fit is fit


@pytest.mark.parametrize(
    ("word", "expected"),
    [("png", "PNG"), ("jpeg", "JPEG"), ("jpg", "JPEG"), ("JPG", "JPEG"), ("webp", "WEBP"), ("avif", "AVIF")],
)
def test_each_output_format_is_read(word: str, expected: str) -> None:
    assert parse({"format": word}).encoding.format is ImageFormat[expected]


@pytest.mark.parametrize(
    ("options", "named"),
    [({}, False), ({"preset": "default"}, False), ({"preset": "web"}, True), ({"format": "png"}, True)],
)
def test_a_recipe_knows_whether_its_caller_chose_the_format(options: dict[str, object], named: bool) -> None:
    recipe = parse(options)
    assert recipe.names_format is named
    assert ("format" in recipe.options()) is named


@pytest.mark.parametrize(
    ("word", "expected"),
    [(word, True) for word in ("true", "1", "", "ON", "yes")] + [(word, False) for word in ("false", "0", "Off", "no")],
)
def test_each_truth_value_is_read(word: str, expected: bool) -> None:
    assert parse({"preset": "web", "grayscale": word}).grayscale is expected


@pytest.mark.parametrize("side", ["width", "height"])
def test_one_side_alone_does_not_limit_the_other(side: str) -> None:
    recipe = parse({side: 32})
    assert recipe.place(Size(64, 48)).canvas in (Size(32, 24), Size(43, 32))
    assert None in (recipe.width, recipe.height)


def test_one_side_alone_changes_the_fit_of_a_preset_to_contain() -> None:
    assert parse({"preset": "thumbnail", "width": 32}).fit is Fit.CONTAIN


@pytest.mark.parametrize("side", ["width", "height"])
@pytest.mark.parametrize("fit", ["cover", "pad", "stretch"])
def test_a_requested_fit_that_fills_the_box_needs_both_sides(fit: str, side: str) -> None:
    assert "both width and height" in _rejected({side: 5, "fit": fit}).detail


def test_an_unknown_option_is_rejected_with_the_list_of_all_options() -> None:
    error = _rejected({"size": 5})
    assert error.code == "unknown_option"
    assert "'size'" in error.detail
    assert all(name in error.detail for name in OPTION_NAMES)


@pytest.mark.parametrize(("name", "limit"), [("width", MAX_SIDE), ("height", MAX_SIDE), ("quality", 100)])
def test_a_number_outside_its_range_is_rejected(name: str, limit: int) -> None:
    assert parse({name: limit}) != parse({})
    for value in (0, -1, limit + 1):
        error = _rejected({name: value})
        assert (error.code, error.limit, error.actual) == ("out_of_range", limit, value)
        assert name in error.detail


@pytest.mark.parametrize("value", ["", "1.5", "5px", "1e3", " 5", "\u0665", True, 1.5, "9" * 13, None])
@pytest.mark.parametrize("name", ["width", "height", "quality"])
def test_a_value_that_is_not_a_whole_number_is_rejected(name: str, value: object) -> None:
    assert _rejected({name: value}).code == "bad_option"


@pytest.mark.parametrize(
    "options",
    [
        {"fit": "fill"},
        {"format": "gif"},
        {"format": "heic"},
        {"preset": "x"},
        {"grayscale": "maybe"},
        {"gravity": "up"},
    ],
)
def test_an_unknown_value_is_rejected_with_the_name_of_the_option(options: dict[str, object]) -> None:
    error = _rejected(options)
    assert error.code == "bad_option"
    assert next(iter(options)) in error.detail


@pytest.mark.parametrize("name", ["width", "grayscale", "fit", "preset"])
def test_an_error_message_shows_only_the_beginning_of_a_long_value(name: str) -> None:
    assert len(_rejected({name: "x" * 5_000}).detail) < 200


_RECIPES = st.fixed_dictionaries(
    {},
    optional={
        "preset": st.sampled_from(sorted(PRESETS)),
        "width": st.integers(1, MAX_SIDE),
        "height": st.integers(1, MAX_SIDE),
        "grayscale": st.booleans(),
        "watermark": st.text("abc ©é", max_size=20),
        "gravity": st.sampled_from([*(gravity.value for gravity in Gravity), "auto"]),
        "watermark_gravity": st.sampled_from([gravity.value for gravity in Gravity]),
        "format": st.sampled_from(["png", "jpeg", "jpg", "webp", "avif"]),
        "quality": st.integers(1, 100),
    },
)


@given(_RECIPES)
def test_the_options_of_a_recipe_parse_to_the_same_recipe(options: dict[str, object]) -> None:
    recipe = parse(options)
    written = recipe.options()
    assert parse(written) == recipe
    assert parse({name: str(value).lower() for name, value in written.items() if name != "watermark"}) is not None


@given(
    st.dictionaries(
        st.sampled_from([*sorted(OPTION_NAMES), "", "Width"]),
        st.text("aZ09 -+._e%\n\x00\xe9\u6697\u0665\ud800\U0001f600", max_size=20)
        | st.integers()
        | st.booleans()
        | st.none()
        | st.floats(),
        max_size=5,
    )
)
def test_any_options_give_a_recipe_or_an_invalid_request(options: dict[str, object]) -> None:
    with suppress(InvalidRequest):
        assert isinstance(parse(options), Recipe)


def test_a_recipe_resizes_and_greys() -> None:
    image = parse({"width": 32, "height": 32, "fit": "pad", "watermark": "x"}).apply(_decoded(), _LIMIT)
    assert (image.mode, image.size) == ("L", (32, 32))


def test_a_recipe_adds_its_watermark() -> None:
    plain, marked = (parse({"watermark": text}).apply(_decoded(), _LIMIT) for text in ("", "x"))
    assert plain.tobytes() != marked.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_recipe_makes_the_picture_upright(orientation: int) -> None:
    recipe = parse({"width": 32, "height": 32, "fit": "stretch", "grayscale": False})
    shown = corners(recipe.apply(_decoded(orientation), _LIMIT))
    assert all(near(one, other) for one, other in zip(shown, corners(picture()), strict=True))


def test_applying_a_recipe_does_not_change_the_decoded_image() -> None:
    decoded = _decoded()
    parse({"watermark": "x"}).apply(decoded, _LIMIT)
    assert decoded.image.tobytes() == picture().tobytes()


@pytest.mark.parametrize("fit", ["stretch", "pad"])
def test_an_output_over_the_limit_is_rejected_before_any_operation(fit: str) -> None:
    recipe = parse({"width": 2000, "height": 2000, "fit": fit})
    with pytest.raises(ImageTooLarge) as caught:
        recipe.apply(_decoded(), _LIMIT)
    assert (caught.value.limit, caught.value.actual) == (_LIMIT, 4_000_000)


def test_the_limit_of_an_output_depends_on_the_alpha_channel() -> None:
    recipe = parse({"width": 800, "height": 800, "fit": "stretch", "format": "webp"})
    assert recipe.apply(_decoded(), _LIMIT).size == (800, 800)
    transparent = Decoded(picture(mode="RGBA"), ImageFormat.PNG, Size(64, 48))
    with pytest.raises(ImageTooLarge):
        recipe.apply(transparent, _LIMIT)
