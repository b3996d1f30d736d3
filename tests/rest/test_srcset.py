"""The value of `srcset`: links with widths, of renditions that show the whole photo."""

from dataclasses import replace

import pytest

from chalicelib.flows.images import ImageView
from chalicelib.records import ImageRecord, Status, Variant
from chalicelib.rest.srcset import srcset

PHOTO = ImageRecord("0a" * 16, "ann", Status.COMPLETED, "2026-01-01T00:00:00.000Z", width=4000, height=3000)


def view(record: ImageRecord, **sizes: tuple[int, int]) -> ImageView:
    variants = {name: Variant("b", f"k/{name}", "JPEG", 9, *size) for name, size in sizes.items()}
    links = {name: f"https://link.test/{name}" for name in variants}
    return ImageView(replace(record, variants=variants), record.status, "ann", links)


def test_the_narrowest_comes_first_and_other_variants_are_left_out() -> None:
    made = view(PHOTO, m=(800, 600), s=(320, 240), processed=(800, 600), resized=(300, 225))
    assert srcset(made) == "https://link.test/s 320w, https://link.test/m 800w"


def test_a_width_stands_once() -> None:
    assert srcset(view(PHOTO, a=(640, 480), b=(640, 480))) == "https://link.test/a 640w"


def test_a_part_of_the_photo_is_left_out() -> None:
    assert srcset(view(PHOTO, thumbnail=(300, 300), web=(1600, 1200))) == "https://link.test/web 1600w"
    assert srcset(view(PHOTO, thumbnail=(300, 300))) is None


def test_without_renditions_there_is_none() -> None:
    assert srcset(view(PHOTO, processed=(800, 600))) is None


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (3000, 4000), (997, 1009), (5000, 7), (7, 5000)])
@pytest.mark.parametrize("box", [1, 7, 320, 333])
def test_rounding_is_no_crop(width: int, height: int, box: int) -> None:
    wide = min(box, width)
    made = view(replace(PHOTO, width=width, height=height), s=(wide, max(1, round(height * wide / width))))
    assert srcset(made) == f"https://link.test/s {wide}w"


@pytest.mark.parametrize(("rotate", "listed"), [(90, True), (270, True), (180, False)])
def test_the_shape_is_that_of_the_turned_photo(rotate: int, listed: bool) -> None:
    made = view(replace(PHOTO, recipe={"rotate": rotate}), s=(300, 400))
    assert (srcset(made) is not None) is listed
