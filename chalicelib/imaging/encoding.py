"""Encodes an image to bytes. Only this module and the writers that it calls save images."""

import io
from dataclasses import dataclass

from PIL import Image

from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Size
from chalicelib.imaging.jpeg_writer import write_jpeg
from chalicelib.imaging.limits import check_output
from chalicelib.imaging.operations import WHITE, on_background

#: Of a WebP with more pixels and a higher quality, libwebp must not keep all tokens, as from method 3 on. Those of
#: noise take 240 MB.
_MANY_PIXELS, _HIGH_QUALITY, _WITHOUT_TOKENS = 8_000_000, 90, 2


@dataclass(frozen=True)
class Encoding:
    """The format of an output, and its quality from 1 to 100, which PNG and GIF ignore."""

    format: ImageFormat
    quality: int
    #: The format of an output with transparent pixels, if it is another one.
    transparent: ImageFormat | None = None

    def format_of(self, image: Image.Image) -> ImageFormat:
        """Return the format for this image."""
        return self.transparent if self.transparent and _is_transparent(image) else self.format


def encode(image: Image.Image, encoding: Encoding, max_pixels: int) -> bytes:
    """Encode the pixels, without any metadata.

    Raises ImageTooLarge if there are more pixels than the format's share of `max_pixels`.
    """
    image_format = encoding.format_of(image)
    check_output(Size(*image.size), image_format, image.mode, max_pixels)
    if image_format is ImageFormat.JPEG:
        return write_jpeg(on_background(image, WHITE), encoding.quality)
    if image_format is ImageFormat.GIF:
        from chalicelib.imaging.animation.gif_writer import write_still  # imported here: few results are GIF

        return write_still(image)
    buffer = io.BytesIO()
    image.save(buffer, image_format.pillow_name, **_save_options(image_format, encoding.quality, image))
    return buffer.getvalue()


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("LA", "RGBA") and image.getchannel("A").getextrema() != (255, 255)


def _save_options(image_format: ImageFormat, quality: int, image: Image.Image) -> dict[str, int | bool]:
    if image_format is ImageFormat.PNG:
        # Run-length encoding at level 1: on photos it is five times faster than the default, and smaller.
        return {"compress_level": 1, "compress_type": 3}
    if image_format is ImageFormat.AVIF:
        return {"quality": quality, "speed": 8}
    if quality > _HIGH_QUALITY and image.width * image.height > _MANY_PIXELS:
        return {"quality": quality, "method": _WITHOUT_TOKENS}
    return {"quality": quality}
