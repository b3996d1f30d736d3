"""Reads what a BMP holds besides its pixels, and writes the file without it.

Bytes that no decoder reads become zeros: reserved fields, the fourth byte of each palette colour, the end of each row.
The new file has no gap and no trailer. Pixels keep every bit, and with them the fourth byte of 32-bit pixels.
"""

import struct
from collections.abc import Container, Iterator

from chalicelib.imaging.bmp_header import FILE_HEADER_SIZE, BmpHeader
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.metadata.bmp.layout import (
    COLOUR_SPACE_AT,
    EMBEDDED,
    OS2_V2_SIZE,
    PROFILE_AT,
    V4_SIZE,
    V5_SIZE,
    BmpLayout,
    read_layout,
)
from chalicelib.imaging.metadata.findings import Finding, FindingCounter, Kind, Reading, Stripped
from chalicelib.imaging.metadata.icc import clean_profile, inspect_profile

#: Where fields are in the information header. The density is in pixels for a metre.
_PLANES, _DENSITY, _COLOURS = slice(12, 14), slice(24, 32), slice(32, 36)
_CODED_SIZE, _IMPORTANT = slice(20, 24), slice(36, 40)
_COLOUR_SPACE, _CALIBRATION = slice(COLOUR_SPACE_AT, COLOUR_SPACE_AT + 4), slice(60, V4_SIZE)
_INTENT, _PROFILE, _RESERVED = slice(V4_SIZE, PROFILE_AT), slice(PROFILE_AT, 120), slice(120, V5_SIZE)
_INFO_HEADER_SIZE, _RESERVED_IN_FILE_HEADER = 40, slice(6, 10)
_CALIBRATED, _SRGB, _WINDOWS = bytes(4), b"BGRs", b" niW"
_INTENTS = frozenset({0, 1, 2, 4, 8})


def read(data: bytes) -> Reading:
    """Read what a BMP holds besides its pixels, and its size. Raises CorruptImage and UnsupportedFormat."""
    layout = read_layout(data)
    return Reading(_Inspector(data, layout).findings(), layout.size)


def strip(data: bytes) -> Stripped:
    """Return a copy without metadata, reserved bytes, gaps and trailer. Raises CorruptImage and UnsupportedFormat."""
    layout = read_layout(data)
    reading = Reading(_Inspector(data, layout).findings(), layout.size)
    return Stripped(_write(data, layout), ImageFormat.BMP, layout.size, reading.removable)


