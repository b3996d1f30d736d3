"""What JPEG, PNG and WebP embed alike: an EXIF block, an XMP packet, and an orientation that one of the two holds."""

from collections.abc import Iterator
from dataclasses import replace

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata import xmp
from chalicelib.imaging.metadata.exif.block import ORIENTATION, minimal_exif, read_exif
from chalicelib.imaging.metadata.exif.directories import TiffReader, open_tiff
from chalicelib.imaging.metadata.findings import Finding

EXIF_PREFIX = b"Exif\0\0"


def find_orientation(exif: bytes | None, packet: bytes | None) -> int:
    """Tell which way up the picture stands (1 to 8) by EXIF, else by XMP, in the precedence that Pillow has.

    An EXIF block that holds the tag wins even where its value is invalid or 1.
    """
    block = _unwrap(exif or b"")
    if block and names_orientation(block):
        return read_exif(block).orientation
    return xmp.read_orientation(packet) if packet else 1


def inspect_exif(exif: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """List what an EXIF block holds, `size` bytes in the file; allowed is the minimal block alone, to the last byte."""
    summary = read_exif(_unwrap(exif))
    first, *parts = summary.findings(where)
    is_minimal = len(exif.removeprefix(EXIF_PREFIX)) == len(minimal_exif(1))
    return (replace(first, size=size, allowed=first.allowed and is_minimal), *parts)


def _unwrap(exif: bytes) -> bytes:
    """Take off the prefix that belongs to JPEG; writers leave it on in PNG and WebP, and some write it twice."""
    return exif.removeprefix(EXIF_PREFIX).removeprefix(EXIF_PREFIX)


def names_orientation(block: bytes) -> bool:
    """Tell whether a TIFF block holds the tag, be its value what it may."""
    try:
        return ORIENTATION in _tags(open_tiff(block))
    except CorruptImage:
        return False


def _tags(reader: TiffReader) -> Iterator[int]:
    (count,) = reader.unpack("Q" if reader.big else "H", reader.first_at)
    first = reader.first_at + (8 if reader.big else 2)
    for index in range(count):
        yield reader.entry(first + index * reader.entry_size).tag
