"""PNG and APNG (PNG third edition): reads the metadata of its chunks and removes it. Pixels are never decompressed."""

from chalicelib.imaging.metadata.png.scrub import read, strip

__all__ = ["read", "strip"]
