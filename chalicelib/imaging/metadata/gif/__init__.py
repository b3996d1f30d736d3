"""GIF (GIF89a): what the blocks carry, and a copy without metadata. The coded images are never decoded."""

from chalicelib.imaging.metadata.gif.scrub import read, strip

__all__ = ["read", "strip"]
