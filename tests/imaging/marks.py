"""Marks an image for the tests."""

from PIL import Image

from chalicelib.imaging.geometry import Crop
from chalicelib.imaging.overlays import put_on
from chalicelib.imaging.watermark import Watermark, draw_watermark


def watermark(
    image: Image.Image, mark: Watermark, font_data: bytes | None = None, region: Crop | None = None
) -> Image.Image:
    """Write the text on the region of an image, or on the whole of it."""
    return put_on(image, draw_watermark(mark, region or (0, 0, *image.size), font_data))
