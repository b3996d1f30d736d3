"""GIF (GIF89a): reads the metadata of its blocks and removes it. The coded images are never decoded."""

from chalicelib.imaging.metadata.gif.scrub import read, strip

__all__ = ["read", "strip"]
