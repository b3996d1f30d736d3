"""Large photos: they have the promised pixels, and noise that no encoder can compress away."""

import io

import pytest
from PIL import Image

from chalicelib.imaging.colour.heif import read_nclx
from scripts.measuring.large_photos import animation, deep_png, in_pq, photo, sideways
from scripts.measuring.samples import chunk


def decode(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("megapixels", [0.5, 2])
@pytest.mark.parametrize(
    ("pillow_name", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "I;16"), ("PNG", "P"), ("TIFF", "F"), ("BMP", "L")],
)
def test_a_photo_has_the_promised_pixels(megapixels: float, pillow_name: str, mode: str) -> None:
    image = decode(photo(megapixels, pillow_name, mode)())
    assert image.mode == mode
    assert image.width * image.height == pytest.approx(megapixels * 1_000_000, rel=0.01)
    assert image.width / image.height == pytest.approx(4 / 3, rel=0.01)


def test_more_noise_makes_a_larger_file() -> None:
    sizes = [len(photo(1, "PNG", "L", grain)()) for grain in (1, 3, 5)]
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[2] > 250_000


def test_a_sideways_photo_has_an_orientation_and_a_large_profile() -> None:
    image = decode(photo(0.1, "JPEG", **sideways())())
    assert image.getexif()[274] == 6
    assert len(image.info["icc_profile"]) > 900_000


@pytest.mark.parametrize(("samples", "colour_type"), [(2, 4), (3, 2), (4, 6)])
def test_a_deep_png_has_16_bits_and_the_chunks(samples: int, colour_type: int) -> None:
    data = deep_png(0.1, samples, chunk(b"gAMA", bytes((0, 1, 134, 160))))()
    image = decode(data)
    assert (data[24], data[25]) == (16, colour_type)
    assert image.info["gamma"] == 1.0
    assert image.width * image.height == pytest.approx(100_000, rel=0.01)


def test_an_avif_in_pq_has_its_code_points() -> None:
    assert read_nclx(in_pq(photo(0.1, "AVIF"))()) == (9, 16)


def test_an_animation_has_two_pictures() -> None:
    image = Image.open(io.BytesIO(animation(0.1, "WEBP")()))
    assert (image.format, getattr(image, "n_frames", 1)) == ("WEBP", 2)
    assert image.width * image.height == pytest.approx(100_000, rel=0.01)
