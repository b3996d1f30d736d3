"""Make large photos for measurements. They contain noise, so that they are as hard to encode as real ones."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from math import isqrt
from typing import Any

from PIL import ExifTags, Image, ImageChops

from scripts.measuring import sample_profiles
from scripts.measuring.samples import chunk

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


def deep_png(megapixels: float, samples: int, *chunks: bytes) -> Callable[[], bytes]:
    """Return a function that makes a dark 4:3 PNG of 16 bits with 2, 3 or 4 samples in a pixel, with `chunks`."""

    def make() -> bytes:
        height = isqrt(int(megapixels * 1_000_000 * 3 / 4))
        width = int(megapixels * 1_000_000) // height
        row = (
            b"\0"
            + (os.urandom(_TILE).translate(bytes(value & 31 for value in range(256))) * width)[: 2 * samples * width]
        )
        packer = zlib.compressobj(1)
        body = b"".join([packer.compress(row) for _ in range(height)]) + packer.flush()
        header = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[samples], 0, 0, 0)
        parts = (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", body), chunk(b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(parts)

    return make


def in_pq(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return a function that makes an AVIF whose code points say BT.2020 and PQ (ITU-T H.273)."""
    return lambda: make().replace(b"colrnclx\0\1\0\x0d", b"colrnclx\0\x09\0\x10")


def animation(
    megapixels: float, pillow_name: str, mode: str = "RGB", count: int = 2, grain: int = 3, **options: Any
) -> Callable[[], bytes]:
    """Return a function that makes a 4:3 animation whose frames move; `grain` and `options` are those of photo()."""

    def make() -> bytes:
        first, buffer = _noise_picture(megapixels, mode, grain), io.BytesIO()
        others = [ImageChops.offset(first, 16 * number, 0) for number in range(1, count)]
        first.save(buffer, pillow_name, save_all=True, append_images=others, duration=40, loop=0, **options)
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
