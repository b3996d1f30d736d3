"""The option `renditions`: names with widths, or presets by name."""

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.imaging import recipe as recipes
from chalicelib.imaging.geometry import Fit
from chalicelib.imaging.recipe import PRESETS
from chalicelib.imaging.renditions import MAX_RENDITIONS, Rendition, read_renditions, write_renditions
from chalicelib.records import VariantName


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s:320", (Rendition("s", 320),)),
        ("s:320, m:800", (Rendition("s", 320), Rendition("m", 800))),
        ("thumbnail,web", (Rendition("thumbnail"), Rendition("web"))),
        ("web:1200", (Rendition("web", 1200),)),
        ("a-1:1,b:16383", (Rendition("a-1", 1), Rendition("b", 16383))),
        ("none", ()),
        (f"{'x' * 32}:5", (Rendition("x" * 32, 5),)),
    ],
)
def test_what_is_written_is_read_as_the_same(text: str, expected: tuple[Rendition, ...]) -> None:
    read = read_renditions({"renditions": text}, PRESETS)
    assert read == expected
    assert read_renditions({"renditions": write_renditions(expected)}, PRESETS) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "s",
        "s:",
        ":5",
        "s:x",
        "s:3.5",
        "s:1:2",
        "S:5",
        "s_1:5",
        "s/../x:5",
        "ü:5",
        "s:320,s:800",
        "s:1,",
        "none,s:5",
        f"{'x' * 33}:5",
        *(f"{each}:5" for each in VariantName),
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="rendition") as raised:
        read_renditions({"renditions": text}, PRESETS)
    assert raised.value.code == "bad_option"


@pytest.mark.parametrize(("text", "limit"), [("s:0", 16383), ("s:16384", 16383)])
def test_a_width_has_bounds(text: str, limit: int) -> None:
    with pytest.raises(InvalidRequest) as raised:
        read_renditions({"renditions": text}, PRESETS)
    assert (raised.value.code, raised.value.limit) == ("out_of_range", limit)


def test_eight_are_allowed_and_nine_are_not() -> None:
    parts = [f"r{number}:100" for number in range(MAX_RENDITIONS + 1)]
    assert len(read_renditions({"renditions": ",".join(parts[:-1])}, PRESETS) or ()) == MAX_RENDITIONS
    with pytest.raises(InvalidRequest) as raised:
        read_renditions({"renditions": ",".join(parts)}, PRESETS)
    assert (raised.value.code, raised.value.limit, raised.value.actual) == ("out_of_range", 8, 9)


def test_the_default_counts_only_for_who_says_none() -> None:
    assert read_renditions({}, PRESETS) is None
    assert read_renditions({}, PRESETS, "s:5") == (Rendition("s", 5),)
    assert read_renditions({"renditions": "none"}, PRESETS, "s:5") == ()


def test_a_rendition_is_the_recipe_in_its_own_box() -> None:
    recipe = recipes.parse({"renditions": "s:320,thumbnail", "fit": "cover", "watermark": "a", "rotate": 90})
    made = recipe.of_renditions()
    for each in made.values():
        assert (each.encoding, each.grayscale, each.watermark, each.turn, each.renditions) == (
            recipe.encoding,
            True,
            recipe.watermark,
            recipe.turn,
            None,
        )
    boxes = {name: (each.width, each.height, each.fit) for name, each in made.items()}
    assert boxes == {"s": (320, None, Fit.CONTAIN), "thumbnail": (300, 300, Fit.COVER)}


@pytest.mark.parametrize("text", ["s:320,m:800", "thumbnail,web", "none"])
def test_a_recipe_that_is_parsed_again_has_the_same_renditions(text: str) -> None:
    recipe = recipes.parse({"renditions": text})
    assert recipe.options()["renditions"] == text
    assert recipes.parse(recipe.options(), renditions="x:7") == recipe


def test_a_recipe_without_renditions_does_not_name_them() -> None:
    assert "renditions" not in recipes.parse({}).options()
