"""Finds the parts of a BMP: headers, palette, pixels, and the colour profile of a version 5 header.

Source: Windows GDI, "Bitmap Storage", BITMAPINFOHEADER and BITMAPV5HEADER.
"""

from dataclasses import dataclass

from chalicelib.errors import CorruptImage, UnsupportedFormat
from chalicelib.imaging.bmp_header import FILE_HEADER_SIZE, SHORT_HEADER_SIZE, BmpHeader, read_header
from chalicelib.imaging.metadata.spans import Span

OS2_V2_SIZE, V4_SIZE, V5_SIZE = 64, 108, 124
_SIZES = frozenset({12, 40, 52, 56, OS2_V2_SIZE, V4_SIZE, V5_SIZE})
_DEPTHS = frozenset({1, 2, 4, 8, 16, 24, 32})
_MAX_PALETTE_DEPTH = 8
#: Offsets in the information header: the colour space, and offset and size of the profile (BITMAPV5HEADER).
COLOUR_SPACE_AT, PROFILE_AT = 56, 112
#: The value of the colour space that says that the file holds a profile.
EMBEDDED = b"DEBM"


@dataclass(frozen=True)
class BmpLayout:
    """The parts of a file. `colours` is the number of palette entries, `profile` the bytes of an embedded profile."""

    header: BmpHeader
    colours: int
    profile: Span

    @property
    def palette_end(self) -> int:
        """Return the offset after the palette."""
        return self.header.palette_at + self.colours * self.header.colour_size

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return self.header.width, self.header.height


def read_layout(data: bytes) -> BmpLayout:
    """Read the layout of a BMP.

    Raises CorruptImage for a broken header, UnsupportedFormat for the short header of OS/2 and for pixels that are
    compressed or of an unknown depth.
    """
    header = read_header(data)
    if header.info_size == SHORT_HEADER_SIZE:
        raise UnsupportedFormat("A BMP with a header of 16 bytes, as OS/2 writes it, cannot be cleaned.")
    if header.info_size not in _SIZES or header.pixels_at < header.palette_at:
        raise CorruptImage("The header of the BMP is broken.", code="bmp_header")
    if not header.is_plain or header.bits not in _DEPTHS:
        raise UnsupportedFormat("A BMP with compressed pixels cannot be cleaned.", code="bmp_compression")
    if header.width <= 0 or not header.height:
        raise CorruptImage("The BMP has no size.", code="bmp_size")
    colours = 0
    if header.bits <= _MAX_PALETTE_DEPTH:
        room = (header.pixels_at - header.palette_at) // header.colour_size
        colours = min(header.colours or 1 << header.bits, 1 << header.bits, room)
    return BmpLayout(header, colours, _find_profile(data, header))


def _find_profile(data: bytes, header: BmpHeader) -> Span:
    """Return the bytes of an embedded profile; an empty span if there is none inside the file behind the pixels."""
    start = FILE_HEADER_SIZE
    space = data[start + COLOUR_SPACE_AT : start + COLOUR_SPACE_AT + 4]
    if header.info_size != V5_SIZE or space != EMBEDDED:
        return Span(0, 0)
    at, size = (int.from_bytes(data[at : at + 4], "little") for at in (start + PROFILE_AT, start + PROFILE_AT + 4))
    return Span(start + at, size) if header.end <= start + at <= len(data) - size else Span(0, 0)
