"""Read and remove what a file carries besides its pixels: one package for each container.

A file that no package can clean without loss is rejected. No file is returned half-cleaned.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata import gif, isobmff, jpeg, png, tiff, webp
from chalicelib.imaging.metadata.findings import Finding, Kind, Reading, Sanitized, Stripped

__all__ = ["Finding", "Kind", "Reading", "Sanitized", "Stripped", "inspect", "read", "strip"]


@dataclass(frozen=True)
class _FormatHandler:
    """The functions of one container's package; `quick_strip` is tried before `strip` and may fail the proof."""

    read: Callable[[bytes], Reading]
    strip: Callable[[bytes], Stripped]
    quick_strip: Callable[[bytes], Stripped] | None = None


_HANDLERS = {
    ImageFormat.JPEG: _FormatHandler(jpeg.read, jpeg.strip, jpeg.strip_trusting_rest),
    ImageFormat.PNG: _FormatHandler(png.read, png.strip),
    ImageFormat.WEBP: _FormatHandler(webp.read, webp.strip),
    ImageFormat.GIF: _FormatHandler(gif.read, gif.strip),
    ImageFormat.TIFF: _FormatHandler(tiff.read, tiff.strip),
    ImageFormat.AVIF: _FormatHandler(isobmff.read, isobmff.strip),
    ImageFormat.HEIC: _FormatHandler(isobmff.read, isobmff.strip),
}


def inspect(data: bytes) -> tuple[Finding, ...]:
    """List the metadata of a picture. Raises as `read` does."""
    return read(data).findings


def read(data: bytes) -> Reading:
    """Read the metadata of a picture, and its width and height in pixels as stored.

    Raises UnsupportedFormat when the format is unknown or has no package, CorruptImage when the file is damaged.
    """
    return _find_handler(data).read(data)


def strip(data: bytes) -> Sanitized:
    """Return the same picture without its metadata, and prove it: read the new bytes again and compare.

    Raises UnsupportedFormat when the format is unknown or has no package, CorruptImage when it cannot be cleaned.
    """
    handler = _find_handler(data)
    if handler.quick_strip:
        try:
            return _prove(handler.quick_strip(data))
        except CorruptImage:
            pass  # `strip` reads all of the file: it succeeds, or it raises the true reason
    return _prove(handler.strip(data))


def _find_handler(data: bytes) -> _FormatHandler:
    image_format = sniff(data)
    if image_format not in _HANDLERS:
        raise UnsupportedFormat(f"{image_format.name} pictures cannot be freed of metadata without loss.")
    return _HANDLERS[image_format]


def _prove(stripped: Stripped) -> Sanitized:
    """Read the new bytes as an unknown file. Raises CorruptImage when metadata is left or the size has changed."""
    reading = read(stripped.data)
    left = sorted({finding.kind for finding in reading.removable})
    if left:
        raise CorruptImage(f"Metadata cannot be taken out of the picture: {', '.join(left)}.", code="metadata_left")
    if sniff(stripped.data) != stripped.format or reading.size != stripped.size:
        raise CorruptImage("The picture would not keep its size.", code="size_changed")
    return Sanitized(stripped.data, stripped.format, stripped.size, stripped.removed, kept=reading.findings)
