"""Corrects what Pillow reads of the samples of a PNG: transparent levels below 8 bits, and colours of 16 bits."""

from PIL import Image

from chalicelib.imaging.colour import Samples
from chalicelib.imaging.png_reader import open_without_unread

_BIT_DEPTH, _COLOUR_TYPE = 24, 25
_GREY, _COLOUR, _GREY_WITH_ALPHA, _COLOUR_WITH_ALPHA = 0, 2, 4, 6
#: Pillow's mode and raw mode that read the low bytes of 16 bits: PNG stores the high byte first.
_LOW_BYTES = {_COLOUR: ("RGB", "RGB;16L"), _COLOUR_WITH_ALPHA: ("RGBA", "RGBA;16L"), _GREY_WITH_ALPHA: ("RGBA", "RGBA")}


def prepare(image: Image.Image, data: bytes) -> tuple[Image.Image, Samples]:
    """Return a decoded PNG in the mode that its file names, and what Pillow does not say about its samples.

    May change `image` in place and return it.
    """
    depth, colour_type = data[_BIT_DEPTH], data[_COLOUR_TYPE]
    key = image.info.get("transparency")
    if colour_type == _GREY and image.mode == "L" and isinstance(key, int):
        image.info["transparency"] = _to_8_bits(key, depth)
    if depth != 16 or colour_type not in _LOW_BYTES:
        return image, Samples()
    if colour_type == _GREY_WITH_ALPHA:
        image = image.convert("LA")
    return image, Samples(read_low_bytes=lambda: _read_low_bytes(data, colour_type))


def _to_8_bits(level: int, depth: int) -> int:
    """Scale a transparent level like the samples. Only its low bits count (PNG, 11.3.1.1)."""
    largest = (1 << depth) - 1
    return (level & largest) * 255 // largest


def _read_low_bytes(data: bytes, colour_type: int) -> Image.Image:
    """Decode again. A pixel of grey and alpha has four bytes, which are read as four channels."""
    mode, raw_mode = _LOW_BYTES[colour_type]
    with Image.open(open_without_unread(data), formats=["PNG"]) as again:
        again._mode = mode  # Pillow has no public way to choose how bytes become channels
        again.tile = [tile._replace(args=raw_mode) for tile in again.tile]
        again.load()
        if colour_type != _GREY_WITH_ALPHA:
            return again
        return Image.merge("LA", (again.getchannel(1), again.getchannel(3)))
