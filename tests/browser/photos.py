"""Photos on the disk for the page's tests."""

import os
from pathlib import Path
from typing import Any

from PIL import Image

from tests.imaging.kinds_of_photos import heic

#: What would run if the page took a text for markup.
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def write_jpeg(path: Path, size: tuple[int, int], **options: Any) -> Path:
    """Write a photo with a gradient, and return its path."""
    Image.linear_gradient("L").resize(size).convert("RGB").save(path, "JPEG", **options)
    return path


def write_noise(path: Path, side: int) -> Path:
    """Write a PNG that cannot be compressed: about 3 bytes a pixel."""
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(path, "PNG")
    return path


def write_gif(path: Path) -> Path:
    """Write an animation of three pictures."""
    pictures = [Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue")]
    pictures[0].save(path, "GIF", save_all=True, append_images=pictures[1:], duration=100)
    return path


def write_heic(path: Path) -> Path:
    """Write a HEIC, which browsers do not show. Its coded picture cannot be decoded."""
    path.write_bytes(heic())
    return path


def write_tiff(path: Path) -> Path:
    """Write a TIFF, which Chromium does not show."""
    Image.linear_gradient("L").convert("RGB").save(path, "TIFF")
    return path


def write_with_a_script(path: Path) -> Path:
    """Write a photo whose EXIF holds markup."""
    exif = Image.Exif()
    exif[315], exif[272] = MARKUP, MARKUP  # Artist, Model
    return write_jpeg(path, (120, 80), exif=exif)
