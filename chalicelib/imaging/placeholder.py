"""Makes what a client shows while a picture loads: a ThumbHash, and the dominant colour.

The format of the hash is Evan Wallace's: https://evanw.github.io/thumbhash.
It holds the first factors of a cosine transform, as in JPEG, of four channels: the lightness (l), the difference of
yellow and blue (p), the difference of red and green (q), and the alpha (a), which an opaque picture has not.
"""

import math
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul

from PIL import Image

from chalicelib.imaging.geometry import Size
from chalicelib.imaging.resampling import Extent
from chalicelib.records import Placeholder

#: The longest side in pixels of the copy that is hashed. The hash has no detail that a larger one would show.
_SIDE = 32
#: Of a longer side, about so many pixels are read: to read all pixels of a large picture costs up to 20 ms.
_SAMPLES = 256
#: The pixels from one sample to the next are a whole number and this much more, so that stripes and dots of any width
#: have their share. At every second pixel, a chessboard would be white.
_FRACTION = 0.618
#: The shortest side. On a single pixel, the cosines of a flat colour would not add up to nothing.
_SHORTEST = 4
#: A pixel with less alpha does not count for the dominant colour.
_VISIBLE = 128
#: Two colours are alike if each channel is in the same one of eight steps.
_STEP_BITS = 5
#: The dominant colour of a picture without a visible pixel. A JPEG of it is white as well.
_NO_COLOR = "#ffffff"
#: A factor of a flat channel is not 0, but an error of rounding. Divided by the largest, it would look like a pattern.
_NOISE = 1e-9

Channel = Sequence[float]


@dataclass(frozen=True)
class _Factors:
    """The cosine transform of a channel: its mean, the largest other factor, and the others, scaled to 0 to 1."""

    mean: float
    scale: float
    others: Sequence[float]


def shrink(image: Image.Image, extent: Extent) -> Image.Image:
    """Return a copy of at most 32 pixels a side of an image in any mode whose picture has this extent."""
    width, height = map(_samples, extent)
    if (width, height) != extent:
        image = image.resize((width, height), Image.Resampling.NEAREST, (0, 0, *extent))
    scale = min(1.0, _SIDE / max(extent))
    small = [max(_SHORTEST, round(side * scale)) for side in extent]
    return image.resize((small[0], small[1]), Image.Resampling.BOX, (0, 0, width, height))


def _samples(side: float) -> int:
    """Return how many pixels of a side are read."""
    return max(1, round(side if side <= _SAMPLES else side / (side // _SAMPLES + _FRACTION)))


def make_placeholder(image: Image.Image) -> Placeholder:
    """Return the placeholder of an upright image in mode L, LA, RGB or RGBA (sRGB)."""
    small = shrink(image, image.size)
    pixels = small.convert("RGBA").tobytes()
    return Placeholder(b64encode(_hash(pixels, Size(*small.size))).decode(), _dominant_color(pixels))


def _dominant_color(pixels: bytes) -> str:
    """Return the mean of the largest group of pixels that are alike."""
    visible = [pixel for pixel in zip(*(pixels[band::4] for band in range(4)), strict=True) if pixel[3] >= _VISIBLE]
    if not visible:
        return _NO_COLOR
    groups = [(red >> _STEP_BITS, green >> _STEP_BITS, blue >> _STEP_BITS) for red, green, blue, _ in visible]
    [(largest, count)] = Counter(groups).most_common(1)
    alike = [pixel[:3] for pixel, group in zip(visible, groups, strict=True) if group == largest]
    return "#" + "".join(f"{round(sum(band) / count):02x}" for band in zip(*alike, strict=True))


def _hash(pixels: bytes, size: Size) -> bytes:
    channels = _channels(pixels)
    has_alpha = min(channels[3]) < 1
    most, longest = (5 if has_alpha else 7), max(size.width, size.height)
    columns, rows = (max(1, _round(most * side / longest)) for side in (size.width, size.height))
    light = _transform(channels[0], size, max(3, columns), max(3, rows))
    yellow, red = (_transform(channel, size, 3, 3) for channel in channels[1:3])
    is_wide = size.width > size.height
    head = _round(63 * light.mean) | _round(31.5 + 31.5 * yellow.mean) << 6 | _round(31.5 + 31.5 * red.mean) << 12
    head |= _round(31 * light.scale) << 18 | has_alpha << 23
    tail = rows if is_wide else columns
    tail |= _round(63 * yellow.scale) << 3 | _round(63 * red.scale) << 9 | is_wide << 15
    factors = [*light.others, *yellow.others, *red.others]
    if has_alpha:
        alpha = _transform(channels[3], size, 5, 5)
        factors = [alpha.mean, alpha.scale, *factors, *alpha.others]
    return head.to_bytes(3, "little") + tail.to_bytes(2, "little") + _pack(factors)


def _channels(pixels: bytes) -> tuple[Channel, Channel, Channel, Channel]:
    """Return the lightness, the two differences of colour, and the alpha; all but the differences from 0 to 1."""
    red, green, blue, alpha = ([value / 255 for value in pixels[band::4]] for band in range(4))
    if min(alpha) < 1:
        red, green, blue = (_blend(band, alpha) for band in (red, green, blue))
    light = [(r + g + b) / 3 for r, g, b in zip(red, green, blue, strict=True)]
    yellow = [(r + g) / 2 - b for r, g, b in zip(red, green, blue, strict=True)]
    return light, yellow, [r - g for r, g in zip(red, green, strict=True)], alpha


def _blend(band: Channel, alpha: Channel) -> list[float]:
    """Return a band on its own mean: the less transparent pixels change it, the better the factors show the others."""
    mean = sum(map(mul, band, alpha)) / (sum(alpha) or 1.0)
    return [mean + (value - mean) * opacity for value, opacity in zip(band, alpha, strict=True)]


def _transform(channel: Channel, size: Size, columns: int, rows: int) -> _Factors:
    """Return the factors of the lowest frequencies: a triangle of at most `columns` by `rows`."""
    width, height = size.width, size.height
    lines = [channel[start : start + width] for start in range(0, size.pixels, width)]
    across = [[sum(map(mul, line, _wave(width, column))) for line in lines] for column in range(columns)]
    mean, *others = (
        sum(map(mul, across[column], _wave(height, row))) / size.pixels
        for row in range(rows)
        for column in range(columns)
        if column * rows < columns * (rows - row)
    )
    scale = max(map(abs, others))
    return _Factors(mean, scale, [0.5 + 0.5 * value / scale if scale > _NOISE else 0.0 for value in others])


@cache
def _wave(side: int, frequency: int) -> Channel:
    """Return one cosine along a side. Both arguments have few values, so that few results are kept."""
    return tuple(math.cos(math.pi / side * frequency * (at + 0.5)) for at in range(side))


def _pack(factors: Sequence[float]) -> bytes:
    """Return factors from 0 to 1 as half bytes, the low half first."""
    halves = [_round(15 * value) for value in factors] + [0] * (len(factors) % 2)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))


def _round(value: float) -> int:
    """Round half up, as JavaScript does."""
    return math.floor(value + 0.5)
