"""BMP (Windows GDI): reads what the file holds besides its pixels, and removes it. Pixels are never decoded."""

from chalicelib.imaging.metadata.bmp.scrub import read, strip

__all__ = ["read", "strip"]
