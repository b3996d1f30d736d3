"""Finds the colour space of a picture, in every format, by the precedence of its specification.

PNG (third edition, 4.3): cICP, iCCP, sRGB, then gAMA and cHRM. AVIF and HEIC (MIAF, 7.3.6.4): ICC, then nclx.
BMP: ICC, then the calibrated space. EXIF comes last in every format. A source that decoders cannot use is passed over.
"""

import io
import struct
from collections.abc import Callable

from PIL import Image, ImageCms

from chalicelib.imaging.colour.bmp import calibrated_space, embedded_profile
from chalicelib.imaging.colour.cicp import space_of
from chalicelib.imaging.colour.curves import SRGB, Parametric
from chalicelib.imaging.colour.exif import names_adobe_rgb
from chalicelib.imaging.colour.hdr import HLG, PQ, HdrSpace
from chalicelib.imaging.colour.heif import read_nclx
from chalicelib.imaging.colour.icc import matrix_profile, read_tags
from chalicelib.imaging.colour.matrix import SRGB as SRGB_PRIMARIES
from chalicelib.imaging.colour.matrix import Primaries
from chalicelib.imaging.formats import ImageFormat

#: An ICC profile, or a space of high dynamic range.
Space = bytes | HdrSpace
_Source = Callable[[Image.Image, bytes], Space | None]

#: Adobe RGB (1998), 4.3.1: the primaries, and the exponent 2 + 51 / 256.
_ADOBE_RGB: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290))
_ADOBE_GAMMA = 2 + 51 / 256
#: Within this distance of 1 / 2.2, gAMA means the curve of sRGB (PNG, 11.3.2.5, tells writers of sRGB to write it too).
_GAMMA_TOLERANCE = 0.01
_CHROMATICITY_TOLERANCE = 0.002
_GREY = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
_PNG_SIGNATURE = 8


def find_space(image: Image.Image, data: bytes, image_format: ImageFormat) -> Space | None:
    """Return the colour space of an open image in `data`. None means sRGB, or that nothing usable is named."""
    for source in (*_SOURCES.get(image_format, (_from_icc,)), _from_exif):
        space = source(image, data)
        if space is not None:
            return space
    return None


def _from_icc(image: Image.Image, data: bytes) -> Space | None:
    """Return the ICC profile if Little CMS opens it and it describes the channels of the image."""
    profile = embedded_profile(data) if image.format == "BMP" else image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile:
        return None
    try:
        space = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError):
        return None
    if space not in _profile_spaces(image):
        return None
    return _from_icc_cicp(profile) or profile


def _profile_spaces(image: Image.Image) -> tuple[str, ...]:
    """Return the spaces that a profile may have (ICC.1:2022, table 19). Only PNG forbids an RGB profile for grey."""
    if image.mode in _GREY:
        return ("GRAY",) if image.format == "PNG" else ("GRAY", "RGB")
    return ({"CMYK": "CMYK", "LAB": "Lab"}.get(image.mode, "RGB"),)


def _from_icc_cicp(profile: bytes) -> HdrSpace | None:
    """Return PQ or HLG of the cicp tag (ICC.1:2022, 9.2.17), which browsers use instead of the profile's tables."""
    element = read_tags(profile).get(b"cicp", b"")
    if len(element) < 12 or element[9] not in (PQ, HLG):
        return None
    space = space_of(element[8], element[9])
    return space if isinstance(space, HdrSpace) else None


def _from_png_cicp(_image: Image.Image, data: bytes) -> Space | None:
    """Return the space of cICP (PNG, 11.3.2.6). Like browsers, ignore it unless it is RGB of full range."""
    at = _PNG_SIGNATURE
    while at + 12 <= len(data) and data[at + 4 : at + 8] not in (b"IDAT", b"IEND"):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"cICP" and size == 4 and data[at + 10 : at + 12] == b"\0\1":
            return space_of(data[at + 8], data[at + 9])
        at += 12 + size
    return None


def _from_png_srgb(image: Image.Image, _data: bytes) -> Space | None:
    return matrix_profile(SRGB_PRIMARIES, SRGB) if "srgb" in image.info else None


def _from_png_gamma(image: Image.Image, _data: bytes) -> Space | None:
    """Return the space of gAMA and cHRM (PNG, 11.3.2.1 and 11.3.2.2). Without one of them, sRGB's value is used."""
    gamma, chromaticities = image.info.get("gamma"), image.info.get("chromaticity")
    if not gamma and not chromaticities:
        return None
    primaries = _primaries(chromaticities) if chromaticities else SRGB_PRIMARIES
    curve = Parametric(1 / gamma) if gamma and 0.01 <= gamma <= 100 else SRGB
    if _is_srgb(primaries) and gamma and abs(gamma - 1 / 2.2) <= _GAMMA_TOLERANCE:
        curve = SRGB
    try:
        return matrix_profile(primaries, curve)
    except (ZeroDivisionError, struct.error):  # chromaticities on one line, or far outside the visible colours
        return None


def _primaries(chunk: tuple[float, ...]) -> Primaries:
    """Return the primaries of cHRM, which starts with the white point."""
    return chunk[2:4], chunk[4:6], chunk[6:8], chunk[0:2]  # type: ignore[return-value]  # mypy: slices have no length


def _is_srgb(primaries: Primaries) -> bool:
    pairs = (
        pair for one, other in zip(primaries, SRGB_PRIMARIES, strict=True) for pair in zip(one, other, strict=True)
    )
    return all(abs(value - wanted) <= _CHROMATICITY_TOLERANCE for value, wanted in pairs)


def _from_bmp(_image: Image.Image, data: bytes) -> Space | None:
    return calibrated_space(data)


def _from_nclx(_image: Image.Image, data: bytes) -> Space | None:
    codes = read_nclx(data)
    return space_of(*codes) if codes else None


def _from_exif(image: Image.Image, data: bytes) -> Space | None:
    """Return Adobe RGB for an RGB photo of a camera that names it in EXIF only."""
    if image.mode in _GREY or image.mode in ("CMYK", "LAB"):
        return None
    block = data if image.format == "TIFF" else image.info.get("exif")
    if not isinstance(block, bytes) or not names_adobe_rgb(block.removeprefix(b"Exif\0\0")):
        return None
    return matrix_profile(_ADOBE_RGB, Parametric(_ADOBE_GAMMA))


_SOURCES: dict[ImageFormat, tuple[_Source, ...]] = {
    ImageFormat.PNG: (_from_png_cicp, _from_icc, _from_png_srgb, _from_png_gamma),
    ImageFormat.BMP: (_from_icc, _from_bmp),
    ImageFormat.AVIF: (_from_icc, _from_nclx),
    ImageFormat.HEIC: (_from_icc, _from_nclx),
}
