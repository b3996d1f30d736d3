"""ICC profiles made from nothing but struct (ICC.1:2001-04), for measurements and tests."""

import struct
from itertools import product

#: The XYZ of the D50 white and of sRGB's three primaries, adapted to D50.
_WHITE = (0.9642, 1.0, 0.8249)
_RED, _GREEN, _BLUE = (0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
#: Those of Display P3.
_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))


def display_p3(ballast: int = 0) -> bytes:
    """Make a wide-gamut RGB profile, Display P3's primaries; `ballast` bytes in a private tag make it large."""
    return _rgb("Wide like P3", _P3, {b"ball": b"\0" * ballast} if ballast else {})


def swapped_primaries() -> bytes:
    """Make an RGB profile in which the red channel is blue light, and the reverse."""
    return _rgb("Red and blue swapped", (_BLUE, _GREEN, _RED))


def grey(gamma: float) -> bytes:
    """Make a grey profile of one exponent."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"desc": _text("Grey"), b"wtpt": _xyz(_WHITE), b"kTRC": _curve(gamma)})


def cmyk(grid: int = 2) -> bytes:
    """Make a CMYK profile of a plain press: each ink takes its light; its table holds grid ** 4 colours."""
    tags = {b"desc": _text("Plain press"), b"wtpt": _xyz(_WHITE), b"A2B0": _press(grid)}
    return _profile(b"prtr", b"CMYK", b"Lab ", tags)


def _rgb(name: str, primaries: tuple[tuple[float, float, float], ...], more: dict[bytes, bytes] | None = None) -> bytes:
    tags = {b"desc": _text(name), b"wtpt": _xyz(_WHITE)} | (more or {})
    for letter, primary in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {letter + b"XYZ": _xyz(primary), letter + b"TRC": _curve(2.2)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    directory, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        directory += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    header = struct.pack(">I4xI4s4s4s12x4s", start + len(body), 0x02400000, kind, space, connection, b"acsp")
    return (header.ljust(68, b"\0") + _xyz(_WHITE)[8:]).ljust(128, b"\0") + directory + body


def _text(text: str) -> bytes:
    words = text.encode() + b"\0"
    return b"desc" + struct.pack(">4xI", len(words)) + words + b"\0" * 78


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv" + struct.pack(">4xIH", 1, round(gamma * 256))


def _press(grid: int) -> bytes:
    cells = b"".join(_ink(*inks) for inks in _nodes(grid, 4))
    return _table(4, grid, cells)


def _ink(cyan: float, magenta: float, yellow: float, black: float) -> bytes:
    paper = 1 - black
    light = paper * (3 - cyan - magenta - yellow) / 3
    return _lab(light, 128 + 100 * paper * (magenta - cyan) / 2, 128 + 100 * paper * (yellow - magenta / 2 - cyan / 2))


def _lab(light: float, green_red: float, blue_yellow: float) -> bytes:
    return bytes((round(255 * light), round(green_red), round(blue_yellow)))


def _nodes(grid: int, channels: int) -> list[tuple[float, ...]]:
    steps = [index / (grid - 1) for index in range(grid)]
    return list(product(steps, repeat=channels))


def _table(channels: int, grid: int, cells: bytes) -> bytes:
    identity = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    ramp = bytes(range(256))
    head = b"mft1" + struct.pack(">4x3Bx", channels, 3, grid)
    return head + identity + ramp * channels + cells + ramp * 3
