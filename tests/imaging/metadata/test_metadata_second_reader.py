"""A second decoder, libvips, sees the same pixels before and after a scrub of each file of the tests and of CORPUS_DIR.

Pillow may skip what another decoder shows. libvips has decoders of its own for GIF and AVIF, and other rules for TIFF.
It reads no BMP, and its package has no decoder for HEIC. Environments without it skip these tests.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import ImageRejected
from chalicelib.imaging import metadata
from scripts.measuring import heif_files, samples
from tests.imaging.kinds_of_photos import KINDS
from tests.imaging.metadata.tiff.builders import MODES, tiff_file, tiled_page
from tests.pictures import photo, private_photo

pyvips = pytest.importorskip("pyvips", reason="libvips is not installed: make check installs it")

_CORPUS = Path(os.environ.get("CORPUS_DIR", Path(__file__).parents[4] / "shared" / "images"))
_PHOTOS = sorted(path for path in _CORPUS.rglob("*.*") if path.is_file()) if _CORPUS.is_dir() else []
_NO_PHOTO = pytest.param(_CORPUS, marks=pytest.mark.skip("CORPUS_DIR names no folder with real photos"))
_WITH_ORIENTATION = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
_COMPRESSIONS = ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma")
_FILES: dict[str, Callable[[], bytes]] = {
    **KINDS,
    **{f"private {name}": partial(private_photo, name) for name in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF")},
    **{f"TIFF, {mode}": partial(tiff_file, image) for mode, image in MODES.items()},
    **{f"TIFF, {name}": partial(tiff_file, compression=name) for name in _COMPRESSIONS},
    **{f"{name}, turned": partial(photo, pillow_name=name, orientation=6) for name in _WITH_ORIENTATION},
    "TIFF, tiles": partial(tiled_page, 5, strip_tags=False),
    "TIFF, tiles under the tags of strips": partial(tiled_page, 5, strip_tags=True),
    "JPEG, XMP": lambda: samples.jpeg(samples.segment(0xE1, samples.XMP_PREFIX + samples.packet(6))),
    "PNG, XMP": lambda: samples.png(samples.chunk(b"iTXt", b"XML:com.adobe.xmp" + bytes(5) + samples.packet(6))),
    "PNG, 16 bits": lambda: photo(pillow_name="PNG", mode="I;16"),
    "WebP, lossless": lambda: photo(pillow_name="WEBP", lossless=True),
    "AVIF, two items": lambda: heif_files.avif_file(heif_files.EXIF_ITEM, heif_files.XMP_ITEM).build(),
}
#: What libvips does not read: BMP, HEIC, image sequences of AVIF.
_UNREAD = {"BMP", "HEIC", "AVIF, animated"}


def _seen(data: bytes) -> Any:
    """Return width, height, bands, type of the samples, and pixels, upright, of all pages; None if libvips refuses."""
    try:
        image = pyvips.Image.new_from_buffer(data, "")
        if image.get_typeof("n-pages") and image.get("n-pages") > 1 and not image.get_typeof("heif-primary"):
            pages = [pyvips.Image.new_from_buffer(data, "", page=page) for page in range(image.get("n-pages"))]
        else:
            pages = [image]
        upright = [page.autorot() for page in pages]
        return [(page.width, page.height, page.bands, page.format, page.write_to_memory()) for page in upright]
    except pyvips.Error:
        return None


@pytest.mark.parametrize("name", _FILES)
def test_libvips_sees_the_same_pixels_before_and_after(name: str) -> None:
    data = _FILES[name]()
    before = _seen(data)
    assert (before is None) == (name in _UNREAD)
    assert _seen(metadata.strip(data).data) == before


@pytest.mark.parametrize("path", _PHOTOS or [_NO_PHOTO], ids=lambda path: path.name)
def test_libvips_sees_the_same_pixels_of_a_real_photo(path: Path) -> None:
    data = path.read_bytes()
    try:
        clean = metadata.strip(data).data
    except ImageRejected:
        return
    before = _seen(data)
    # A scrub may mend what libvips refuses, but it must not change what libvips shows.
    assert before is None or _seen(clean) == before


def test_a_change_of_the_pixels_is_seen() -> None:
    assert _seen(photo(quality=90)) != _seen(photo(quality=60))
    assert _seen(photo(orientation=6)) != _seen(photo(orientation=3))
