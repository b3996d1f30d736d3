"""JPEG (ITU-T T.81): reads the metadata of its segments and removes it. No pixel changes."""

from chalicelib.imaging.metadata.jpeg.pictures import read, strip, strip_header

__all__ = ["read", "strip", "strip_header"]
