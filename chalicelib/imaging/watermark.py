"""Reads the options of a watermark, and draws it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.geometry import Crop, Gravity
from chalicelib.imaging.lettering import fit_line
from chalicelib.imaging.options import Option, Options, read_color, read_member, read_name, read_number
from chalicelib.imaging.overlays import Overlay
from chalicelib.imaging.typefaces import check_text

MAX_WATERMARK = 200
#: One composed character is at most four decomposed ones (such as U+1F82).
_MOST_DECOMPOSED = 4
#: The largest font size, in percent of the picture's shorter side: a larger text would need too much memory.
MAX_SIZE = 20
_WHITE, _DARK = "#ffffff", "#000000"
#: The outline of a text that has at least this grey level is dark.
_BRIGHT = 128


@dataclass(frozen=True)
class Watermark:
    """One line of text and its position.

    `font` is the name of its font, and "" the built-in one. `size` is that of the font, in percent of the picture's
    shorter side; `opacity` is in percent.
    """

    text: str
    gravity: Gravity = Gravity.SOUTH_EAST
    font: str = ""
    size: int = 4
    opacity: int = 100
    color: str = _WHITE


def read_watermark(options: Options, *, at_gravity: bool) -> Watermark | None:
    """Return the watermark that the options describe, or None. Raises InvalidRequest.

    `at_gravity` says that the option `gravity` is its default place, if that is a side, a corner or the centre.
    """
    text = _composed(str(options.get("watermark", "")).strip())
    named = str(options.get("gravity", "")) if at_gravity else ""
    default = Gravity(named) if named in set(Gravity) else Gravity.SOUTH_EAST
    gravity, font = read_member(options, "watermark_gravity", Gravity, default), read_name(options, "font", "fonts/")
    looks: dict[str, Any] = {
        "size": read_number(options, "watermark_size", MAX_SIZE) or Watermark.size,
        "opacity": read_number(options, "watermark_opacity", 100) or Watermark.opacity,
        "color": read_color(options, "watermark_color") or Watermark.color,
    }
    if not text:
        return None
    _check(text, font)
    return Watermark(text, gravity, font, **looks)


def write_watermark(mark: Watermark) -> dict[str, Option | None]:
    """Return the options from which read_watermark() reads the same. None is an option that has its default."""
    named = {name: getattr(mark, name) for name in ("font", "size", "opacity", "color")}
    changed = {name: value for name, value in named.items() if value != getattr(Watermark, name)}
    prefixed = {name if name == "font" else f"watermark_{name}": value for name, value in changed.items()}
    return {"watermark": mark.text, "watermark_gravity": mark.gravity.value} | prefixed


def draw_watermark(mark: Watermark, region: Crop, font_data: bytes | None = None) -> Iterator[Overlay]:
    """Draw an outline that is dark or bright, and then the letters, so that they can be read on any background.

    `region` is the part of an image that has the photo.
    Without `font_data`, the bytes of a font, the built-in font draws. Raises InvalidRequest if the font is damaged.
    """
    left, top, right, bottom = region
    room = (right - left, bottom - top)
    line = fit_line(mark.text, min(room) * mark.size // 100, room[0], font_data)
    shown = (min(room[0], line.size[0]), min(room[1], line.size[1]))
    x, y = mark.gravity.position(room, shown, margin=int(line.font.size) // 2)
    box = (left + x, top + y, left + x + shown[0], top + y + shown[1])
    outline = _DARK if Image.new("RGB", (1, 1), mark.color).convert("L").tobytes()[0] >= _BRIGHT else _WHITE
    for color, width, opacity in ((outline, line.stroke, 150), (mark.color, 0, 235)):
        mask = line.mask(width, opacity * mark.opacity // 100)
        yield Overlay(box, color, mask.crop((0, 0, *shown)))


def _check(text: str, font: str) -> None:
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


def _composed(text: str) -> str:
    """Return the text with composed letters (Unicode, UAX 15, form NFC): macOS may type a letter and its accent apart.

    A text that is too long stays as it is, since the time of the composition grows with the square of the length.
    """
    return unicodedata.normalize("NFC", text) if len(text) <= _MOST_DECOMPOSED * MAX_WATERMARK else text
