"""Large photos for measurements, made from noise so that no encoder finds them easy."""

import io
import os
from collections.abc import Callable
from math import isqrt
from typing import Any

from PIL import ExifTags, Image

from scripts.measuring import sample_profiles

#: Grain is drawn once and laid out as tiles; random bytes for each pixel of 50 million would take minutes.
_TILE = 512


def photo(
    megapixels: float, pillow_name: str, mode: str = "RGB", grain: int = 5, **options: Any
) -> Callable[[], bytes]:
    """Describe a photo: a picture of 4:3 whose lowest `grain` bits are noise; `options` are the encoder's."""

    def make() -> bytes:
        buffer = io.BytesIO()
        _picture(megapixels, mode, grain).save(buffer, pillow_name, **options)
        return buffer.getvalue()

    return make


def sideways(profile: bytes | None = None) -> dict[str, Any]:
    """Give an encoder's options for a photo that was taken sideways in wide colours, with a profile of a megabyte."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return {"exif": exif, "icc_profile": profile or sample_profiles.display_p3(padding=900_000)}


def _picture(megapixels: float, mode: str, grain: int) -> Image.Image:
    height = isqrt(int(megapixels * 1_000_000 * 3 / 4))
    size = (int(megapixels * 1_000_000) // height, height)
    if mode == "I;16":
        return _tiled(_grain("I;16", 2, grain), size)
    if mode == "F":
        return _tiled(_grain("L", 1, grain).convert("F"), size)
    if mode == "P":
        return _tiled(_grain("RGB", 3, grain).quantize(256), size)
    return _tiled(_grain(mode, len(Image.new(mode, (1, 1)).getbands()), grain), size)


def _grain(mode: str, channels: int, grain: int) -> Image.Image:
    shades = bytes(128 + (value >> (8 - grain)) for value in range(256))
    return Image.frombytes(mode, (_TILE, _TILE), os.urandom(_TILE * _TILE * channels).translate(shades))


def _tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    picture = Image.new(tile.mode, size)
    if tile.mode == "P":
        picture.putpalette(tile.getpalette() or [])
    for left in range(0, size[0], _TILE):
        for top in range(0, size[1], _TILE):
            picture.paste(tile, (left, top))
    return picture
