"""WebP (RFC 9649): what the RIFF chunks carry, and a copy without metadata. The bitstreams are never decoded."""

from chalicelib.imaging.metadata.webp.scrub import read, strip

__all__ = ["read", "strip"]