class _Inspector:
    """Collects the findings of one file."""

    def __init__(self, data: bytes, layout: BmpLayout) -> None:
        self._data = data
        self._layout = layout
        self._counter = FindingCounter()

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings, in the order of the file."""
        self._inspect_header()
        self._inspect_palette()
        header, profile = self._layout.header, self._layout.profile
        self._count_gap("before the pixels", self._layout.palette_end, header.pixels_at)
        hidden = _hidden_bytes(self._data, header)
        if hidden:
            self._counter.add(Kind.PADDING, "rows", hidden, "bytes at the ends of the rows")
        if profile.size:
            content = self._data[profile.at : profile.end]
            self._counter.extend(inspect_profile(content, "profile", profile.size))
            self._count_gap("before the profile", header.end, profile.at)
        behind = len(self._data) - max(header.end, profile.end)
        if behind:
            self._counter.add(Kind.TRAILER, "file", behind, "bytes after the pixels")
        return self._counter.findings()

    def _inspect_header(self) -> None:
        info = _info_header(self._data, self._layout.header)
        if any(self._data[_RESERVED_IN_FILE_HEADER]):
            self._counter.add(Kind.PRIVATE, "file header", 4, "reserved fields")
        if any(info[_DENSITY]) and len(info) >= _INFO_HEADER_SIZE:
            self._counter.add(Kind.DENSITY, "header", 8, "pixel density", allowed=True)
        if len(info) >= V4_SIZE and info[_COLOUR_SPACE] == _CALIBRATED:
            self._counter.add(Kind.COLOR, "header", 52, "colour information", allowed=True)
        changed = sum(old != new for old, new in zip(info, _clean_info_header(info, self._layout), strict=False))
        if len(info) == OS2_V2_SIZE or changed:
            self._counter.add(Kind.PRIVATE, "header", max(changed, 1), "fields that no decoder reads")

    def _inspect_palette(self) -> None:
        palette = _palette(self._data, self._layout)
        changed = sum(old != new for old, new in zip(palette, _clean_palette(palette, self._layout), strict=True))
        if changed:
            self._counter.add(Kind.PADDING, "palette", changed, "reserved bytes of the palette")

    def _count_gap(self, where: str, start: int, end: int) -> None:
        if end > start:
            self._counter.add(Kind.PADDING, where, end - start, "bytes that no decoder reads")


def _write(data: bytes, layout: BmpLayout) -> bytes:
    """Write the headers again, then the palette, the pixels and the colour profile."""
    header = layout.header
    info = _clean_info_header(_info_header(data, header), layout)
    masks = data[FILE_HEADER_SIZE + header.info_size :][: header.masks_size]
    palette = _clean_palette(_palette(data, layout), layout)
    pixels_at = FILE_HEADER_SIZE + len(info) + len(masks) + len(palette)
    pixels = _clean_pixels(data, header)
    profile = clean_profile(data[layout.profile.at : layout.profile.end]) if layout.profile.size else b""
    if len(info) == V5_SIZE:
        info = _set_profile(info, pixels_at - FILE_HEADER_SIZE + len(pixels), profile)
    size = pixels_at + len(pixels) + len(profile)
    start = b"BM" + struct.pack("<IHHI", size, 0, 0, pixels_at)
    return b"".join((start, info, masks, palette, pixels, profile))


def _info_header(data: bytes, header: BmpHeader) -> bytes:
    return data[FILE_HEADER_SIZE : FILE_HEADER_SIZE + header.info_size]


def _clean_info_header(old: bytes, layout: BmpLayout) -> bytes:
    """Return the information header with only what decoders read. That of OS/2 2.x becomes a Windows header."""
    if len(old) < _INFO_HEADER_SIZE:
        return old
    info = bytearray(old)
    if len(old) == OS2_V2_SIZE:
        info = bytearray(struct.pack("<I", _INFO_HEADER_SIZE) + old[4:_INFO_HEADER_SIZE])
    info[_PLANES] = struct.pack("<H", 1)
    coded = layout.header.stride * layout.header.height
    _keep_number(info, _CODED_SIZE, {0, coded}, coded)
    colours = layout.colours
    _keep_number(info, _COLOURS, {colours} | ({0} if colours in (0, 1 << layout.header.bits) else set()), colours)
    _keep_number(info, _IMPORTANT, range(colours + 1), 0)
    if len(info) in (V4_SIZE, V5_SIZE):
        _clean_colour_space(info, has_profile=layout.profile.size > 0)
    return bytes(info)


def _keep_number(info: bytearray, place: slice, valid: Container[int], otherwise: int) -> None:
    if int.from_bytes(info[place], "little") not in valid:
        info[place] = struct.pack("<I", otherwise)


def _clean_colour_space(info: bytearray, *, has_profile: bool) -> None:
    """Keep a calibration or an embedded profile. A linked profile goes, with the name of its file."""
    space = bytes(info[_COLOUR_SPACE])
    if space not in (_CALIBRATED, _SRGB, _WINDOWS) and not has_profile:
        info[_COLOUR_SPACE] = _SRGB
    if space != _CALIBRATED:
        info[_CALIBRATION] = bytes(V4_SIZE - _CALIBRATION.start)
    if len(info) == V5_SIZE:
        _keep_number(info, _INTENT, _INTENTS, 0)
        info[_PROFILE] = info[_PROFILE] if has_profile else bytes(8)
        info[_RESERVED] = bytes(4)


def _set_profile(info: bytes, at: int, profile: bytes) -> bytes:
    """Write offset and size of the profile, or sRGB if none is left."""
    new = bytearray(info)
    if profile:
        new[_PROFILE] = struct.pack("<II", at, len(profile))
    elif new[_COLOUR_SPACE] == EMBEDDED:
        new[_COLOUR_SPACE], new[_PROFILE] = _SRGB, bytes(8)
    return bytes(new)


def _palette(data: bytes, layout: BmpLayout) -> bytes:
    return data[layout.header.palette_at : layout.palette_end]


def _clean_palette(old: bytes, layout: BmpLayout) -> bytes:
    """Zero the reserved fourth byte of each colour (RGBQUAD)."""
    palette = bytearray(old)
    if layout.header.colour_size == 4:
        palette[3::4] = bytes(layout.colours)
    return bytes(palette)


def _row_ends(header: BmpHeader) -> Iterator[tuple[int, int]]:
    """Yield the offset in a row and the bits to keep of each byte that is not wholly pixels."""
    whole, bits = divmod(header.row_bits, 8)
    if bits:
        yield whole, 0xFF00 >> bits & 0xFF
    for at in range(whole + (1 if bits else 0), header.stride):
        yield at, 0


def _hidden_bytes(data: bytes, header: BmpHeader) -> int:
    """Count the bytes at the ends of the rows that hold more than pixels."""
    hidden = 0
    for at, mask in _row_ends(header):
        column = data[header.pixels_at + at : header.end : header.stride]
        hidden += sum(column.count(value) for value in range(1, 256) if value & ~mask)
    return hidden


def _clean_pixels(data: bytes, header: BmpHeader) -> bytes:
    """Zero the end of each row."""
    pixels = bytearray(data[header.pixels_at : header.end])
    for at, mask in _row_ends(header):
        pixels[at :: header.stride] = pixels[at :: header.stride].translate(bytes(value & mask for value in range(256)))
    return bytes(pixels)
