"""PNG and APNG (PNG third edition): what the chunks carry, and a copy without metadata. Pixels are never unpacked."""

from chalicelib.imaging.metadata.png.scrub import read, strip

__all__ = ["read", "strip"]
