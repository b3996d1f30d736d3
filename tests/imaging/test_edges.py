"""The busiest part of a picture is found by whole numbers, in every mode and orientation."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from chalicelib.imaging.edges import EdgeMap, find_edges
from chalicelib.imaging.geometry import CENTER, Point, Size
from chalicelib.imaging.operations import orient
from tests.pictures import as_stored

_SUMS = st.lists(st.integers(0, 10**6), min_size=1, max_size=200).map(tuple)


def _busy(width: int, height: int, at: tuple[int, int], side: int = 60, mode: str = "RGB") -> Image.Image:
    """Draw a chessboard of squares of 10 pixels on an even picture, with its top left corner at a point."""
    image = Image.new(mode, (width, height), "white")
    draw = ImageDraw.Draw(image)
    for x in range(0, side, 10):
        for y in range(x // 10 % 2 * 10, side, 20):
            draw.rectangle((at[0] + x, at[1] + y, at[0] + x + 9, at[1] + y + 9), fill="black")
    return image


def _point(image: Image.Image, crop: Size, orientation: int = 1) -> Point:
    size = Size(*image.size)
    upright = size.transposed if orientation >= 5 else size
    return find_edges(image, image.size, orientation).busiest(crop, upright)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "LAB"])
def test_the_busiest_part_is_found_in_every_mode(mode: str) -> None:
    image = _busy(600, 200, (450, 70))
    converted = Image.merge("LAB", [image.convert("L")] * 3) if mode == "LAB" else image.convert(mode)
    point = _point(converted, Size(200, 200))
    assert abs(point.x - Fraction(480, 600)) <= Fraction(1, 6)
    assert point.y == CENTER.y


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_point_is_that_of_the_upright_picture(orientation: int) -> None:
    image = _busy(400, 900, (170, 700))
    upright = _point(image, Size(400, 300))
    turned = _point(as_stored(image, orientation), Size(400, 300), orientation)
    assert abs(upright.y - Fraction(730, 900)) <= Fraction(1, 6)
    assert abs(turned.y - upright.y) <= Fraction(1, 60)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_map_is_the_map_of_the_turned_picture(orientation: int) -> None:
    image = _busy(128, 64, (90, 20), 30)
    turned, drawn = find_edges(image, image.size, 1).turned(orientation), find_edges(image, image.size, orientation)
    assert (len(turned.columns), len(turned.rows)) == orient(image, orientation).size
    crop = Size(len(turned.columns) // 2, len(turned.rows) // 2)
    point, expected = (each.busiest(crop, Size(len(turned.columns), len(turned.rows))) for each in (turned, drawn))
    assert abs(point.x - expected.x) + abs(point.y - expected.y) <= Fraction(1, 16)


def test_an_even_picture_has_its_busiest_part_at_the_centre() -> None:
    assert _point(Image.new("RGB", (300, 100), "green"), Size(100, 100)) == CENTER


def test_what_transparent_pixels_hide_is_not_busy() -> None:
    hidden = _busy(600, 200, (20, 70)).convert("RGBA")
    hidden.putalpha(0)
    hidden.paste(_busy(100, 200, (20, 70)).convert("RGBA"), (500, 0))
    assert _point(hidden, Size(200, 200)).x > Fraction(1, 2)


def test_the_padding_of_a_decoder_is_no_edge() -> None:
    padded = Image.new("RGB", (700, 100), "white")
    padded.paste(_busy(100, 100, (600, 0)), (600, 0))
    assert find_edges(padded, (600, 100), 1).busiest(Size(100, 100), Size(600, 100)) == CENTER


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (9000, 1), (2, 3), (130, 5)])
def test_a_picture_of_any_shape_has_a_map(size: tuple[int, int]) -> None:
    found = find_edges(Image.new("RGB", size), size, 6)
    assert found.busiest(Size(1, 1), Size(size[1], size[0])) is not None


@given(_SUMS, _SUMS, st.integers(1, 9000), st.integers(1, 9000), st.data())
def test_the_busiest_point_is_inside_of_the_picture(
    columns: tuple[int, ...], rows: tuple[int, ...], width: int, height: int, data: st.DataObject
) -> None:
    crop = Size(data.draw(st.integers(1, width)), data.draw(st.integers(1, height)))
    point = EdgeMap(columns, rows).busiest(crop, Size(width, height))
    assert 0 <= point.x <= 1
    assert 0 <= point.y <= 1


def test_of_equal_windows_the_nearest_to_the_centre_is_taken() -> None:
    edges = EdgeMap((1,) * 10, (9, 0, 0, 0, 9))
    assert edges.busiest(Size(10, 10), Size(100, 100)) == Point(CENTER.x, Fraction(1, 10))
