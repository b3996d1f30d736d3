"""PNG and APNG (PNG third edition): reads the metadata of its chunks and removes it. No pixel changes."""

from chalicelib.imaging.metadata.png.scrub import read, strip, strip_unread

__all__ = ["read", "strip", "strip_unread"]
