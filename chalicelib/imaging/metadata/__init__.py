"""What a file carries besides its pixels: found by `inspect`, taken out by `strip`, which proves what it made.

One module a container format. What none of them can clean without loss is rejected, never half-cleaned.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.metadata import gif, isobmff, jpeg, png, tiff, webp
from chalicelib.imaging.metadata.findings import Finding, Kind, Stripped

__all__ = ["Finding", "Kind", "Stripped", "dimensions", "inspect", "strip"]


@dataclass(frozen=True)
class _Room:
    """What one format's module offers; of several ways to strip, the first whose result passes the proof is taken."""

    inspect: Callable[[bytes], tuple[Finding, ...]]
    dimensions: Callable[[bytes], tuple[int, int]]
    strips: tuple[Callable[[bytes], Stripped], ...]


_ROOMS = {
    ImageFormat.JPEG: _Room(jpeg.inspect, jpeg.dimensions, (jpeg.strip_trusting_rest, jpeg.strip)),
    ImageFormat.PNG: _Room(png.inspect, png.dimensions, (png.strip,)),
    ImageFormat.WEBP: _Room(webp.inspect, webp.dimensions, (webp.strip,)),
    ImageFormat.GIF: _Room(gif.inspect, gif.dimensions, (gif.strip,)),
    ImageFormat.TIFF: _Room(tiff.inspect, tiff.dimensions, (tiff.strip,)),
    ImageFormat.AVIF: _Room(isobmff.inspect, isobmff.dimensions, (isobmff.strip,)),
    ImageFormat.HEIC: _Room(isobmff.inspect, isobmff.dimensions, (isobmff.strip,)),
}


def inspect(data: bytes) -> tuple[Finding, ...]:
    """List what a picture carries besides its pixels.

    Raises UnsupportedFormat when the format is not known or has no module, CorruptImage when it ends too soon.
    """
    return _find_room(data).inspect(data)


def dimensions(data: bytes) -> tuple[int, int]:
    """Tell width and height in pixels, as stored. Raises as `inspect` does."""
    return _find_room(data).dimensions(data)


def strip(data: bytes) -> Stripped:
    """Give the same picture without its metadata, proven: the new bytes are inspected anew and hold nothing else.

    Raises UnsupportedFormat when the format is not known or has no module, CorruptImage when it cannot be cleaned.
    """
    *quick, last = _find_room(data).strips
    for attempt in quick:
        try:
            return _prove(attempt(data))
        except CorruptImage:
            continue  # the last way finds the reason, or another way round it
    return _prove(last(data))


def _find_room(data: bytes) -> _Room:
    image_format = sniff(data)
    if image_format not in _ROOMS:
        raise UnsupportedFormat(f"{image_format.name} pictures cannot be freed of metadata without loss.")
    return _ROOMS[image_format]


def _prove(stripped: Stripped) -> Stripped:
    """Read the new bytes as a stranger's. Raises CorruptImage when anything is left or the size in pixels moved."""
    room = _find_room(stripped.data)
    found = room.inspect(stripped.data)
    left = sorted({finding.kind for finding in found if not finding.allowed})
    if left:
        raise CorruptImage(f"Metadata cannot be taken out of the picture: {', '.join(left)}.", code="metadata_left")
    if sniff(stripped.data) != stripped.format or room.dimensions(stripped.data) != stripped.size:
        raise CorruptImage("The picture would not keep its size.", code="size_changed")
    return replace(stripped, kept=found)
