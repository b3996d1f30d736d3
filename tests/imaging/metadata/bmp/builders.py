"""Build BMP files field by field."""

import struct


def bmp(
    *,
    width: int = 3,
    height: int = 2,
    bits: int = 24,
    compression: int = 0,
    colours: int = 0,
    info_size: int = 40,
    info: bytes = b"",
    palette: bytes | None = None,
    gap: bytes = b"",
    pixels: bytes | None = None,
    after: bytes = b"",
) -> bytes:
    """Return a file. `info` are the bytes of the header after the first 40; row ends are zero by default."""
    if palette is None:
        palette = b"\x01\x02\x03\0" * ((colours or 1 << bits) if bits <= 8 else 0)
    stride = (abs(width) * bits + 31) // 32 * 4
    coded = bytes(stride * abs(height)) if pixels is None else pixels
    at = 14 + info_size + len(palette) + len(gap)
    head = struct.pack("<IiiHHIIiiII", info_size, width, height, 1, bits, compression, 0, 0, 0, colours, 0)
    body = (head + info).ljust(info_size, b"\0") + palette + gap + coded + after
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, at) + body


def v5(profile: bytes, *, space: bytes = b"DEBM", profile_at: int = 0, size: int | None = None) -> bytes:
    """Return a file with a header of version 5 and a profile behind its pixels."""
    at = profile_at or 124 + 24
    place = struct.pack("<II", at, len(profile) if size is None else size)
    info = bytes(16) + space + bytes(48) + struct.pack("<I", 4) + place + bytes(4)
    return bmp(info_size=124, info=info, after=profile)
