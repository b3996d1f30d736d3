"""Build EXIF blocks and TIFF directories byte by byte."""

import struct

from PIL import Image, TiffImagePlugin


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


def studio_exif(density: tuple[int, int] | None = (300, 1), unit: int = 2, space: int = 0xFFFF) -> bytes:
    """Return a block of a studio camera: names, a density, and the colour space Adobe RGB (R03)."""
    exif = Image.Exif()
    exif[315] = "SECRET artist"
    if density:
        exif[0x011A] = exif[0x011B] = TiffImagePlugin.IFDRational(*density)
        exif[0x0128] = unit
    exif.get_ifd(0x8769).update({0xA001: space, 0xA431: "SECRET serial", 0xA005: {1: "R03"}})
    return exif.tobytes().removeprefix(b"Exif\0\0")


def apple_note(
    headroom: tuple[int, int] | None = (101, 100), gain: tuple[int, int] | None = (1, 50), order: str = ">"
) -> bytes:
    """Return a maker note of an iPhone: a version, the two values of the headroom, and a private name."""
    values = [(0x21, headroom), (0x30, gain)]
    fields = [(tag, 10, 1, struct.pack(f"{order}ii", *pair)) for tag, pair in values if pair]
    fields.append((0x11, 2, 16, b"SECRET asset id\0"))
    body, at = b"", 14 + 2 + 12 * len(fields) + 4
    entries = struct.pack(f"{order}H", len(fields))
    for tag, kind, count, value in sorted(fields):
        entries += struct.pack(f"{order}HHII", tag, kind, count, at + len(body))
        body += value
    return b"Apple iOS\0\0\1" + (b"MM" if order == ">" else b"II") + entries + bytes(4) + body


def iphone_exif(note: bytes) -> bytes:
    """Return a block with a maker note, an orientation of 6 and a private name."""
    exif = Image.Exif()
    exif[274] = 6
    exif[315] = "SECRET artist"
    exif.get_ifd(0x8769)[0x927C] = note
    return exif.tobytes().removeprefix(b"Exif\0\0")
