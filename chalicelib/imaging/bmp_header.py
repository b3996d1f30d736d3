"""Reads the header of a BMP: the file header, then one of the information headers (Windows GDI, BITMAPINFOHEADER)."""

import struct
from dataclasses import dataclass

from chalicelib.errors import CorruptImage

FILE_HEADER_SIZE = 14
_OS2_HEADER_SIZE, _INFO_HEADER_SIZE, MASKED_HEADER_SIZE = 12, 40, 52
#: The shortest header of OS/2 2.x: the first 16 bytes of the Windows header.
SHORT_HEADER_SIZE = 16
#: Values of biCompression: no compression, or no compression with masks for the channels.
UNCOMPRESSED, BIT_FIELDS, ALPHA_BIT_FIELDS = 0, 3, 6
_PLAIN = frozenset({UNCOMPRESSED, BIT_FIELDS, ALPHA_BIT_FIELDS})


@dataclass(frozen=True)
class BmpHeader:
    """What the header says: width and height in pixels, bits for a pixel, and where palette and pixels are.

    `info_size` is the size of the information header, and `pixels_at` the offset of the pixels, in bytes.
    """

    info_size: int
    width: int
    height: int
    bits: int
    compression: int
    coded_size: int
    colours: int
    pixels_at: int

    @property
    def is_plain(self) -> bool:
        """Return whether each row has a fixed number of bytes."""
        return self.compression in _PLAIN

    @property
    def row_bits(self) -> int:
        """Return the bits of a row without its padding."""
        return self.width * self.bits

    @property
    def stride(self) -> int:
        """Return the bytes of a row, padded to a multiple of 4."""
        return -(-self.row_bits // 32) * 4

    @property
    def end(self) -> int:
        """Return the offset after the last pixel."""
        return self.pixels_at + (self.stride * self.height if self.is_plain else self.coded_size)

    @property
    def masks_size(self) -> int:
        """Return the bytes of the channel masks that follow a header of 40 bytes."""
        if self.info_size != _INFO_HEADER_SIZE:
            return 0
        return {BIT_FIELDS: 12, ALPHA_BIT_FIELDS: 16}.get(self.compression, 0)

    @property
    def palette_at(self) -> int:
        """Return the offset of the palette."""
        return FILE_HEADER_SIZE + self.info_size + self.masks_size

    @property
    def colour_size(self) -> int:
        """Return the bytes of one colour of the palette."""
        return 3 if self.info_size == _OS2_HEADER_SIZE else 4


def read_header(data: bytes) -> BmpHeader:
    """Read the header. Raises CorruptImage if it is cut short, or if its size is not one that decoders know."""
    (pixels_at, info_size) = _unpack("<II", data, 10)
    if info_size == _OS2_HEADER_SIZE:
        width, height, _, bits = _unpack("<4H", data, 18)
        return BmpHeader(info_size, width, height, bits, UNCOMPRESSED, 0, 0, pixels_at)
    if info_size == SHORT_HEADER_SIZE:
        width, height, _, bits = _unpack("<iiHH", data, 18)
        return BmpHeader(info_size, width, abs(height), bits, UNCOMPRESSED, 0, 0, pixels_at)
    if info_size < _INFO_HEADER_SIZE:
        raise CorruptImage("The BMP has a header of an unknown size.", code="bmp_header")
    width, height, _, bits, compression, coded_size, _, _, colours = _unpack("<iiHHIIiiI", data, 18)
    _unpack("B", data, FILE_HEADER_SIZE + info_size - 1)
    return BmpHeader(info_size, width, abs(height), bits, compression, coded_size, colours, pixels_at)


def _unpack(layout: str, data: bytes, at: int) -> tuple[int, ...]:
    if at + struct.calcsize(layout) > len(data):
        raise CorruptImage("The BMP ends in its header.", code="truncated_image")
    return struct.unpack_from(layout, data, at)
