"""Converts an 8-bit image from its colour space to sRGB. Alpha is kept."""

import io

from PIL import Image, ImageCms

from chalicelib.imaging.colour.curves import SRGB, Curve, encode_srgb
from chalicelib.imaging.colour.hdr import HdrSpace, compress
from chalicelib.imaging.colour.icc import is_srgb, matrix_profile, read_curves
from chalicelib.imaging.colour.sources import Space


def to_srgb(image: Image.Image, space: Space | None) -> Image.Image:
    """Convert an image of mode L, LA, RGB, RGBA, CMYK or LAB to L, LA, RGB or RGBA in sRGB.

    A profile that Little CMS cannot use is ignored. May change `image` in place and return it.
    """
    if isinstance(space, HdrSpace):
        image, space = compress(image, space), matrix_profile(space.primaries, SRGB)
    if image.mode in ("L", "LA"):
        return _grey_to_srgb(image, space) if space else image
    target = image.mode if image.mode == "RGBA" else "RGB"
    if not space or is_srgb(space):
        return image if image.mode == target else image.convert(target)
    return _apply_profile(image, space, target)


def _grey_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Apply the curve of a grey profile, or of an RGB profile's green, to the levels. A table needs Little CMS."""
    if is_srgb(profile):
        return image
    curves = read_curves(profile)
    if curves:
        levels = srgb_levels(curves[len(curves) // 2], 255)
        return image.point(levels if image.mode == "L" else [*levels, *range(256)])
    opaque = image.convert("RGB" if profile[16:20] == b"RGB " else "L")
    converted = _apply_profile(opaque, profile, "RGB").convert("L")
    if image.mode == "LA":
        converted.putalpha(image.getchannel("A"))
    return converted


def srgb_levels(curve: Curve, last: int) -> list[int]:
    """Return the 8-bit sRGB level of each encoded level from 0 to `last`."""
    return [round(255 * encode_srgb(curve(level / last))) for level in range(last + 1)]


def _apply_profile(image: Image.Image, profile: bytes, target: str) -> Image.Image:
    """Convert to mode `target`, in place if the mode does not change: memory cannot hold a second full-size image."""
    in_place = target == image.mode
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode=target,
            inPlace=in_place,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ImageCms.PyCMSError):  # like a browser, ignore a profile that is broken
        converted = None
    result = converted or image
    return result if result.mode == target else result.convert(target)
