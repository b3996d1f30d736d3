"""WebP (RFC 9649): reads the metadata of its RIFF chunks and removes it. The bitstreams are never decoded."""

from chalicelib.imaging.metadata.webp.scrub import read, strip

__all__ = ["read", "strip"]
