"""Converts an 8-bit image from its colour space to sRGB. Alpha is kept."""

import io

from PIL import Image, ImageCms

from chalicelib.imaging.colour.curves import SRGB, Curve, encode_srgb
from chalicelib.imaging.colour.hdr import HdrSpace, compress
from chalicelib.imaging.colour.icc import is_srgb, matrix_profile, read_curves
from chalicelib.imaging.colour.sources import Space

#: The transforms of one colour space, by the modes of their images.
Transforms = dict[tuple[str, str], ImageCms.ImageCmsTransform]


def to_srgb(image: Image.Image, space: Space | None, transforms: Transforms | None = None) -> Image.Image:
    """Convert an image of mode L, LA, RGB, RGBA, CMYK or LAB to L, LA, RGB or RGBA in sRGB.

    A profile that Little CMS cannot use is ignored. May change `image` in place and return it.
    `transforms` keeps what is made for a second image of the same space: it costs 2 to 20 ms.
    """
    made: Transforms = {} if transforms is None else transforms
    if isinstance(space, HdrSpace):
        image, space = compress(image, space), matrix_profile(space.primaries, SRGB)
    if image.mode in ("L", "LA"):
        return _grey_to_srgb(image, space, made) if space else image
    target = image.mode if image.mode == "RGBA" else "RGB"
    if not space or is_srgb(space):
        return image if image.mode == target else image.convert(target)
    return _apply_profile(image, space, target, made)


def _grey_to_srgb(image: Image.Image, profile: bytes, made: Transforms) -> Image.Image:
    """Apply the curve of a grey profile, or of an RGB profile's green, to the levels. A table needs Little CMS."""
    if is_srgb(profile):
        return image
    curves = read_curves(profile)
    if curves:
        levels = srgb_levels(curves[len(curves) // 2], 255)
        return image.point(levels if image.mode == "L" else [*levels, *range(256)])
    opaque = image.convert("RGB" if profile[16:20] == b"RGB " else "L")
    converted = _apply_profile(opaque, profile, "RGB", made).convert("L")
    if image.mode == "LA":
        converted.putalpha(image.getchannel("A"))
    return converted


def srgb_levels(curve: Curve, last: int) -> list[int]:
    """Return the 8-bit sRGB level of each encoded level from 0 to `last`."""
    return [round(255 * encode_srgb(curve(level / last))) for level in range(last + 1)]


def _apply_profile(image: Image.Image, profile: bytes, target: str, made: Transforms) -> Image.Image:
    """Convert to mode `target`, in place if the mode does not change: memory cannot hold a second full-size image."""
    in_place = target == image.mode
    try:
        if (image.mode, target) not in made:
            made[image.mode, target] = _make_transform(profile, image.mode, target)
        converted = ImageCms.applyTransform(image, made[image.mode, target], inPlace=in_place)
    except (OSError, ImageCms.PyCMSError):  # like a browser, ignore a profile that is broken
        converted = None
    result = converted or image
    return result if result.mode == target else result.convert(target)


def _make_transform(profile: bytes, source: str, target: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        source,
        target,
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
