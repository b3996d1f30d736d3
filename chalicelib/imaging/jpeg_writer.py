"""Writes the smaller JPEG of the same pixels: a progressive one, or a baseline one with its own Huffman tables.

docs/decisions/0044-progressive-where-smaller.md has the measurements behind the two sizes.
"""

import io

from PIL import Image

#: A picture of fewer pixels is baseline: the tables of about ten scans need more bytes than the scans save.
_FEW_PIXELS = 100_000
#: A picture of more pixels is progressive: photos of that size are smaller so. Up to it, both are written and compared.
_MANY_PIXELS = 1_000_000


def write_jpeg(image: Image.Image, quality: int) -> bytes:
    """Return a JPEG of an image in mode L or RGB. `quality` is 1 to 100."""
    try:
        return _write_smallest(image, quality)
    except OSError:
        # Pillow gives the two-pass encoder a buffer of one byte a pixel. Noise at a quality of 90 to 94 needs more.
        return _save(image, quality)


def _write_smallest(image: Image.Image, quality: int) -> bytes:
    pixels = image.width * image.height
    if pixels > _MANY_PIXELS:
        return _save(image, quality, progressive=True)
    baseline = _save(image, quality, optimize=True)
    if pixels < _FEW_PIXELS:
        return baseline
    return min(baseline, _save(image, quality, progressive=True), key=len)


def _save(image: Image.Image, quality: int, **options: bool) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, **options)
    return buffer.getvalue()
