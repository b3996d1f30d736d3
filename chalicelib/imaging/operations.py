"""The operations on pixels: Image -> Image, never in place."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from chalicelib.imaging.geometry import Placement

FONT = Path(__file__).parent / "fonts" / "OpenSans-Regular.ttf"
#: The text is a twenty-fifth of the picture's shorter side high, and never too small to read.
_TEXT_SHARE, _SMALLEST_TEXT = 25, 9

#: EXIF orientation (JEITA CP-3451, 4.6.4) and the transposition that sets it upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: The orientations whose upright picture runs against the stored one across and down, a turn (5 to 8) left aside.
_MIRRORED_ACROSS, _MIRRORED_DOWN = frozenset({2, 3, 6, 7}), frozenset({3, 4, 7, 8})


class Gravity(StrEnum):
    """Where a watermark stands; each value names the side or corner of the picture."""

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
    """One line of text and where it stands."""

    text: str
    gravity: Gravity = Gravity.SOUTH_EAST


def orient(image: Image.Image, orientation: int) -> Image.Image:
    """Apply an EXIF orientation, 1 to 8."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def resize(image: Image.Image, placement: Placement, orientation: int = 1) -> Image.Image:
    """Carry out a placement, and the orientation with it, on an image that may be a reduced decode of its source.

    The placement is of the upright picture, `image` lies as it is stored: it is set upright when it is at its smallest.
    """
    box = _stored_box(image, placement, orientation)
    scaled = placement.scaled.transposed if orientation >= 5 else placement.scaled
    enlarged = scaled.width > box[2] - box[0] or scaled.height > box[3] - box[1]
    resample = Image.Resampling.BICUBIC if enlarged else Image.Resampling.HAMMING
    target = (scaled.width, scaled.height)
    resized = orient(image.resize(target, resample, box=box, reducing_gap=None if enlarged else 3.0), orientation)
    return resized if placement.scaled == placement.canvas else _pad(resized, placement)


def grayscale(image: Image.Image) -> Image.Image:
    """Drop the colours (ITU-R BT.601 luma) and keep the transparency."""
    return image.convert("LA" if image.mode in ("LA", "RGBA") else "L")


def watermark(image: Image.Image, mark: Watermark) -> Image.Image:
    """Write the text, white with a dark outline so that it reads on any ground; only its own region is composited."""
    font, box = _fitting_font(image, mark.text)
    stroke = max(1, int(font.size) // 12)
    size = (int(box[2] - box[0]) + 2 * stroke, int(box[3] - box[1]) + 2 * stroke)
    origin = (stroke - box[0], stroke - box[1])
    left, top = _stand(image.size, size, mark.gravity, margin=int(font.size) // 2)
    marked = image.copy()
    for colour, width, opacity in ((0, stroke, 150), (255, 0, 235)):
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).text(origin, mark.text, fill=opacity, font=font, stroke_width=width)
        marked.paste(_ink(image.mode, colour), (left, top, left + size[0], top + size[1]), mask)
    return marked


def missing_glyphs(text: str) -> str:
    """Return the characters that the shipped font cannot draw, in order."""
    font = ImageFont.truetype(str(FONT), 16, layout_engine=ImageFont.Layout.BASIC)
    blank = bytes(font.getmask("\U0010fffd"))
    return "".join(char for char in dict.fromkeys(text) if bytes(font.getmask(char)) == blank)


def _stored_box(image: Image.Image, placement: Placement, orientation: int) -> tuple[float, float, float, float]:
    """Find the placement's crop in the pixels as they are stored: undo the orientation's mirrors, then its turn."""
    left, top, right, bottom = placement.crop
    source = placement.source
    if orientation in _MIRRORED_ACROSS:
        left, right = source.width - right, source.width - left
    if orientation in _MIRRORED_DOWN:
        top, bottom = source.height - bottom, source.height - top
    if orientation >= 5:
        left, top, right, bottom, source = top, left, bottom, right, source.transposed
    across, down = image.width / source.width, image.height / source.height
    return left * across, top * down, right * across, bottom * down


def _pad(image: Image.Image, placement: Placement) -> Image.Image:
    grounds: dict[str, float | tuple[float, ...]] = {
        "L": 255,
        "LA": (255, 0),
        "RGB": (255, 255, 255),
        "RGBA": (255, 255, 255, 0),
    }
    canvas = Image.new(image.mode, (placement.canvas.width, placement.canvas.height), grounds[image.mode])
    canvas.paste(image, ((canvas.width - image.width) // 2, (canvas.height - image.height) // 2))
    return canvas


def _fitting_font(image: Image.Image, text: str) -> tuple[ImageFont.FreeTypeFont, tuple[float, float, float, float]]:
    """Choose the size at which the text fits nine tenths of the width."""
    size = max(_SMALLEST_TEXT, min(image.size) // _TEXT_SHARE)
    font = ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)
    box = font.getbbox(text)
    room = image.width * 9 / 10
    if box[2] - box[0] > room:
        font = font.font_variant(size=max(_SMALLEST_TEXT, int(size * room / (box[2] - box[0]))))
        box = font.getbbox(text)
    return font, box


def _stand(picture: tuple[int, int], mark: tuple[int, int], gravity: Gravity, margin: int) -> tuple[int, int]:
    spare = (picture[0] - mark[0], picture[1] - mark[1])
    across = margin if "west" in gravity else spare[0] - margin if "east" in gravity else spare[0] // 2
    down = margin if "north" in gravity else spare[1] - margin if "south" in gravity else spare[1] // 2
    return max(0, min(across, spare[0])), max(0, min(down, spare[1]))


def _ink(mode: str, level: int) -> int | tuple[int, ...]:
    inks: dict[str, int | tuple[int, ...]] = {"L": level, "LA": (level, 255), "RGB": (level,) * 3}
    return inks.get(mode, (level, level, level, 255))
