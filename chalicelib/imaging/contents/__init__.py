"""Reads from the header of a file what it holds besides the 8-bit pixels of its first picture.

Each container has a module, which decodes nothing. metadata/ reads files in full, to remove what it finds.
"""

import struct
from collections.abc import Callable

from chalicelib.errors import CorruptImage
from chalicelib.imaging.contents import gif, jpeg, png, webp
from chalicelib.imaging.contents.found import Contents
from chalicelib.imaging.formats import ImageFormat

__all__ = ["Contents", "read_contents"]


def read_contents(data: bytes, image_format: ImageFormat) -> Contents:
    """Return what a file holds. Where it is damaged behind the picture that was decoded, only that picture counts."""
    reader = _READERS.get(image_format)
    try:
        return reader(data) if reader else Contents()
    except (CorruptImage, struct.error, IndexError):
        return Contents()


def _read_tiff(data: bytes) -> Contents:
    from chalicelib.imaging.contents import tiff  # imported here: few photos are TIFF

    return tiff.read(data)


def _read_isobmff(data: bytes) -> Contents:
    from chalicelib.imaging.contents import isobmff  # imported here: few photos are AVIF or HEIC

    return isobmff.read(data)


_READERS: dict[ImageFormat, Callable[[bytes], Contents]] = {
    ImageFormat.JPEG: jpeg.read,
    ImageFormat.PNG: png.read,
    ImageFormat.WEBP: webp.read,
    ImageFormat.GIF: gif.read,
    ImageFormat.TIFF: _read_tiff,
    ImageFormat.AVIF: _read_isobmff,
    ImageFormat.HEIC: _read_isobmff,
}
