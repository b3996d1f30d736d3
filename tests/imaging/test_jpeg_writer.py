"""JPEGs are progressive where that makes them smaller, and never larger than Pillow's own."""

import io
import random

import pytest
from PIL import Image

from chalicelib.imaging.jpeg_writer import write_jpeg


def photo(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return a picture with soft areas and some noise, as photos have."""
    noise = Image.effect_noise((width, height), 12)
    areas = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", (areas, Image.blend(areas, noise, 0.3), noise)).convert(mode)


def plain(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(
    ("size", "progressive"), [((1, 1), False), ((316, 316), False), ((800, 600), True), ((1200, 900), True)]
)
def test_a_large_picture_is_progressive_and_a_small_one_is_not(
    mode: str, size: tuple[int, int], progressive: bool
) -> None:
    written = opened(write_jpeg(photo(*size, mode), 85))
    assert (written.mode, written.size, "progressive" in written.info) == (mode, size, progressive)


def test_a_drawing_of_few_bytes_stays_baseline() -> None:
    drawing = Image.new("RGB", (600, 600), "white")
    drawing.paste((200, 30, 30), (100, 100, 110, 500))
    assert "progressive" not in opened(write_jpeg(drawing, 85)).info


@pytest.mark.parametrize("quality", [1, 50, 85, 100])
@pytest.mark.parametrize("size", [(8, 8), (300, 200), (700, 500), (1300, 900)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_is_smaller_than_pillows_own_and_has_the_same_pixels(
    mode: str, size: tuple[int, int], quality: int
) -> None:
    image = photo(*size, mode)
    written = write_jpeg(image, quality)
    assert len(written) <= len(plain(image, quality))
    assert opened(written).tobytes() == opened(plain(image, quality)).tobytes()


@pytest.mark.parametrize("quality", [90, 92, 94, 95, 100])
@pytest.mark.parametrize("size", [(400, 300), (1300, 900)])
def test_noise_that_does_not_fit_into_pillows_buffer_is_written(size: tuple[int, int], quality: int) -> None:
    """Pillow says of it: "broken data stream when writing image file"."""
    bits = random.Random(1).randbytes(size[0] * size[1] * 3)  # noqa: S311 -- no secret
    noise = Image.frombytes("RGB", size, bytes(bits)).point(lambda value: 255 * (value & 1))
    assert len(write_jpeg(noise, quality)) <= len(plain(noise, quality))


def test_the_same_pixels_give_the_same_bytes() -> None:
    images = [Image.linear_gradient("L").resize((900, 700)) for _ in range(2)]
    assert write_jpeg(images[0], 80) == write_jpeg(images[1], 80)
