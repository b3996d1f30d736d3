"""AVIF and HEIC (ISO/IEC 14496-12 and 23008-12): read the metadata, and zero it in place."""

from chalicelib.imaging.metadata.isobmff.scrub import read, strip

__all__ = ["read", "strip"]
