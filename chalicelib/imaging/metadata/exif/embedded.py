"""Read the EXIF block and the orientation that JPEG, PNG and WebP embed in the same way."""

from dataclasses import replace

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.block import minimal_exif, read_exif, read_orientation
from chalicelib.imaging.metadata.exif.directories import open_tiff
from chalicelib.imaging.metadata.findings import Finding

EXIF_PREFIX = b"Exif\0\0"


def find_orientation(exif: bytes) -> int:
    """Return the orientation (1 to 8) of an EXIF block as Pillow reads it; 1 if there is none."""
    try:
        reader = open_tiff(_remove_prefix(exif))
    except CorruptImage:
        return 1
    return read_orientation(reader, reader.read_entries(reader.first_at)) or 1


def inspect_exif(exif: bytes, where: str, size: int) -> tuple[Finding, ...]:
    """Return the findings of an EXIF block that takes `size` bytes in the file.

    Only a minimal block without any further byte is allowed.
    """
    summary = read_exif(_remove_prefix(exif))
    first, *parts = summary.findings(where)
    is_minimal = len(exif.removeprefix(EXIF_PREFIX)) == len(minimal_exif(1))
    return (replace(first, size=size, allowed=first.allowed and is_minimal), *parts)


def _remove_prefix(exif: bytes) -> bytes:
    # The prefix belongs to JPEG. Some writers put it into PNG and WebP as well, and some write it twice.
    return exif.removeprefix(EXIF_PREFIX).removeprefix(EXIF_PREFIX)
