"""Finds the colour space of a picture, in every format, by the precedence of its specification.

PNG (third edition, 4.3): cICP, iCCP, sRGB, then gAMA and cHRM. AVIF and HEIC (MIAF, 7.3.6.4): ICC, then nclx.
BMP: ICC, then the calibrated space. EXIF comes last, where a scrub can keep it: not in AVIF and HEIC, whose `colr` box
names the colours (MIAF, 7.3.6.4). A source that decoders cannot use is passed over.
"""

import io
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
from chalicelib.imaging.colour.png import coded_space, gamma_space, read_chunks
from chalicelib.imaging.formats import ImageFormat

#: An ICC profile, or a space of high dynamic range.
Space = bytes | HdrSpace
_Source = Callable[[Image.Image, bytes], Space | None]

#: Adobe RGB (1998), 4.3.1: the primaries, and the exponent 2 + 51 / 256.
ADOBE_RGB: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), (0.3127, 0.3290))
_ADOBE_GAMMA = 2 + 51 / 256
_GREY = frozenset({"1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"})


def find_space(image: Image.Image, data: bytes, image_format: ImageFormat) -> Space | None:
    """Return the colour space of an open image in `data`. None means sRGB, or that nothing usable is named."""
    for source in _SOURCES.get(image_format, (_from_icc, _from_exif)):
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
    if profile[16:20] != b"RGB " or len(element) < 12 or element[9] not in (PQ, HLG):
        return None
    space = space_of(element[8], element[9])
    return space if isinstance(space, HdrSpace) else None


def _from_png(image: Image.Image, data: bytes) -> Space | None:
    """Return the first usable source: cICP, iCCP, sRGB, then gAMA and cHRM (PNG, 4.3)."""
    chunks = read_chunks(data)
    space: Space | None = coded_space(chunks[b"cICP"]) if b"cICP" in chunks else None
    if space is None and b"iCCP" in chunks:
        space = _from_icc(image, data)
    if space is None and b"sRGB" in chunks:
        space = matrix_profile(SRGB_PRIMARIES, SRGB)
    if space is None and chunks.keys() & {b"gAMA", b"cHRM"}:
        space = gamma_space(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""))
    return space


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
    return matrix_profile(ADOBE_RGB, Parametric(_ADOBE_GAMMA))


_SOURCES: dict[ImageFormat, tuple[_Source, ...]] = {
    ImageFormat.PNG: (_from_png, _from_exif),
    ImageFormat.BMP: (_from_icc, _from_bmp),
    ImageFormat.AVIF: (_from_icc, _from_nclx),
    ImageFormat.HEIC: (_from_icc, _from_nclx),
}
