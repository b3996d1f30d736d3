"""Compares a photo with its processed output: what the photo had, and what of it the output keeps."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chalicelib.imaging.colour.gamut import SRGB
from chalicelib.imaging.contents import Contents
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import Loss

if TYPE_CHECKING:
    from chalicelib.imaging.codec import Decoded
    from chalicelib.imaging.recipe import Recipe

#: The bits of the samples of each output, and of the alpha channel of those that have less or none.
_BITS, _ALPHA_BITS = 8, {ImageFormat.JPEG: 0, ImageFormat.GIF: 1}


def find_losses(
    contents: Contents, decoded: "Decoded", recipe: "Recipe", frames: int = 1, alpha: int = 0
) -> tuple[Loss, ...]:
    """Return what is lost in the output of a recipe with this number of frames. Empty for a plain photo.

    `alpha` has the bits of alpha that its frames need, of which `decoded` is only the first.
    """
    return tuple(each for each in _compare(contents, decoded, recipe, frames, alpha) if each.had != each.kept)


def _compare(contents: Contents, decoded: "Decoded", recipe: "Recipe", frames: int, alpha: int) -> Iterator[Loss]:
    yield Loss("frames", contents.frames, frames)
    yield Loss("further_pictures", contents.further_pictures, 0)
    yield Loss("bit_depth", contents.bits, _BITS)
    alpha = max(alpha, alpha_bits(decoded, recipe))
    yield Loss("alpha", alpha, min(alpha, _kept_alpha(recipe)))
    yield Loss("gamut", decoded.gamut, SRGB)
    yield Loss("gain_map", int(contents.has_gain_map), 0)
    yield Loss("c2pa", int(contents.has_c2pa), 0)


def alpha_bits(decoded: "Decoded", recipe: "Recipe") -> int:
    """Return the bits of alpha that the pixels need: 0 if all are opaque, 1 if the others are clear, else 8.

    They are not counted for an output that can have 8: it returns 0.
    """
    if decoded.image.mode not in ("LA", "RGBA") or _kept_alpha(recipe) == _BITS:
        return 0
    counts = decoded.image.getchannel("A").histogram()
    return _BITS if any(counts[1:-1]) else min(counts[0], 1)


def _kept_alpha(recipe: "Recipe") -> int:
    return 0 if recipe.background else _ALPHA_BITS.get(recipe.encoding.format, _BITS)
