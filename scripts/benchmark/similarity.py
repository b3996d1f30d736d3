"""SSIM of a result against the best that the photo allows: a full decode and one LANCZOS."""

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

#: The window and the constants of Wang, Bovik, Sheikh and Simoncelli (2004), for 8 bits.
_SIGMA, _C1, _C2 = 1.5, (0.01 * 255) ** 2, (0.03 * 255) ** 2


def against_best(photo: Path, result: Path) -> float:
    """Return the SSIM of a result and the photo, decoded whole and reduced once to the size of the result."""
    with Image.open(photo) as source, Image.open(result) as made:
        upright = in_srgb(ImageOps.exif_transpose(source))
        best = upright.resize(made.size, Image.Resampling.LANCZOS) if made.size != upright.size else upright
        return ssim(best, made)


def in_srgb(image: Image.Image) -> Image.Image:
    """Return a picture in sRGB, by its profile if it has one. For CMYK without a profile, Pillow has a formula."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image.convert("RGB")
    named = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    srgb = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, named, srgb, renderingIntent=intent, outputMode="RGB")
    return converted if converted is not None else image.convert("RGB")


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Return the mean SSIM of the luma of two pictures of one size."""
    first, second = _luma(one), _luma(other)
    mean1, mean2 = _blur(first), _blur(second)
    variance1, variance2 = _blur(first * first) - mean1 * mean1, _blur(second * second) - mean2 * mean2
    covariance = _blur(first * second) - mean1 * mean2
    above = (mean1 * mean2 * 2 + _C1) * (covariance * 2 + _C2)
    below = (mean1 * mean1 + mean2 * mean2 + _C1) * (variance1 + variance2 + _C2)
    return float((above / below).avg())


def _luma(image: Image.Image) -> Any:
    import pyvips  # its arithmetic on floats; nothing of a decoder

    grey = image.convert("RGB").convert("L")
    return pyvips.Image.new_from_memory(grey.tobytes(), *grey.size, 1, "uchar").cast("float")


def _blur(image: Any) -> Any:
    return image.gaussblur(_SIGMA, precision="float")
