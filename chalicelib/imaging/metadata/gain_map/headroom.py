"""The headroom of Apple's older gain maps, which two values of the maker note of the picture hold."""

from chalicelib.imaging.metadata.exif.embedded import find_kept
from chalicelib.imaging.metadata.exif.minimal import APPLE_NOTE
from chalicelib.imaging.metadata.gain_map.xmp import AppleGainMap


def lacks_headroom(exif: bytes, apple: AppleGainMap) -> bool:
    """Return True if the headroom is neither in the gain map nor readable in the maker note of this EXIF block."""
    has_note = APPLE_NOTE[:10] in exif
    return apple.headroom is None and has_note and find_kept(exif).headroom is None
