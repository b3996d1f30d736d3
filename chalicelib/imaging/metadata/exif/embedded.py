"""Read the EXIF block and the orientation that JPEG, PNG and WebP embed in the same way."""

from dataclasses import replace

from chalicelib.errors import CorruptImage
from chalicelib.imaging.metadata.exif.block import read_exif, read_orientation
from chalicelib.imaging.metadata.exif.directories import open_tiff
from chalicelib.imaging.metadata.exif.minimal import KeptExif
from chalicelib.imaging.metadata.exif.values import read_values
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
    first, *parts = read_exif(_remove_prefix(exif)).findings(where)
    is_exact = not exif.removeprefix(EXIF_PREFIX).startswith(EXIF_PREFIX)
    return tuple(
        replace(finding, allowed=finding.allowed and is_exact) for finding in (replace(first, size=size), *parts)
    )


def find_kept(exif: bytes) -> KeptExif:
    """Return what a scrub keeps of an EXIF block besides its orientation. No error is raised."""
    return read_values(_remove_prefix(exif))


def _remove_prefix(exif: bytes) -> bytes:
    # The prefix belongs to JPEG. Some writers put it into PNG and WebP as well, and some write it twice.
    return exif.removeprefix(EXIF_PREFIX).removeprefix(EXIF_PREFIX)
