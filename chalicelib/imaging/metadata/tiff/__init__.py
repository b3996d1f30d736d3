"""Read the metadata of a TIFF file (TIFF 6.0), and write a new file that holds only allowed fields."""

from chalicelib.imaging.metadata.tiff.scrub import read, strip

__all__ = ["read", "strip"]
