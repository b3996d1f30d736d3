"""The operations on pixels. Each returns a new image and never changes its argument."""

from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageDraw, ImageFont

from chalicelib.imaging.geometry import Placement, stored_crop
from chalicelib.imaging.resampling import Box, Extent, resample
from chalicelib.imaging.typefaces import font_errors, open_font

#: The font size is 1/25 of the picture's shorter side, and at least 9 pixels so that it can be read.
_FONT_SHARE, _MIN_FONT_SIZE = 25, 9

#: EXIF orientation (JEITA CP-3451, 4.6.4) and the transposition that makes the picture upright.
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Gravity(StrEnum):
    """The position of a watermark: a side, a corner or the centre of the picture."""

    NORTH_WEST = "north-west"
    NORTH = "north"
    NORTH_EAST = "north-east"
    WEST = "west"
    CENTER = "center"
    EAST = "east"
    SOUTH_WEST = "south-west"
    SOUTH = "south"
    SOUTH_EAST = "south-east"


@dataclass(frozen=True)
class Watermark:
    """One line of text, its position, and the name of its font; "" is the built-in one."""

    text: str
    gravity: Gravity = Gravity.SOUTH_EAST
    font: str = ""


def orient(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture upright, by its EXIF orientation, 1 to 8."""
    return image.transpose(_TRANSPOSE[orientation]) if orientation in _TRANSPOSE else image


def resize(image: Image.Image, placement: Placement, orientation: int = 1, extent: Extent | None = None) -> Image.Image:
    """Crop, scale and pad as the placement says, and apply the orientation.

    The placement describes the upright picture. `image` is as stored in the file, and may be a reduced decode, whose
    picture has the width and height `extent` without the decoder's padding.
    The rotation comes after the scaling, when the image is smallest.
    """
    scaled = placement.scaled.transposed if orientation >= 5 else placement.scaled
    box = _stored_box(extent or image.size, placement, orientation)
    resized = orient(resample(image, scaled, box), orientation)
    return resized if placement.scaled == placement.canvas else _pad(resized, placement)


def grayscale(image: Image.Image) -> Image.Image:
    """Convert to grey (ITU-R BT.601 luma) and keep the alpha channel."""
    return image.convert("LA" if image.mode in ("LA", "RGBA") else "L")


def watermark(image: Image.Image, mark: Watermark, font_data: bytes | None = None) -> Image.Image:
    """Write the text in white with a dark outline, so that it can be read on any background.

    Without `font_data`, the bytes of a font, the built-in font draws. Raises InvalidRequest if the font is damaged.
    """
    font, box = _fitting_font(image, mark.text, font_data)
    stroke = max(1, int(font.size) // 12)
    size = (int(box[2] - box[0]) + 2 * stroke, int(box[3] - box[1]) + 2 * stroke)
    origin = (stroke - box[0], stroke - box[1])
    left, top = _position(image.size, size, mark.gravity, margin=int(font.size) // 2)
    # Only the region of the text is composited: a composite of the whole picture costs three times the memory.
    marked = image.copy()
    for level, width, opacity in ((0, stroke, 150), (255, 0, 235)):
        mask = Image.new("L", size)
        with font_errors():
            ImageDraw.Draw(mask).text(origin, mark.text, fill=opacity, font=font, stroke_width=width)
        marked.paste(_grey(image.mode, level), (left, top, left + size[0], top + size[1]), mask)
    return marked


def _stored_box(extent: Extent, placement: Placement, orientation: int) -> Box:
    """Return the crop in the coordinates of the stored pixels of a reduced decode."""
    source = placement.source.transposed if orientation >= 5 else placement.source
    left, top, right, bottom = stored_crop(placement.crop, placement.source, orientation)
    across, down = extent
    return (
        left * across / source.width,
        top * down / source.height,
        right * across / source.width,
        bottom * down / source.height,
    )


def _pad(image: Image.Image, placement: Placement) -> Image.Image:
    backgrounds: dict[str, float | tuple[float, ...]] = {
        "L": 255,
        "LA": (255, 0),
        "RGB": (255, 255, 255),
        "RGBA": (255, 255, 255, 0),
    }
    canvas = Image.new(image.mode, (placement.canvas.width, placement.canvas.height), backgrounds[image.mode])
    canvas.paste(image, ((canvas.width - image.width) // 2, (canvas.height - image.height) // 2))
    return canvas


def _fitting_font(
    image: Image.Image, text: str, font_data: bytes | None
) -> tuple[ImageFont.FreeTypeFont, tuple[float, float, float, float]]:
    """Return the font, and the text's box in it. The text fits into 9/10 of the width unless it would be too small."""
    size = max(_MIN_FONT_SIZE, min(image.size) // _FONT_SHARE)
    font = open_font(size, font_data)
    max_width = image.width * 9 / 10
    with font_errors():
        box = font.getbbox(text)
        if box[2] - box[0] > max_width:
            font = font.font_variant(size=max(_MIN_FONT_SIZE, int(size * max_width / (box[2] - box[0]))))
            box = font.getbbox(text)
    return font, box


def _position(picture: tuple[int, int], mark: tuple[int, int], gravity: Gravity, margin: int) -> tuple[int, int]:
    free = (picture[0] - mark[0], picture[1] - mark[1])
    x = margin if "west" in gravity else free[0] - margin if "east" in gravity else free[0] // 2
    y = margin if "north" in gravity else free[1] - margin if "south" in gravity else free[1] // 2
    return max(0, min(x, free[0])), max(0, min(y, free[1]))


def _grey(mode: str, level: int) -> int | tuple[int, ...]:
    greys: dict[str, int | tuple[int, ...]] = {"L": level, "LA": (level, 255), "RGB": (level,) * 3}
    return greys.get(mode, (level, level, level, 255))
