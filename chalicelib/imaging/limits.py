"""What a picture may measure: pixels in and out by format, and the scans of a JPEG; told before anything is decoded.

The shares keep the worst allowed photo below 400 MB; docs/memory.md measures them.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.gif_header import read_canvas

#: The share of the pixel limit that each format may use: decoding costs differ.
INPUT_SHARE = {
    ImageFormat.JPEG: Fraction(1),
    ImageFormat.HEIC: Fraction(1),
    ImageFormat.PNG: Fraction(4, 5),
    ImageFormat.TIFF: Fraction(4, 5),
    ImageFormat.BMP: Fraction(4, 5),
    ImageFormat.GIF: Fraction(4, 5),
    ImageFormat.AVIF: Fraction(1, 2),
    ImageFormat.WEBP: Fraction(8, 25),
}
#: An alpha channel is resampled premultiplied, in a second copy; CMYK is converted into one.
ALPHA_SHARE, CMYK_SHARE = Fraction(1, 2), Fraction(4, 5)
#: The part of its share that a JPEG of several scans may use: all its coefficients are held, 2 bytes a sample.
SCANS_SHARE = Fraction(13, 20)
OUTPUT_SHARE = {
    ImageFormat.PNG: Fraction(1),
    ImageFormat.JPEG: Fraction(1),
    ImageFormat.WEBP: Fraction(3, 4),
    ImageFormat.AVIF: Fraction(1, 2),
}
#: WebP's encoder holds the alpha channel as a second picture, without loss.
WEBP_ALPHA_SHARE = Fraction(1, 2)
#: The longest side of an output, in pixels: the most that every output format can hold (WebP's 14 bits).
MAX_SIDE = 16383
#: Scans of a JPEG: encoders write about ten, and each costs a pass over all coefficients (an attack on time).
MAX_SCANS = 100

#: A JPEG marker (ITU-T T.81, B.1.1.2), neither a stuffed byte nor a restart; those that have no length. Fill bytes
#: before one are passed over singly: a pattern that takes them all starts again at each (an attack on time).
_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_START_OF_SCAN, _END_OF_IMAGE, _BARE = 0xDA, 0xD9, frozenset({0x01, 0xD8})


def check_unopened(data: bytes, image_format: ImageFormat, max_pixels: int) -> None:
    """Refuse a GIF that may not even be opened: Pillow then fills the area of an image that asks for its disposal.

    Raises ImageTooLarge, or CorruptImage where it is damaged before its first image.
    """
    if image_format is not ImageFormat.GIF:
        return
    try:
        canvas = Size(*read_canvas(data))
    except CorruptImage as error:
        raise CorruptImage("The GIF data is damaged and cannot be decoded.") from error
    _check_pixels(canvas, image_format, INPUT_SHARE[image_format], max_pixels)


def check_input(opened: Any, data: bytes, image_format: ImageFormat, max_pixels: int) -> None:
    """Refuse a picture, opened but not decoded, of more pixels or scans than its kind may have.

    Raises ImageTooLarge or CorruptImage.
    """
    share = INPUT_SHARE[image_format]
    if opened.mode in ("LA", "PA", "RGBA") or "transparency" in opened.info:
        share = min(share, ALPHA_SHARE)
    if opened.mode == "CMYK":
        share = min(share, CMYK_SHARE)
    if image_format is ImageFormat.JPEG and _has_several_scans(data, opened):
        share *= SCANS_SHARE
    _check_pixels(Size(*opened.size), image_format, share, max_pixels)


def _check_pixels(size: Size, image_format: ImageFormat, share: Fraction, max_pixels: int) -> None:
    limit = int(max_pixels * share)
    if size.pixels > limit:
        raise ImageTooLarge(
            f"The image has {size.width}x{size.height} = {size.pixels} pixels; "
            f"such a {image_format.name} may have {limit}.",
            code="too_many_pixels",
            limit=limit,
            actual=size.pixels,
        )


def check_output(size: Size, image_format: ImageFormat, mode: str, max_pixels: int) -> None:
    """Refuse an output of more pixels than its format's share, or of too long a side; raises ImageTooLarge."""
    if max(size.width, size.height) > MAX_SIDE:
        raise ImageTooLarge(
            f"The output would be {size.width}x{size.height}; a side may have {MAX_SIDE} pixels.",
            code="output_too_large",
            limit=MAX_SIDE,
            actual=max(size.width, size.height),
        )
    share = OUTPUT_SHARE[image_format]
    if image_format is ImageFormat.WEBP and mode in ("LA", "RGBA"):
        share = min(share, WEBP_ALPHA_SHARE)
    limit = int(max_pixels * share)
    if size.pixels > limit:
        raise ImageTooLarge(
            f"The output would be {size.width}x{size.height} = {size.pixels} pixels; "
            f"{image_format.name} may have {limit}.",
            code="output_too_large",
            limit=limit,
            actual=size.pixels,
        )


def _has_several_scans(data: bytes, opened: Any) -> bool:
    """Tell whether the decoder must hold all coefficients: progressive, or baseline with a scan a component."""
    scans = list(islice(_scans(data), MAX_SCANS + 1))
    if len(scans) > MAX_SCANS:
        raise CorruptImage(f"The JPEG has more than the {MAX_SCANS} scans that are allowed.", code="too_many_scans")
    return "progressive" in opened.info or (bool(scans) and scans[0] < opened.layers)


def _scans(data: bytes) -> Iterator[int]:
    """Walk the scans of the first picture, each by its number of components; what trails it may be anything."""
    at = 2
    while found := _MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker == _END_OF_IMAGE:
            return
        if marker == _START_OF_SCAN:
            yield int.from_bytes(data[at + 2 : at + 3], "big")
        if marker not in _BARE:
            at += int.from_bytes(data[at : at + 2], "big")
