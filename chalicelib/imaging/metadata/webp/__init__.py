"""WebP (RFC 9649): reads the metadata of its RIFF chunks and removes it. No pixel changes."""

from chalicelib.imaging.metadata.webp.scrub import read, strip, strip_unread

__all__ = ["read", "strip", "strip_unread"]
