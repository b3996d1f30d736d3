"""The only open() and save(): bytes to an upright sRGB image, and back.

Stages: sniff, open the header, check the limits, decode (a JPEG at a reduced scale), set the colours right. No stage
decodes before the limits have passed, and nothing that the file said of itself (EXIF, XMP, comments) survives but the
orientation, which the resize applies. A stage takes its image over: at 50 megapixels there is no room for a second one.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, cast

from PIL import ExifTags, Image

from chalicelib.errors import CorruptImage, DarkroomError
from chalicelib.imaging.colour import flatten_modes, to_srgb
from chalicelib.imaging.formats import ImageFormat, sniff
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.limits import check_input, check_output, check_unopened

# The limits below are checked before any pixel is decoded; Pillow's own guard warns at half of what it refuses.
Image.MAX_IMAGE_PIXELS = None

#: The formats whose Pillow image holds the decoder, and two more pictures in it, as long as it lives.
_HOLDING = frozenset({ImageFormat.WEBP, ImageFormat.AVIF})


@dataclass(frozen=True)
class Decoded:
    """An image in L, LA, RGB or RGBA (sRGB), perhaps reduced, and the full upright size of its source.

    The pixels lie as they are stored: `orientation` (EXIF's, 1 to 8) is left to the resize, whose output is small.
    """

    image: Image.Image
    format: ImageFormat
    size: Size
    orientation: int = 1


@dataclass(frozen=True)
class Encoding:
    """How an image is written; `quality` is 1 to 100 and means nothing to PNG."""

    format: ImageFormat
    quality: int


def probe(data: bytes, max_pixels: int) -> ImageFormat:
    """Check what the header tells, without decoding: the format, and that the size is within the limits.

    Raises UnsupportedFormat, ImageTooLarge or CorruptImage.
    """
    image_format = sniff(data)
    with _translated(image_format):
        _open_within(data, image_format, max_pixels)
    return image_format


def decode(data: bytes, max_pixels: int, scale_for: Callable[[Size], Fraction]) -> Decoded:
    """Decode to an sRGB image at least as large as `scale_for(upright size)` asks for.

    Raises UnsupportedFormat, ImageTooLarge or CorruptImage; nothing else, whatever the bytes.
    """
    image_format = sniff(data)
    with _translated(image_format):
        opened = _open_within(data, image_format, max_pixels)
        source = _load(opened, image_format)
        del opened  # a decoder that _load() has done with goes here
        orientation, stored = _orientation(source), Size(*source.size)
        upright = stored.transposed if orientation >= 5 else stored
        image = _reduced_srgb(source, stored, scale_for(upright))
        return Decoded(image, image_format, upright, orientation)


def encode(image: Image.Image, encoding: Encoding, max_pixels: int) -> bytes:
    """Write the pixels and nothing else.

    Raises ImageTooLarge when they are more than the format's share of `max_pixels`.
    """
    check_output(Size(*image.size), encoding.format, image.mode, max_pixels)
    clean = image if encoding.format is not ImageFormat.JPEG else _without_alpha(image)
    buffer = io.BytesIO()
    clean.save(buffer, encoding.format.pillow_name, **_save_options(encoding))
    return buffer.getvalue()


def _reduced_srgb(source: Image.Image, stored: Size, scale: Fraction) -> Image.Image:
    icc_profile = source.info.get("icc_profile")
    reduced = _reduce(source, stored, scale)
    if reduced is not source:
        source.close()  # frees its pixels, though a caller's name still holds it
    image = to_srgb(reduced, icc_profile)
    if image is not reduced:
        reduced.close()
    image.info = {}
    return image


def _reduce(source: Image.Image, stored: Size, scale: Fraction) -> Image.Image:
    """Decode no more than is needed: first the JPEG decoder's own scaling, then a resize that pays for itself."""
    target = (ceil(stored.width * scale), ceil(stored.height * scale))
    # As thumbnail() does: the decoder leaves twice the resolution, and `box` is what its rounding left of the picture.
    drafted = source.draft(None, (target[0] * 2, target[1] * 2))
    source.load()
    flat = flatten_modes(source)
    if target[0] * 2 > flat.width or target[1] * 2 > flat.height:
        return flat
    box = drafted[1] if drafted else None
    return flat.resize(target, Image.Resampling.HAMMING, box, reducing_gap=2.0)


def _open_within(data: bytes, image_format: ImageFormat, max_pixels: int) -> Any:
    check_unopened(data, image_format, max_pixels)
    opened = _open(data, image_format)
    check_input(opened, data, image_format, max_pixels)
    return opened


def _open(data: bytes, image_format: ImageFormat) -> Any:
    """Read the header: a Pillow image, or pi_heif's file, which has the same size, mode and info."""
    if image_format is not ImageFormat.HEIC:
        return Image.open(io.BytesIO(data), formats=[image_format.pillow_name])
    import pi_heif  # here, since it costs 30 ms of every cold start, and few photos are HEIC

    return pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)


def _load(opened: Any, image_format: ImageFormat) -> Image.Image:
    """Decode all but a JPEG, which draft() makes smaller first.

    pi_heif's own Pillow plugin is passed by: it decodes a file of several pictures again at every load().
    """
    if image_format is ImageFormat.HEIC:
        return cast("Image.Image", opened.to_pillow())
    image = cast("Image.Image", opened)
    if image_format in _HOLDING:
        return image.copy()
    if image_format is not ImageFormat.JPEG:
        image.load()
    return image


@contextmanager
def _translated(image_format: ImageFormat) -> Iterator[None]:
    try:
        yield
    except DarkroomError:
        raise
    except Exception as error:  # hostile files make decoders raise anything, MemoryError included
        truncated = "truncated" in str(error)
        raise CorruptImage(
            f"The {image_format.name} data {'is cut short' if truncated else 'is damaged'} and cannot be decoded.",
            code="truncated_image" if truncated else None,
        ) from error


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation, 1 to 8; a picture whose EXIF is unreadable stands as it is stored."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001 - Pillow's EXIF reader raises anything on a broken block of a good picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _without_alpha(image: Image.Image) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    opaque = Image.new(image.mode[:-1], image.size, "white")
    opaque.paste(image.convert(image.mode[:-1]), mask=image.getchannel("A"))
    return opaque


def _save_options(encoding: Encoding) -> dict[str, int | bool]:
    if encoding.format is ImageFormat.PNG:
        # Run-length matching at level 1: five times faster than the default on photos, and smaller.
        return {"compress_level": 1, "compress_type": 3}
    if encoding.format is ImageFormat.AVIF:
        return {"quality": encoding.quality, "speed": 8}
    return {"quality": encoding.quality}
