"""Reads the options of a watermark, and writes it on a picture."""

import re
import unicodedata
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.geometry import Gravity
from chalicelib.imaging.options import Options, read_member
from chalicelib.imaging.typefaces import check_text, font_errors, open_font

MAX_WATERMARK = 200
#: One composed character is at most four decomposed ones (such as U+1F82).
_MOST_DECOMPOSED = 4
_FONT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
#: The font size is 1/25 of the picture's shorter side, and at least 9 pixels so that it can be read.
_FONT_SHARE, _MIN_FONT_SIZE = 25, 9


@dataclass(frozen=True)
class Watermark:
    """One line of text, its position, and the name of its font; "" is the built-in one."""

    text: str
    gravity: Gravity = Gravity.SOUTH_EAST
    font: str = ""


def read_watermark(options: Options, *, at_gravity: bool) -> Watermark | None:
    """Return the watermark that the options describe, or None. Raises InvalidRequest.

    `at_gravity` says that the option `gravity` is its default place, if that is a side, a corner or the centre.
    """
    text = _composed(str(options.get("watermark", "")).strip())
    named = str(options.get("gravity", "")) if at_gravity else ""
    default = Gravity(named) if named in set(Gravity) else Gravity.SOUTH_EAST
    gravity, font = read_member(options, "watermark_gravity", Gravity, default), _font(options)
    if not text:
        return None
    if len(text) > MAX_WATERMARK:
        raise InvalidRequest(
            f"The watermark has {len(text)} characters. The limit is {MAX_WATERMARK}.",
            code="out_of_range",
            limit=MAX_WATERMARK,
            actual=len(text),
        )
    if not text.isprintable():
        raise InvalidRequest("The watermark must be one line of printable characters.", code="bad_option")
    if not font:
        check_text(text)
    return Watermark(text, gravity, font)


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


def _font(options: Options) -> str:
    """Return the name of a font below fonts/; the font itself is checked when it is read."""
    name = str(options.get("font", ""))
    if name and not _FONT_NAME.fullmatch(name):
        detail = "font must be the name of a font below fonts/: ASCII letters, digits, dots, hyphens and underscores."
        raise InvalidRequest(detail, code="bad_option")
    return name


def _composed(text: str) -> str:
    """Return the text with composed letters (Unicode, UAX 15, form NFC): macOS may type a letter and its accent apart.

    A text that is too long stays as it is, since the time of the composition grows with the square of the length.
    """
    return unicodedata.normalize("NFC", text) if len(text) <= _MOST_DECOMPOSED * MAX_WATERMARK else text


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
