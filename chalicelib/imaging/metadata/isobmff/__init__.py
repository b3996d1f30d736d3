"""AVIF and HEIC (ISO/IEC 14496-12 and 23008-12): what the boxes carry, and a copy whose metadata is zeroed in place."""

from chalicelib.imaging.metadata.isobmff.scrub import read, strip

__all__ = ["read", "strip"]
