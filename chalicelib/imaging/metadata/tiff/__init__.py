"""TIFF (TIFF 6.0): what the directories carry, and a new file that holds only allowed fields."""

from chalicelib.imaging.metadata.tiff.scrub import read, strip

__all__ = ["read", "strip"]
