"""Build EXIF blocks and TIFF directories byte by byte."""

import struct

from PIL import Image


def camera_exif() -> bytes:
    """Return a block with an orientation of 6, a GPS position, a serial number and a maker note."""
    exif = Image.Exif()
    exif[271] = "SECRET maker"
    exif[274] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8769)[0xA431] = "SECRET serial"
    exif.get_ifd(0x8769)[0x927C] = b"SECRET note"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """Return a little-endian directory of (tag, type, count, value or offset); `following` is the next one's offset."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def block(*directories: bytes) -> bytes:
    """Return a little-endian TIFF block whose first directory is at offset 8."""
    return b"II*\0" + struct.pack("<I", 8) + b"".join(directories)
