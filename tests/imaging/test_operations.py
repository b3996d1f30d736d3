"""Each operation returns a new image and does not change its argument."""

import pytest
from PIL import Image, ImageChops

from chalicelib.imaging.geometry import Fit, Size, fit_size
from chalicelib.imaging.operations import Gravity, Watermark, grayscale, orient, resize, watermark
from tests.pictures import CORNERS, as_stored, corners, near, picture, pixel

_MODES = ["L", "LA", "RGB", "RGBA"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_becomes_upright(orientation: int) -> None:
    assert corners(orient(as_stored(picture(), orientation), orientation)) == list(CORNERS)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("width", "height"), [(20, 20), (64, 8), (8, 48)])
def test_a_rotated_picture_gets_the_crop_of_the_upright_one(orientation: int, width: int, height: int) -> None:
    placement = fit_size(Size(65, 47), width, height, Fit.COVER)
    upright = resize(picture(65, 47), placement)
    turned = resize(as_stored(picture(65, 47), orientation), placement, orientation)
    assert turned.size == upright.size == (width, height)
    assert max(ImageChops.difference(turned, upright).convert("L").tobytes()) <= 2


def test_padding_surrounds_the_whole_upright_picture() -> None:
    placement = fit_size(Size(64, 48), 100, 100, Fit.PAD)
    padded = resize(as_stored(picture(), 6), placement, 6)
    assert pixel(padded, 50, 5) == pixel(padded, 5, 50) == (255, 255, 255)
    assert near(pixel(padded, 30, 35), CORNERS[0], 1)


def test_the_bars_of_a_picture_with_alpha_are_transparent() -> None:
    placement = fit_size(Size(64, 48), 64, 64, Fit.PAD)
    assert pixel(resize(picture(mode="RGBA"), placement), 32, 2)[3] == 0


def test_a_reduced_decode_gives_the_same_picture_as_a_full_decode() -> None:
    placement = fit_size(Size(640, 480), 80, 80, Fit.COVER)
    full, reduced = resize(picture(640, 480), placement), resize(picture(320, 240), placement)
    assert [near(one, other, 2) for one, other in zip(corners(full), corners(reduced), strict=True)] == [True] * 4


@pytest.mark.parametrize("mode", _MODES)
def test_greyscale_keeps_the_alpha_channel(mode: str) -> None:
    image = picture(mode=mode)
    grey = grayscale(image)
    assert grey.mode == ("LA" if "A" in mode else "L")
    assert near(pixel(grey, 0, 0)[:1], (94,), 1)
    if "A" in mode:
        assert grey.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize("mode", _MODES)
def test_operations_do_not_change_their_argument(mode: str) -> None:
    image = picture(mode=mode)
    before = image.tobytes()
    resize(image, fit_size(Size(64, 48), 10, 10, Fit.PAD), 6)
    grayscale(image)
    watermark(image, Watermark("Darkroom"))
    assert (image.mode, image.tobytes()) == (mode, before)


def _marked_box(image: Image.Image, mark: Watermark) -> tuple[int, int, int, int]:
    difference = ImageChops.difference(image.convert("RGB"), watermark(image, mark).convert("RGB"))
    box = difference.getbbox()
    assert box is not None
    return box


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


def test_a_picture_of_the_right_size_is_not_copied() -> None:
    image = Image.new("RGB", (40, 30))

    assert resize(image, fit_size(Size(40, 30), 40, 30, Fit.STRETCH)) is image
    assert resize(image, fit_size(Size(40, 30), 39, 30, Fit.STRETCH)) is not image
    assert resize(image, fit_size(Size(30, 40), 30, 40, Fit.STRETCH), 6).size == (30, 40)
