"""Tells a file that is cut short from a file that is damaged, by the structure of each format.

Every entry point asks it, so that a cut upload has the same code everywhere. It does not decode.
"""

from collections.abc import Callable

from chalicelib.errors import CorruptImage
from chalicelib.imaging import bmp_header, gif_header, jpeg_header, tiff_header
from chalicelib.imaging.formats import ImageFormat

_PNG_SIGNATURE_SIZE, _CHUNK_FRAME = 8, 12
_RIFF_HEADER_SIZE, _RIFF_SIGNATURE_SIZE = 12, 8
_BOX_HEADER_SIZE, _LARGE_BOX_HEADER_SIZE = 8, 16
#: The boxes that a file of pictures needs (ISO/IEC 14496-12): any other box at its end may be garbage.
_NEEDED_BOXES = frozenset({b"ftyp", b"meta", b"moov", b"mdat"})
#: The start of a JPEG, and the most pictures behind each other in one file that are looked at.
_JPEG_START, _MAX_PICTURES = b"\xff\xd8\xff", 8
#: A picture has about five boxes outside all others. More are not read.
_MAX_BOXES = 1 << 12


def is_cut_short(data: bytes, image_format: ImageFormat) -> bool:
    """Return whether the file ends before the end that its own structure declares.

    A GIF may end without its last byte after a whole block, since many writers leave it out: nothing tells it from a
    cut there.
    """
    return _CHECKS[image_format](data)


def cut_short(image_format: ImageFormat) -> CorruptImage:
    """Return the error of a file that is cut short."""
    return CorruptImage(f"The {image_format.name} data is cut short. Send the whole file.", code="truncated_image")


def _is_jpeg_cut(data: bytes) -> bool:
    """Return whether the end-of-image marker is missing (ITU-T T.81, B.2.1), also that of a picture behind the first.

    A gain map is such a picture (ISO 21496-1; CIPA DC-007).
    """
    end = 0
    for _ in range(_MAX_PICTURES):
        end = _end_of_picture(data, end + len(_JPEG_START) - 1)
        if end < 0 or not data.startswith(_JPEG_START, end):
            return end < 0
    return False


def _end_of_picture(data: bytes, at: int) -> int:
    """Return the offset after the end-of-image marker, or -1."""
    return next((end for marker, end in jpeg_header.markers(data, at) if marker == jpeg_header.END_OF_IMAGE), -1)


def _is_png_cut(data: bytes) -> bool:
    """Return whether the chunk IEND is missing or not whole (PNG third edition, 5.6)."""
    at = _PNG_SIGNATURE_SIZE
    while at + _CHUNK_FRAME <= len(data) and data[at + 4 : at + 8] != b"IEND":
        at += _CHUNK_FRAME + int.from_bytes(data[at : at + 4], "big")
    return at + _CHUNK_FRAME > len(data)


def _is_gif_cut(data: bytes) -> bool:
    """Return whether a block is cut short, or there is no image (GIF89a, 15 to 27)."""
    try:
        return _has_cut_block(data, gif_header.end_of_header(data))
    except CorruptImage as error:
        return error.code == "truncated_image"


def _has_cut_block(data: bytes, end: int) -> bool:
    has_image = False
    while (match := gif_header.NEXT_BLOCK.search(data, end)) and match[0][0] != gif_header.END:
        if match[0][0] == gif_header.EXTENSION:
            end = gif_header.end_of_extension(data, match.start())
        else:
            end, has_image = gif_header.end_of_image(data, match.start()), True
    return not match and not has_image


def _is_webp_cut(data: bytes) -> bool:
    """Return whether there are fewer bytes than the RIFF header declares (RFC 9649, 2.4)."""
    size = int.from_bytes(data[4:8], "little")
    return len(data) < max(_RIFF_SIGNATURE_SIZE + size, _RIFF_HEADER_SIZE + _BOX_HEADER_SIZE)


def _is_iso_cut(data: bytes) -> bool:
    """Return whether a needed box is missing or longer than the file (ISO/IEC 14496-12, 4.2)."""
    at, found = 0, set()
    for _ in range(_MAX_BOXES):
        if at + _BOX_HEADER_SIZE > len(data):
            break
        size, kind, start = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], _BOX_HEADER_SIZE
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), _LARGE_BOX_HEADER_SIZE
        end = at + size if size else len(data)
        if kind in _NEEDED_BOXES and max(end, at + start) > len(data):
            return True
        if end > len(data) or end - at < start:
            return False  # garbage after the last box, or damage
        found.add(kind)
        at = end
    has_data = b"mdat" in found or (b"meta" in found and b"idat" in data)
    return not has_data or found.isdisjoint((b"meta", b"moov"))


def _is_bmp_cut(data: bytes) -> bool:
    """Return whether there are fewer bytes than the pixels need."""
    try:
        return bmp_header.read_header(data).end > len(data)
    except CorruptImage as error:
        return error.code == "truncated_image"


_CHECKS: dict[ImageFormat, Callable[[bytes], bool]] = {
    ImageFormat.JPEG: _is_jpeg_cut,
    ImageFormat.PNG: _is_png_cut,
    ImageFormat.GIF: _is_gif_cut,
    ImageFormat.WEBP: _is_webp_cut,
    ImageFormat.TIFF: tiff_header.is_cut_short,
    ImageFormat.BMP: _is_bmp_cut,
    ImageFormat.AVIF: _is_iso_cut,
    ImageFormat.HEIC: _is_iso_cut,
}
