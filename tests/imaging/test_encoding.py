"""Encoding writes each mode in each format, within the limits."""

import io

import pytest
from PIL import Image

from chalicelib.errors import ImageTooLarge
from chalicelib.imaging import encoding
from chalicelib.imaging.encoding import Encoding, encode
from chalicelib.imaging.formats import ImageFormat
from tests import pictures
from tests.pictures import near, opened

_LIMIT = 1_000_000
_OUTPUTS = [ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF]
_MODES = ["L", "LA", "RGB", "RGBA"]


@pytest.mark.parametrize("output", _OUTPUTS)
@pytest.mark.parametrize("mode", _MODES)
def test_every_output_format_accepts_every_mode(output: ImageFormat, mode: str) -> None:
    written = opened(encode(pictures.picture(mode=mode), Encoding(output, 90), _LIMIT))
    assert (written.format, written.size) == (output.pillow_name, (64, 48))
    assert ("A" in written.mode) == ("A" in mode and output is not ImageFormat.JPEG)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparent_pixels_become_white_in_a_jpeg(mode: str) -> None:
    clear = Image.new(mode, (8, 8))
    assert near(pictures.pixel(opened(encode(clear, Encoding(ImageFormat.JPEG, 95), _LIMIT)).convert("L")), (255,), 1)


def test_pixels_with_alpha_are_blended_with_white_in_a_jpeg() -> None:
    for alpha, expected in ((255, (200, 40, 40)), (128, (227, 147, 147))):
        image = Image.new("RGBA", (8, 8), (200, 40, 40, alpha))
        assert near(pictures.pixel(opened(encode(image, Encoding(ImageFormat.JPEG, 95), _LIMIT))), expected, 4)


def test_a_lower_quality_makes_a_smaller_file() -> None:
    noise = Image.effect_noise((128, 128), 60).convert("RGB")
    for output in (ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF):
        sizes = [len(encode(noise, Encoding(output, quality), _LIMIT)) for quality in (10, 95)]
        assert sizes[0] < sizes[1]


@pytest.mark.parametrize(("output", "pixels"), [(ImageFormat.PNG, 64 * 48), (ImageFormat.AVIF, 64 * 48 * 2)])
def test_an_output_of_more_pixels_than_the_limit_is_not_encoded(output: ImageFormat, pixels: int) -> None:
    assert encode(pictures.picture(), Encoding(output, 80), pixels)
    with pytest.raises(ImageTooLarge):
        encode(pictures.picture(), Encoding(output, 80), pixels - 2)


@pytest.mark.parametrize(("quality", "pixels", "method"), [(91, 4095, 2), (91, 4096, 4), (90, 4095, 4)])
def test_a_large_webp_of_a_high_quality_is_written_without_tokens(
    monkeypatch: pytest.MonkeyPatch, quality: int, pixels: int, method: int
) -> None:
    """libwebp keeps them from its method 3 on. They have more bytes than the picture."""
    monkeypatch.setattr(encoding, "_MANY_PIXELS", pixels)
    image, buffer = pictures.picture(64, 64), io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=method)
    assert encode(image, Encoding(ImageFormat.WEBP, quality), _LIMIT) == buffer.getvalue()


def test_the_same_pixels_give_the_same_bytes() -> None:
    for output in _OUTPUTS:
        encodings = {encode(pictures.picture(), Encoding(output, 80), _LIMIT) for _ in range(2)}
        assert len(encodings) == 1
