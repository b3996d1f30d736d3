"""Checks the limits before any pixel is decoded: pixels of an input and an output, and scans of a JPEG.

Each format has its own share of the pixel limit. The shares keep every photo below 400 MB of memory;
docs/memory.md has the measurements.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from chalicelib.errors import CorruptImage, ImageTooLarge
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.gif_header import read_canvas
from chalicelib.imaging.jpeg_header import START_OF_SCAN, markers

#: The share of the pixel limit for each input format. Formats need different amounts of memory to decode.
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
#: The shares of images with alpha and of CMYK images: Pillow makes a second copy of them.
ALPHA_SHARE, CMYK_SHARE = Fraction(1, 2), Fraction(4, 5)
#: The share of a TIFF with colours of 16 bits: libtiff decodes a strip whole, and the low bytes are a second image.
DEEP_SHARE = Fraction(12, 25)
#: A JPEG that is decoded at a reduced scale may have this many times the limit. More would take too much time.
REDUCED_SHARE = 4
#: The bytes for each pixel of the limit that a JPEG with several scans may take while it is decoded: its coefficients,
#: 2 bytes for each sample, and 4 bytes for each decoded pixel.
SCANS_BYTES, _COEFFICIENT, _DECODED_PIXEL = Fraction(13, 2), 2, 4
#: The share of the pixel limit for each output format.
OUTPUT_SHARE = {
    ImageFormat.PNG: Fraction(1),
    ImageFormat.JPEG: Fraction(1),
    ImageFormat.WEBP: Fraction(3, 4),
    ImageFormat.AVIF: Fraction(1, 2),
    ImageFormat.GIF: Fraction(1, 2),
}
#: The most frames of an animation, and the share of the pixel limits for one frame: of an input and of an output.
#: A frame as stored, as shown, as before and as it becomes are in memory together, and encoders keep more than one.
MAX_FRAMES, FRAME_SHARE = 1000, Fraction(1, 6)
#: The share of the pixel limits for all frames of an animation together: of an input and of an output. More would take
#: longer than API Gateway waits.
INPUT_FRAMES_SHARE, OUTPUT_FRAMES_SHARE = Fraction(3), Fraction(4)
#: The most bytes of an animation that is written as WebP, and as AVIF, whose encoder and its file hold all bytes up to
#: four times. Only noise at a high quality has more.
MAX_WEBP_BYTES, MAX_AVIF_BYTES = 64_000_000, 40_000_000
#: WebP's encoder stores the alpha channel as a second, lossless picture.
WEBP_ALPHA_SHARE = Fraction(1, 2)
#: The longest side of an output in pixels, which every output format supports (WebP has 14 bits).
MAX_SIDE = 16383
#: The maximum number of scans in a JPEG. Encoders write about 10. Each scan costs a pass over all coefficients, so many
#: scans are a denial of service. A JPEG with more than SCANS_SHARE of the limit of pixels may have fewer.
MAX_SCANS, SCANS_SHARE = 100, Fraction(13, 20)
#: A JPEG is decoded at least this much larger than it is needed: a resample by less than an eighth blurs the picture.
MARGIN = Fraction(9, 8)
#: The scales at which libjpeg decodes: 1/8, 1/4, 1/2.
_REDUCTIONS = (8, 4, 2)
#: The TIFF field of the bits of each sample (TIFF 6.0, section 4).
_BITS_PER_SAMPLE = 258


def check_before_open(data: bytes, image_format: ImageFormat, max_pixels: int) -> None:
    """Check the canvas of a GIF, because Pillow's open() fills it if the first image has a disposal method.

    Raises ImageTooLarge, or CorruptImage if the GIF is damaged before its first image.
    """
    if image_format is not ImageFormat.GIF:
        return
    try:
        canvas = Size(*read_canvas(data))
    except CorruptImage as error:
        code = "truncated_image" if error.code == "truncated_image" else None
        raise CorruptImage("The GIF data is damaged and cannot be decoded.", code=code) from error
    check_size(canvas, image_format, max_pixels)


def check_size(size: Size, image_format: ImageFormat, max_pixels: int) -> None:
    """Check a size in pixels against the share of its format alone. Raises ImageTooLarge."""
    _check_pixels(size, image_format, INPUT_SHARE[image_format], max_pixels)


def check_input(opened: Any, data: bytes, image_format: ImageFormat, max_pixels: int, scale: Fraction) -> None:
    """Check the pixels of an image that is opened but not decoded. Raises ImageTooLarge if there are too many.

    `scale` is the smallest scale at which the stored image may be decoded. It counts for JPEG only.
    """
    share = INPUT_SHARE[image_format]
    if opened.mode in ("LA", "PA", "RGBA") or "transparency" in opened.info:
        share = min(share, ALPHA_SHARE)
    if opened.mode == "CMYK":
        share = min(share, CMYK_SHARE)
    if image_format is ImageFormat.TIFF and opened.mode in ("RGB", "RGBA", "CMYK") and _has_16_bits(opened):
        share = min(share, DEEP_SHARE)
    size = Size(*opened.size)
    if image_format is ImageFormat.JPEG:
        share = _jpeg_share(opened, data, share, reduction(size, scale))
    _check_pixels(size, image_format, share, max_pixels)


def check_scans(opened: Any, data: bytes, max_pixels: int) -> None:
    """Count the scans of an opened JPEG. Raises CorruptImage if there are too many.

    If the first scan of a sequential JPEG has all components, libjpeg stops behind it, and nothing is counted.
    """
    if not _keeps_coefficients(data, opened):
        return
    size = Size(*opened.size)
    most = min(MAX_SCANS, int(MAX_SCANS * SCANS_SHARE * max_pixels / size.pixels))
    most = max(most, 1)
    if len(list(islice(_scans(data), most + 1))) > most:
        detail = f"The JPEG has more than {most} scans. Save it again as a baseline JPEG."
        raise CorruptImage(detail, code="too_many_scans")


def reduction(size: Size, scale: Fraction) -> int:
    """Return by what libjpeg divides width and height: 1, 2, 4 or 8. The decode keeps MARGIN times what is needed."""
    most = min(1 / (scale * MARGIN), Fraction(size.width), Fraction(size.height))
    return next((each for each in _REDUCTIONS if each <= most), 1)


def _jpeg_share(opened: Any, data: bytes, share: Fraction, divisor: int) -> Fraction:
    """Return the share of a JPEG: what counts are the decoded pixels, and the coefficients if they are kept."""
    decoded = Fraction(1, divisor * divisor)
    share = min(share / decoded, Fraction(REDUCED_SHARE))
    if not _keeps_coefficients(data, opened):
        return share
    most = max(across * down for _, across, down, _ in opened.layer)
    samples = sum(Fraction(across * down, most) for _, across, down, _ in opened.layer)
    return min(share, SCANS_BYTES / (_COEFFICIENT * samples + _DECODED_PIXEL * decoded))


def _check_pixels(size: Size, image_format: ImageFormat, share: Fraction, max_pixels: int) -> None:
    limit = int(max_pixels * share)
    if size.pixels > limit:
        raise ImageTooLarge(
            f"The image has {size.width}x{size.height} = {size.pixels} pixels. "
            f"The limit for this {image_format.name} is {limit}: send a smaller image.",
            code="too_many_pixels",
            limit=limit,
            actual=size.pixels,
        )


def check_frames(count: int, size: Size, max_pixels: int, *, share: Fraction) -> None:
    """Check the frames of an animation, of `size` pixels each. Raises ImageTooLarge.

    `share` is that of all frames together: INPUT_FRAMES_SHARE or OUTPUT_FRAMES_SHARE.
    """
    fits = size.pixels <= max_pixels * FRAME_SHARE
    limit = min(MAX_FRAMES, int(max_pixels * share / size.pixels)) if fits else 1
    if count > limit:
        detail = (
            f"The animation has {count} frames of {size.width}x{size.height} pixels. "
            f"The limit at this size is {limit}: make it smaller, or ask for animated=false."
        )
        raise ImageTooLarge(detail, code="too_many_frames", limit=limit, actual=count)


def check_frame_count(count: int) -> None:
    """Check the frames of an animation before its size is known. Raises ImageTooLarge."""
    if count > MAX_FRAMES:
        detail = f"The animation has {count} frames. The limit is {MAX_FRAMES}: ask for animated=false."
        raise ImageTooLarge(detail, code="too_many_frames", limit=MAX_FRAMES, actual=count)


def check_animation(size: int, limit: int) -> None:
    """Check the bytes of an animation while it is written. Raises ImageTooLarge."""
    if size > limit:
        raise ImageTooLarge(
            f"The animation would have more than {limit} bytes. "
            "Ask for a smaller width or height, or for a lower quality.",
            code="output_too_large",
            limit=limit,
            actual=size,
        )


def check_output(size: Size, image_format: ImageFormat, mode: str, max_pixels: int) -> None:
    """Check the sides and the pixels of an output before it is made; raises ImageTooLarge."""
    if max(size.width, size.height) > MAX_SIDE:
        raise ImageTooLarge(
            f"The output would be {size.width}x{size.height}. "
            f"The limit for a side is {MAX_SIDE} pixels: ask for a smaller width or height.",
            code="output_too_large",
            limit=MAX_SIDE,
            actual=max(size.width, size.height),
        )
    limit = _output_limit(image_format, mode, max_pixels)
    if size.pixels > limit:
        raise ImageTooLarge(
            f"The output would be {size.width}x{size.height} = {size.pixels} pixels. "
            f"The limit for {image_format.name} is {limit}: ask for a smaller width or height.",
            code="output_too_large",
            limit=limit,
            actual=size.pixels,
        )


def check_outputs(pixels: int, image_format: ImageFormat, mode: str, max_pixels: int) -> None:
    """Check the pixels of several outputs of one format together; raises ImageTooLarge."""
    limit = _output_limit(image_format, mode, max_pixels)
    if pixels > limit:
        raise ImageTooLarge(
            f"The processed picture and its renditions would have {pixels} pixels together. "
            f"The limit for {image_format.name} is {limit}: ask for fewer or smaller renditions.",
            code="output_too_large",
            limit=limit,
            actual=pixels,
        )


def _output_limit(image_format: ImageFormat, mode: str, max_pixels: int) -> int:
    share = OUTPUT_SHARE[image_format]
    if image_format is ImageFormat.WEBP and mode in ("LA", "RGBA"):
        share = min(share, WEBP_ALPHA_SHARE)
    return int(max_pixels * share)


def _has_16_bits(opened: Any) -> bool:
    return bool(opened.tag_v2.get(_BITS_PER_SAMPLE, (8,))[0] == 16)


def _keeps_coefficients(data: bytes, opened: Any) -> bool:
    """Return whether the decoder keeps all coefficients: in progressive mode, or if the first scan lacks components."""
    first = next(_scans(data), None)
    return "progressive" in opened.info or (first is not None and first < opened.layers)


def _scans(data: bytes) -> Iterator[int]:
    """Yield the number of components of each scan, up to the end of the first picture."""
    for marker, at in markers(data):
        if marker == START_OF_SCAN:
            yield int.from_bytes(data[at + 2 : at + 3], "big")
