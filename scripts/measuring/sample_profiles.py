"""Build ICC profiles byte by byte (ICC.1:2001-04), for measurements and tests."""

import struct
from itertools import product

#: XYZ values, adapted to D50: the white point, and the primaries of sRGB and of Display P3.
_WHITE = (0.9642, 1.0, 0.8249)
_RED, _GREEN, _BLUE = (0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))


def display_p3(padding: int = 0) -> bytes:
    """Return an RGB profile with the primaries of Display P3; `padding` adds a private tag of that many bytes."""
    return _rgb("Wide like P3", _P3, {b"padd": b"\0" * padding} if padding else {})


def swapped_primaries() -> bytes:
    """Return an RGB profile whose red channel has the blue primary, and the reverse."""
    return _rgb("Red and blue swapped", (_BLUE, _GREEN, _RED))


def grey(gamma: float) -> bytes:
    """Return a grey profile with a gamma curve."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"desc": _text("Grey"), b"wtpt": _xyz(_WHITE), b"kTRC": _curve(gamma)})


def cmyk(grid: int = 2) -> bytes:
    """Return a CMYK profile whose colour table has grid ** 4 entries."""
    table = _table(4, grid, b"".join(_ink_colour(*inks) for inks in _grid_points(grid, 4)))
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"desc": _text("Plain press"), b"wtpt": _xyz(_WHITE), b"A2B0": table})


def _rgb(name: str, primaries: tuple[tuple[float, float, float], ...], more: dict[bytes, bytes] | None = None) -> bytes:
    tags = {b"desc": _text(name), b"wtpt": _xyz(_WHITE)} | (more or {})
    for letter, primary in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {letter + b"XYZ": _xyz(primary), letter + b"TRC": _curve(2.2)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def _profile(device_class: bytes, space: bytes, connection_space: bytes, tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, element in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(element))
        body += element + b"\0" * (-len(element) % 4)
    size, version = start + len(body), 0x02400000
    header = struct.pack(">I4xI4s4s4s12x4s", size, version, device_class, space, connection_space, b"acsp")
    return (header.ljust(68, b"\0") + _xyz(_WHITE)[8:]).ljust(128, b"\0") + table + body


def _text(text: str) -> bytes:
    encoded = text.encode() + b"\0"
    return b"desc" + struct.pack(">4xI", len(encoded)) + encoded + b"\0" * 78


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv" + struct.pack(">4xIH", 1, round(gamma * 256))


def _ink_colour(cyan: float, magenta: float, yellow: float, black: float) -> bytes:
    """Return the Lab colour of a mix of inks from 0 to 1, in three bytes."""
    paper = 1 - black
    lightness = paper * (3 - cyan - magenta - yellow) / 3
    a = 128 + 100 * paper * (magenta - cyan) / 2
    b = 128 + 100 * paper * (yellow - magenta / 2 - cyan / 2)
    return bytes((round(255 * lightness), round(a), round(b)))


def _grid_points(grid: int, channels: int) -> list[tuple[float, ...]]:
    steps = [index / (grid - 1) for index in range(grid)]
    return list(product(steps, repeat=channels))


def _table(channels: int, grid: int, cells: bytes) -> bytes:
    identity = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    ramp = bytes(range(256))
    head = b"mft1" + struct.pack(">4x3Bx", channels, 3, grid)
    return head + identity + ramp * channels + cells + ramp * 3
