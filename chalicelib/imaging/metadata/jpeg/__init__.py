"""JPEG (ITU-T T.81): what the segments carry, and a copy without metadata. The coded data is never decoded."""

from chalicelib.imaging.metadata.jpeg.scrub import read, strip, strip_trusting_rest

__all__ = ["read", "strip", "strip_trusting_rest"]
