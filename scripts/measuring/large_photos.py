"""Make large photos for measurements. They contain noise, so that they are as hard to encode as real ones."""

import io
import os
from collections.abc import Callable
from math import isqrt
from typing import Any

from PIL import ExifTags, Image

from scripts.measuring import sample_profiles

#: The noise is one tile, repeated: random bytes for each of 50 million pixels would take minutes.
_TILE = 512


def photo(
    megapixels: float, pillow_name: str, mode: str = "RGB", grain: int = 5, **options: Any
) -> Callable[[], bytes]:
    """Return a function that makes a 4:3 photo. Its lowest `grain` bits are noise; `options` are the encoder's."""

    def make() -> bytes:
        buffer = io.BytesIO()
        _noise_picture(megapixels, mode, grain).save(buffer, pillow_name, **options)
        return buffer.getvalue()

    return make


def sideways(profile: bytes | None = None) -> dict[str, Any]:
    """Return an encoder's options for a photo taken sideways, with a colour profile (Display P3, of about 1 MB)."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return {"exif": exif, "icc_profile": profile or sample_profiles.display_p3(padding=900_000)}


def _noise_picture(megapixels: float, mode: str, grain: int) -> Image.Image:
    height = isqrt(int(megapixels * 1_000_000 * 3 / 4))
    size = (int(megapixels * 1_000_000) // height, height)
    if mode == "I;16":
        return _repeat(_noise("I;16", 2, grain), size)
    if mode == "F":
        return _repeat(_noise("L", 1, grain).convert("F"), size)
    if mode == "P":
        return _repeat(_noise("RGB", 3, grain).quantize(256), size)
    return _repeat(_noise(mode, len(Image.new(mode, (1, 1)).getbands()), grain), size)


def _noise(mode: str, channels: int, grain: int) -> Image.Image:
    shades = bytes(128 + (value >> (8 - grain)) for value in range(256))
    return Image.frombytes(mode, (_TILE, _TILE), os.urandom(_TILE * _TILE * channels).translate(shades))


def _repeat(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    picture = Image.new(tile.mode, size)
    if tile.mode == "P":
        picture.putpalette(tile.getpalette() or [])
    for left in range(0, size[0], _TILE):
        for top in range(0, size[1], _TILE):
            picture.paste(tile, (left, top))
    return picture
