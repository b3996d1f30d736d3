"""Converts an image of any mode and ICC profile to 8-bit grey or sRGB, as a browser shows it. Alpha is kept."""

import io

from PIL import Image, ImageCms

#: Pillow's modes with one channel of more than 8 bits.
_DEEP_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
#: The colour space in an ICC profile's header (ICC.1:2022, table 19) and the Pillow mode that it describes.
_PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}


def flatten_modes(image: Image.Image) -> Image.Image:
    """Convert a decoded image to a mode that can be resampled: L, LA, RGB, RGBA, CMYK or LAB."""
    if image.mode in _DEEP_MODES:
        return _reduce_depth(image)
    if image.mode in ("CMYK", "LAB", "LA", "RGBA"):
        return image
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in ("1", "L", "La") else "RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def to_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Convert the result of flatten_modes() to L, LA, RGB or RGBA in sRGB. An unusable profile is ignored.

    May change `image` in place and return it.
    """
    profile = _usable_profile(image.mode, icc_profile)
    if image.mode in ("RGB", "RGBA"):
        return _apply_profile(image, profile, image.mode)
    if image.mode != "LA":
        return _apply_profile(image, profile, "L" if image.mode == "L" else "RGB")
    if profile is None:
        return image
    converted = _apply_profile(image.convert("L"), profile, "L")
    converted.putalpha(image.getchannel("A"))
    return converted


def _reduce_depth(image: Image.Image) -> Image.Image:
    """Scale 16-bit or float samples to 8 bits. Pillow's convert() would clip them."""
    transparent = image.info.get("transparency")
    if image.mode == "F":
        return _reduce_float(image)
    wide = image if image.mode == "I" else image.convert("I")
    grey = wide.point([value // 257 for value in range(65536)], "L")
    if isinstance(transparent, int):
        grey.putalpha(wide.point([0 if value == transparent else 255 for value in range(65536)], "L"))
    return grey


def _reduce_float(image: Image.Image) -> Image.Image:
    """Map 0..1 to 0..255, as TIFF defines. If a sample is outside 0..1, map the lowest to 0 and the highest to 255."""
    extrema = image.getextrema()
    low, high = float(str(extrema[0])), float(str(extrema[1]))
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scale = 255 / (high - low) if high > low else 1.0
    return image.point(lambda value: value * scale - low * scale).convert("L")


def _apply_profile(image: Image.Image, profile: ImageCms.ImageCmsProfile | None, target: str) -> Image.Image:
    """Convert to mode `target`, in place if the mode does not change: memory cannot hold a second full-size image."""
    if profile is None:
        return image if image.mode == target else image.convert(target)
    coloured = target == image.mode and target != "L"
    try:
        converted = ImageCms.profileToProfile(
            image,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode=target if coloured else "RGB",
            inPlace=coloured,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except ImageCms.PyCMSError:  # like a browser, ignore a profile that is broken
        converted = None
    result = converted or image
    return result if result.mode == target else result.convert(target)


def _usable_profile(mode: str, icc_profile: bytes | None) -> ImageCms.ImageCmsProfile | None:
    """Return the profile, or None if it is absent, broken, made for another mode, or sRGB already."""
    if not icc_profile:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        described = ImageCms.getProfileDescription(profile)
    except (OSError, ImageCms.PyCMSError):
        return None
    opaque = mode if mode in ("L", "RGB", "CMYK", "LAB") else mode[:-1]
    if _PROFILE_MODES.get(profile.profile.xcolor_space.strip()) != opaque or described.startswith("sRGB"):
        return None
    return profile
