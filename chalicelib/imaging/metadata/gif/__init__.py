"""GIF (GIF89a): reads the metadata of its blocks and removes it. No pixel is decoded."""

from chalicelib.imaging.metadata.gif.scrub import read, strip, strip_unread

__all__ = ["read", "strip", "strip_unread"]
