"""Shows PQ and HLG pictures in the range of sRGB, by the tone curve with which Chromium shows them on such a display.

Sources: ITU-R BT.2100-2, tables 4 and 5 (PQ, HLG and its display of 1000 cd/m2); ITU-R BT.2408, 2.1 (graphics white is
203 cd/m2). The tone curve is Reinhard's extended one: x * (1 + x / peak ** 2) / (1 + x). x is the largest channel in
units of graphics white, and peak is 1000 / 203. The hue and the order of all levels stay, and 1000 cd/m2 becomes white.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import exp
from typing import Any

from PIL import Image

from chalicelib.imaging.colour.curves import encode_srgb
from chalicelib.imaging.colour.matrix import Primaries, to_xyz

PQ, HLG = 16, 18
_WHITE, _PEAK = 203.0, 1000.0 / 203.0
#: The rows that are converted at once. A float image of the whole picture would need too much memory.
_ROWS = 32


@dataclass(frozen=True)
class HdrSpace:
    """Primaries, and the transfer PQ (16) or HLG (18)."""

    primaries: Primaries
    transfer: int


def compress(image: Image.Image, space: HdrSpace) -> Image.Image:
    """Convert an image of mode L, LA, RGB or RGBA to the same primaries with the curve of sRGB.

    The image is changed in place and returned.
    """
    for top in range(0, image.height, _ROWS):
        box = (0, top, image.width, min(top + _ROWS, image.height))
        bands = image.crop(box).split()
        colours, alpha = (bands[:-1], bands[-1:]) if image.mode in ("LA", "RGBA") else (bands, ())
        image.paste(Image.merge(image.mode, (*_compress(colours, space), *alpha)), box)
    return image


def _compress(channels: tuple[Image.Image, ...], space: HdrSpace) -> list[Image.Image]:
    """Return the channels in 8 bits. The light of a channel is a float in units of graphics white."""
    from PIL import ImageMath  # imported here: it would cost every cold start 3 ms, and few photos are HDR

    decode = _decode_pq if space.transfer == PQ else _decode_hlg
    light = [channel.point(_table(decode), "F") for channel in channels]
    names = {"red": light[0], "green": light[len(light) // 2], "blue": light[-1]}
    if space.transfer == HLG:
        gain = ImageMath.lambda_eval(lambda of: _system_gain(of, space.primaries), **names)
        names = {name: ImageMath.lambda_eval(_product, one=one, other=gain) for name, one in names.items()}
    gain = ImageMath.lambda_eval(_tone_gain, **names)
    levels = (ImageMath.lambda_eval(_level, one=one, other=gain) for one in list(names.values())[: len(channels)])
    return [each.point(_encode_table(), "L") for each in levels]


def _system_gain(of: dict[str, Any], primaries: Primaries) -> Any:
    """Return the ratio of display light to scene light. HLG has a system gamma of 1.2 (BT.2100, table 5)."""
    red, green, blue = to_xyz(primaries)[1]
    return (of["red"] * red + of["green"] * green + of["blue"] * blue) ** 0.2 * _PEAK


def _tone_gain(of: dict[str, Any]) -> Any:
    brightest = of["max"](of["max"](of["red"], of["green"]), of["blue"])
    return (brightest / _PEAK**2 + 1.0) / (brightest + 1.0)


def _product(of: dict[str, Any]) -> Any:
    return of["one"] * of["other"]


def _level(of: dict[str, Any]) -> Any:
    return of["convert"](of["min"](of["one"] * of["other"], 1.0) * 65535.0 + 0.5, "I")


@cache
def _table(decode: Callable[[float], float]) -> list[float]:
    return [decode(level / 255) for level in range(256)]


@cache
def _encode_table() -> list[int]:
    return [round(255 * encode_srgb(level / 65535)) for level in range(65536)]


def _decode_pq(value: float) -> float:
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = value ** (1 / m2)
    return float(10_000 / _WHITE * (max(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


def _decode_hlg(value: float) -> float:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return value * value / 3 if value <= 0.5 else (exp((value - c) / a) + b) / 12
