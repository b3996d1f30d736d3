"""Reads and removes the metadata of a file. Each container has a package of its own.

A file that cannot be cleaned without loss is rejected. A result that still holds metadata is never returned.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from chalicelib.errors import CorruptImage, ImageRejected, UnsupportedFormat
from chalicelib.imaging.cut_short import cut_short, is_cut_short
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata import bmp, gif, isobmff, jpeg, png, tiff, webp
from chalicelib.imaging.metadata.findings import Finding, Kind, Reading, Sanitized, Stripped

__all__ = ["Finding", "Kind", "Reading", "Sanitized", "Stripped", "inspect", "read", "strip"]


@dataclass(frozen=True)
class _FormatHandler:
    """The functions of one container's package. `quick_strip` is tried first; its result may fail the proof."""

    read: Callable[[bytes], Reading]
    strip: Callable[[bytes], Stripped]
    quick_strip: Callable[[bytes], Stripped] | None = None


_HANDLERS = {
    ImageFormat.JPEG: _FormatHandler(jpeg.read, jpeg.strip, jpeg.strip_header),
    ImageFormat.PNG: _FormatHandler(png.read, png.strip, png.strip_unread),
    ImageFormat.WEBP: _FormatHandler(webp.read, webp.strip, webp.strip_unread),
    ImageFormat.GIF: _FormatHandler(gif.read, gif.strip, gif.strip_unread),
    ImageFormat.TIFF: _FormatHandler(tiff.read, tiff.strip),
    ImageFormat.BMP: _FormatHandler(bmp.read, bmp.strip),
    ImageFormat.AVIF: _FormatHandler(isobmff.read, isobmff.strip),
    ImageFormat.HEIC: _FormatHandler(isobmff.read, isobmff.strip),
}


#: The formats whose package skips what lies past the end of the file, as decoders do.
_SKIPS_MISSING_PARTS = frozenset({ImageFormat.WEBP, ImageFormat.TIFF, ImageFormat.BMP})
#: The end of most JPEGs. The package of JPEG takes a second picture without it for a broken one.
_JPEG_END = b"\xff\xd9"


def inspect(data: bytes) -> tuple[Finding, ...]:
    """Return the metadata of a picture. Raises the errors of `read`."""
    return read(data).findings


def read(data: bytes) -> Reading:
    """Return the metadata of a picture, and its width and height in pixels as stored.

    Raises UnsupportedFormat when no package reads the format, and CorruptImage when the file is damaged.
    """
    handler = _find_handler(data)
    with _code_of_cut_files(data):
        return handler.read(data)


def strip(data: bytes) -> Sanitized:
    """Return the same picture without its metadata. The result is proved: its bytes are read again, as an unknown file.

    Raises UnsupportedFormat when no package reads the format, and CorruptImage when the file cannot be cleaned.
    """
    handler = _find_handler(data)
    with _code_of_cut_files(data):
        if handler.quick_strip:
            # If this fails, `strip` reads the whole file: it succeeds, or it raises the exact reason.
            with suppress(CorruptImage):
                return _prove(handler.quick_strip(data))
        return _prove(handler.strip(data))


def _find_handler(data: bytes) -> _FormatHandler:
    image_format = sniff(data)
    if image_format not in _HANDLERS:
        raise UnsupportedFormat(f"The metadata of a {image_format.name} picture cannot be removed without loss.")
    return _HANDLERS[image_format]


@contextmanager
def _code_of_cut_files(data: bytes) -> Iterator[None]:
    """Raise the same error for every file that is cut short, wherever it is cut, as codec.py does."""
    image_format = sniff(data)
    has_no_end = image_format is ImageFormat.JPEG and not data.endswith(_JPEG_END)
    if (has_no_end or image_format in _SKIPS_MISSING_PARTS) and is_cut_short(data, image_format):
        raise cut_short(image_format)
    try:
        yield
    except ImageRejected as error:
        if is_cut_short(data, image_format):
            raise cut_short(image_format) from error
        raise


def _prove(stripped: Stripped) -> Sanitized:
    """Read the result as an unknown file. Raises CorruptImage when metadata is left or the size has changed."""
    reading = read(stripped.data)
    left = sorted({finding.kind for finding in reading.removable})
    if left:
        raise CorruptImage(
            f"Some metadata cannot be removed from the picture: {', '.join(left)}.", code="metadata_left"
        )
    if sniff(stripped.data) != stripped.format or reading.size != stripped.size:
        raise CorruptImage("The size of the picture would change.", code="size_changed")
    return Sanitized(stripped.data, stripped.format, stripped.size, stripped.removed, kept=reading.findings)
