"""Make the photos of the benchmark, or take those of a folder.

A made photo is of "dead leaves": discs that hide each other, with many more small ones than large ones. Its edges and
its spectrum are those of real photos (Lee, Mumford and Huang, 2001). Each leaf has a texture, and the sensor a grain.
Its sides are not multiples of 8, and not 4:3.
"""

import io
import random
from collections.abc import Callable
from math import isqrt
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

from scripts.measuring import samples

#: The leaves, the smallest radius as a share of the height, and the strength of texture and grain.
_LEAVES, _SMALLEST, _TEXTURE, _GRAIN = 9000, 0.004, 25, 6
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif"}


def make(megapixels: float) -> Image.Image:
    """Return a 3:2 picture of so many million pixels, the same leaves each time."""
    height = isqrt(int(megapixels * 1_000_000 * 2 / 3)) | 1
    size = (height * 3 // 2 | 1, height)
    picture = _leaves(size)
    for strength, detail in ((_TEXTURE, 16), (_TEXTURE, 4), (_GRAIN, 1)):
        noise = Image.effect_noise((size[0] // detail + 1, size[1] // detail + 1), strength)
        noise = noise.resize(size, Image.Resampling.BICUBIC) if detail > 1 else noise
        picture = ImageChops.add(picture, Image.merge("RGB", (noise, noise, noise)), offset=-128)
    return picture


def _leaves(size: tuple[int, int]) -> Image.Image:
    source = random.Random(6)  # noqa: S311 - a picture, not a secret  # nosec B311
    picture = Image.new("RGB", size, (90, 100, 110))
    draw = ImageDraw.Draw(picture)
    for _ in range(_LEAVES):
        # The density of the radii falls with their third power.
        radius = min(0.5, _SMALLEST / source.random() ** 0.5) * size[1]
        x, y, light = source.random() * size[0], source.random() * size[1], source.randrange(20, 235)
        colour = tuple(min(255, max(0, light + source.randrange(-40, 40))) for _ in range(3))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return picture


def jpeg(megapixels: float, quality: int = 88) -> bytes:
    """Return a JPEG with EXIF, XMP and an ICC profile."""
    exif = samples.segment(0xE1, b"Exif\0\0" + samples.rich_exif(1))
    packet = samples.segment(0xE1, samples.XMP_PREFIX + samples.packet())
    profile = samples.srgb_profile()
    return samples.jpeg(exif, packet, image=make(megapixels), quality=quality, icc_profile=profile)


def encoded(megapixels: float, pillow_name: str) -> bytes:
    """Return a made photo in another format, with EXIF where the format has it."""
    buffer = io.BytesIO()
    exif = {} if pillow_name == "GIF" else {"exif": b"Exif\0\0" + samples.rich_exif(1)}
    make(megapixels).save(buffer, pillow_name, **exif)
    return buffer.getvalue()


def animation(pillow_name: str, count: int = 30, size: tuple[int, int] = (480, 320)) -> bytes:
    """Return an animation in which a camera moves over a made photo: every pixel changes in every frame."""
    picture, buffer = make(0.4), io.BytesIO()
    lefts = [number * (picture.width - size[0]) // max(1, count - 1) for number in range(count)]
    first, *others = [picture.crop((left, 40, left + size[0], 40 + size[1])) for left in lefts]
    first.save(buffer, pillow_name, save_all=True, append_images=others, duration=40, loop=0)
    return buffer.getvalue()


#: The made photos by their file names.
MADE: dict[str, Callable[[], bytes]] = {
    "6mp.jpg": lambda: jpeg(6),
    "12mp.jpg": lambda: jpeg(12),
    "24mp.jpg": lambda: jpeg(24),
    "48mp.jpg": lambda: jpeg(48),
    "12mp.png": lambda: encoded(12, "PNG"),
    "12mp.webp": lambda: encoded(12, "WEBP"),
    "12mp.avif": lambda: encoded(12, "AVIF"),
    "2mp.gif": lambda: encoded(2, "GIF"),
    "30frames.gif": lambda: animation("GIF"),
    "30frames.webp": lambda: animation("WEBP"),
    "12mp.tif": lambda: encoded(12, "TIFF"),
}


def write(folder: Path, name: str) -> Path:
    """Write a made photo into a folder and return its path."""
    path = folder / name
    if not path.exists():
        path.write_bytes(MADE[name]())
    return path


def real(folder: str) -> list[Path]:
    """List the photos of a folder by name; none if no folder is named. Exit with a message if it holds none."""
    if not folder:
        return []
    files = sorted(path for path in Path(folder).iterdir() if path.is_file())
    found = [path for path in files if path.suffix.lower() in _SUFFIXES]
    for path in [each for each in files if each not in found]:
        print(f"{path.name} is left out: the benchmark compares {', '.join(sorted(_SUFFIXES))}.")
    if not found:
        raise SystemExit(f"bench: {folder} holds no photo ({', '.join(sorted(_SUFFIXES))}).")
    return found
