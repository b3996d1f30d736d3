from base64 import b64decode

import pytest
from PIL import Image

from chalicelib.imaging.placeholder import make_placeholder, shrink


def bands(mode: str, width: int, height: int) -> Image.Image:
    """Return a picture without symmetry: with it, many factors would lie half-way between two steps."""
    values = (
        ((7 * x * x + 3 * y + 40) % 256, (x * y + 5 * x + 90) % 256, (200 + x - 5 * y) % 256, min(255, 60 + 9 * x + y))
        for y in range(height)
        for x in range(width)
    )
    image = Image.new("RGBA", (width, height))
    image.putdata(list(values))
    return image.convert(mode) if mode in ("RGBA", "LA") else image.convert("RGB").convert(mode)


#: What `rgbaToThumbHash` of the npm package thumbhash 0.1.1 returned. tests/browser compares more pictures.
GOLDEN = [
    ("RGB", (32, 32), "oOcFTwSWVViPV3aIdod3iHd4lwiI9YEJ"),
    ("RGB", (32, 12), "JMYFG4aHIHl7hYmGjXB4Xzg="),
    ("RGB", (9, 31), "4OcFQggEPnqIh3d4RlCXZ/g="),
    ("RGBA", (32, 32), "oOeFPQQstmV/Z4iWh4mQSC+JUHd3iId4dw=="),
    ("RGBA", (5, 4), "IOWBDIQVoIeHh3d4CFqIsHcId3d4eIiHBw=="),
    ("L", (32, 12), "IQgGA4B4EHl5g5p1AAAAAAA="),
    ("LA", (5, 4), "HAiCBIAVoIeHh4d3CAAAAAAAd3d4eIiHBw=="),
]
CORNERS = {(0, 0): (200, 30, 30), (1, 0): (200, 30, 30), (0, 1): (200, 30, 30), (1, 1): (20, 30, 200)}


@pytest.mark.parametrize(("mode", "size", "thumbhash"), GOLDEN)
def test_a_hash_is_that_of_the_npm_package(mode: str, size: tuple[int, int], thumbhash: str) -> None:
    assert make_placeholder(bands(mode, *size)).thumbhash == thumbhash


def quarters(size: int, mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (2, 2))
    for place, colour in CORNERS.items():
        image.putpixel(place, colour)
    return image.resize((size, size), Image.Resampling.NEAREST).convert(mode)


def test_the_size_of_a_picture_does_not_change_its_placeholder() -> None:
    assert make_placeholder(quarters(32)) == make_placeholder(quarters(320)) == make_placeholder(quarters(512))


def test_a_large_picture_has_the_placeholder_of_a_small_one_within_a_step() -> None:
    few = Image.frombytes("RGB", (4, 3), bytes(range(0, 252, 7)))
    small, large = (b64decode(make_placeholder(few.resize(size)).thumbhash) for size in ((400, 300), (4000, 3000)))
    assert max(abs(ours - other) for ours, other in zip(halves(small), halves(large), strict=True)) <= 1


def halves(written: bytes) -> list[int]:
    """Return the factors behind the first five bytes, in steps."""
    return [half for each in written[5:] for half in (each & 15, each >> 4)]


@pytest.mark.parametrize("period", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("side", [513, 640, 1000, 1024, 1536, 2048, 4096])
def test_a_large_pattern_of_small_squares_is_grey(side: int, period: int) -> None:
    """To read every second pixel of a chessboard gives a white picture, and stripes give wide waves."""
    square = Image.new("L", (2 * period, 2 * period))
    square.paste(255, (0, 0, period, period))
    square.paste(255, (period, period, 2 * period, 2 * period))
    board = Image.new("L", (side, side))
    board.paste(square)
    for at in range(0, side, 2 * period):
        board.paste(square, (at, 0))
    row = board.crop((0, 0, side, 2 * period))
    for at in range(0, side, 2 * period):
        board.paste(row, (0, at))
    written = b64decode(make_placeholder(board).thumbhash)
    assert 30 <= written[0] & 63 <= 33
    assert written[2] >> 2 & 31 <= 1


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK", "LAB"])
def test_a_copy_has_few_pixels_of_the_same_mode(mode: str) -> None:
    copy = shrink(Image.new(mode, (3000, 1500)), (2400, 1500))
    assert (copy.mode, copy.size) == (mode, (32, 20))


def test_the_padding_of_a_decoder_is_not_in_the_copy() -> None:
    image = Image.new("RGB", (40, 40), "white")
    image.paste("black", (0, 0, 33, 31))
    assert shrink(image, (33.0, 31.0)).getextrema() == ((0, 0),) * 3


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (3, 2), (300, 300)])
@pytest.mark.parametrize("color", ["#000000", "#c86432", "#ffffff"])
def test_a_picture_of_one_colour_has_no_pattern(size: tuple[int, int], color: str) -> None:
    placeholder = make_placeholder(Image.new("RGB", size, color))
    written = b64decode(placeholder.thumbhash)
    assert placeholder.color == color
    assert (written[2] >> 2, written[3] & 0xF8, written[4] & 0x7F, set(written[5:])) == (0, 0, 0, {0})


@pytest.mark.parametrize(("size", "wide", "factors"), [((300, 100), 1, 2), ((100, 300), 0, 2), ((2000, 1), 1, 1)])
def test_a_hash_has_the_proportions(size: tuple[int, int], wide: int, factors: int) -> None:
    written = b64decode(make_placeholder(bands("RGB", 32, 32).resize(size)).thumbhash)
    assert (written[4] >> 7, written[3] & 7) == (wide, factors)


@pytest.mark.parametrize(("mode", "has_alpha"), [("RGB", 0), ("L", 0), ("RGBA", 1), ("LA", 1)])
def test_a_hash_says_whether_the_picture_is_transparent(mode: str, has_alpha: int) -> None:
    image = bands(mode, 20, 20)
    assert b64decode(make_placeholder(image).thumbhash)[2] >> 7 == has_alpha
    if has_alpha:
        image.putalpha(255)
        assert b64decode(make_placeholder(image).thumbhash)[2] >> 7 == 0


def test_the_colour_is_that_of_most_pixels_and_no_mean_of_all() -> None:
    assert make_placeholder(quarters(300)).color == "#c81e1e"


def test_pixels_that_nobody_sees_have_no_say_in_the_colour() -> None:
    image = quarters(300, "RGBA")
    image.paste((200, 30, 30, 0), (0, 0, 300, 150))
    image.paste((200, 30, 30, 90), (0, 150, 100, 300))
    assert make_placeholder(image).color == "#141ec8"


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_that_nobody_sees_is_white_as_in_a_jpeg(mode: str) -> None:
    placeholder = make_placeholder(Image.new(mode, (40, 30)))
    assert (placeholder.color, b64decode(placeholder.thumbhash)[5]) == ("#ffffff", 0)


def test_the_picture_itself_does_not_change() -> None:
    image = bands("RGBA", 50, 20)
    before = image.tobytes()
    make_placeholder(image)
    assert (image.tobytes(), image.mode, image.size) == (before, "RGBA", (50, 20))


def test_the_longest_hashes_have_the_documented_size() -> None:
    assert [len(b64decode(make_placeholder(bands(mode, 32, 32)).thumbhash)) for mode in ("RGB", "RGBA")] == [24, 25]
