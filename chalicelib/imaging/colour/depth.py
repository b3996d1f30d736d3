"""Reduces the samples of a decoded image to 8 bits. A curve that 8 bits cannot hold is applied first.

A linear curve has its shadows in the lowest of 65536 levels. With 256 levels, the darkest grey would be 13 in sRGB.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite

from PIL import Image, ImageChops

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.colour.conversion import srgb_levels
from chalicelib.imaging.colour.curves import Curve, encode_srgb
from chalicelib.imaging.colour.icc import read_curves, with_srgb_curves
from chalicelib.imaging.colour.sources import Space

#: Pillow's modes with one channel of more than 8 bits.
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
_ALPHA_MODES = frozenset({"LA", "RGBA"})
#: The rows that are converted at once: 32-bit copies of the whole image would need too much memory.
_ROWS = 64
_LAST = 65535
#: A curve needs 16 bits if the first of 255 steps is more than this many steps of sRGB.
_LARGEST_STEP = 2


@dataclass(frozen=True)
class Samples:
    """What Pillow's image does not say about the samples of its file."""

    #: Whether 0 is white, and Pillow has not inverted the samples (TIFF 6.0, section 8, PhotometricInterpretation).
    white_is_zero: bool = False
    #: The level of white of integer samples with more than 8 bits.
    white: int = _LAST
    #: Decodes the low bytes of colours of 16 bits. Pillow's image has the high bytes.
    read_low_bytes: Callable[[], Image.Image] | None = None
    #: Whether only the high bytes of colours of 16 bits can be decoded.
    lacks_low_bytes: bool = False


def flatten_modes(
    image: Image.Image, space: Space | None = None, samples: Samples | None = None
) -> tuple[Image.Image, Space | None]:
    """Convert a decoded image to a mode that can be resampled: L, LA, RGB, RGBA, CMYK or LAB.

    Returns it with the colour space that it has now. May change `image` in place and return it.
    Raises UnsupportedFormat if the shadows need low bytes that cannot be decoded.
    """
    samples = samples or Samples()
    curves = read_curves(space) if isinstance(space, bytes) else ()
    if image.mode in _DEEP_MODES:
        grey = _reduce_grey(image, curves[len(curves) // 2] if curves else None, samples)
        return grey, None if curves else space
    curve_needs_low = any(_needs_16_bits(curve) for curve in curves)
    if samples.lacks_low_bytes and curve_needs_low:
        raise UnsupportedFormat(
            "Darkroom does not read linear TIFF colours of 16 bits with associated alpha or in separate planes."
        )
    if samples.read_low_bytes and ("transparency" in image.info or curve_needs_low):
        return _reduce_colours(image, samples.read_low_bytes(), space, curves)
    return _to_channels(image), space


def _to_channels(image: Image.Image) -> Image.Image:
    if image.mode in ("CMYK", "LAB", "LA", "RGBA"):
        return image
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in ("1", "L", "La") else "RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _reduce_grey(image: Image.Image, curve: Curve | None, samples: Samples) -> Image.Image:
    """Scale samples of 12, 16 or 32 bits or floats to 8 bits. Pillow's convert() would clip them."""
    widen = _float_to_16_bits(image) if image.mode == "F" else _wide
    levels = _levels(curve, samples.white, samples.white_is_zero)
    transparent = image.info.get("transparency")
    grey = Image.new("L" if transparent is None else "LA", image.size)
    opacity = [0 if level == transparent else 255 for level in range(_LAST + 1)]
    for box in _bands(image):
        wide = widen(image.crop(box))
        bands = [wide.point(levels, "L")]
        if transparent is not None:
            bands.append(wide.point(opacity, "L"))
        grey.paste(Image.merge(grey.mode, bands), box)
    return grey


def _levels(curve: Curve | None, white: int = _LAST, inverted: bool = False) -> list[int]:
    """Return the 8-bit level of each 16-bit level. Without a curve, only the depth changes."""
    levels = srgb_levels(curve, white) if curve else [level * 255 // white for level in range(white + 1)]
    if inverted:
        levels.reverse()
    return levels + [levels[-1]] * (_LAST - white)


def _wide(band: Image.Image) -> Image.Image:
    """Return 16-bit levels in mode I. Of unsigned samples of 32 bits, keep the upper half."""
    if band.mode != "I":
        return band.convert("I")
    octets = Image.frombytes("RGBX", band.size, band.tobytes()).split()
    return _joined(octets[3], octets[2])


def _float_to_16_bits(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """Map 0..1 to 16 bits, as TIFF defines. If a sample is outside 0..1, map the lowest to 0 and the highest to 1.

    Raises UnsupportedFormat if Pillow finds no finite lowest and highest sample: all pixels would become black.
    """
    extrema = image.getextrema()
    low, high = float(str(extrema[0])), float(str(extrema[1]))
    if not isfinite(high - low):
        raise UnsupportedFormat("Darkroom does not read a TIFF with floats that are infinite or not a number.")
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scale = _LAST / (high - low) if high > low else 1.0
    return lambda band: band.point(lambda value: value * scale + (0.5 - low * scale)).convert("I")


def _reduce_colours(
    high: Image.Image, low: Image.Image, space: Space | None, curves: tuple[Curve, ...]
) -> tuple[Image.Image, Space | None]:
    """Combine high and low bytes, apply the curves, and make the transparent colour transparent."""
    transparent = high.info.pop("transparency", None)
    count = len(high.getbands()) - (high.mode in _ALPHA_MODES)
    matching = curves if len(curves) == count else curves[len(curves) // 2 :][:1] * count
    tables = {curve: _levels(curve) for curve in matching}
    result = high if transparent is None else Image.new("RGBA", high.size)
    for box in _bands(high):
        upper, lower = high.crop(box).split(), low.crop(box).split()
        wide = [_joined(*pair) for pair in zip(upper[:count], lower[:count], strict=True)]
        colours = (
            [each.point(tables[curve], "L") for each, curve in zip(wide, matching, strict=True)]
            if curves
            else upper[:count]
        )
        alpha = upper[count:] if transparent is None else [_opacity(wide, transparent)]
        result.paste(Image.merge(result.mode, (*colours, *alpha)), box)
    return result, with_srgb_curves(space) if isinstance(space, bytes) and curves else space


def _joined(upper: Image.Image, lower: Image.Image) -> Image.Image:
    return Image.frombytes("I;16", upper.size, Image.merge("LA", (lower, upper)).tobytes()).convert("I")


def _opacity(wide: list[Image.Image], transparent: tuple[int, ...]) -> Image.Image:
    """Return 0 where all channels have the transparent level, else 255."""
    differs = [
        each.point([0 if level == key else 255 for level in range(_LAST + 1)], "L")
        for each, key in zip(wide, transparent, strict=True)
    ]
    return ImageChops.lighter(ImageChops.lighter(differs[0], differs[1]), differs[2])


def _bands(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    for top in range(0, image.height, _ROWS):
        yield 0, top, image.width, min(top + _ROWS, image.height)


def _needs_16_bits(curve: Curve) -> bool:
    return 255 * encode_srgb(curve(1 / 255)) > _LARGEST_STEP
