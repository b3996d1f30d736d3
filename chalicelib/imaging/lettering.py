"""Fits a line of text into a width, and draws it as masks."""

from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from chalicelib.imaging.typefaces import font_errors, missing_glyphs, open_font

#: The font size is at least so many pixels, so that the text can be read.
_MIN_FONT_SIZE = 9


@dataclass(frozen=True)
class Line:
    """A text in a font, and its box from the origin of its first letter. `stroke` is the width of its outline."""

    text: str
    font: ImageFont.FreeTypeFont
    box: tuple[float, float, float, float]

    @property
    def stroke(self) -> int:
        """Return the width of the outline in pixels."""
        return max(1, int(self.font.size) // 12)

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height of the text with its outline."""
        left, top, right, bottom = self.box
        return int(right - left) + 2 * self.stroke, int(bottom - top) + 2 * self.stroke

    def mask(self, stroke: int, opacity: int) -> Image.Image:
        """Draw the text, with an outline of `stroke` pixels. Raises InvalidRequest if the font is damaged."""
        mask = Image.new("L", self.size)
        origin = (self.stroke - self.box[0], self.stroke - self.box[1])
        with font_errors():
            ImageDraw.Draw(mask).text(origin, self.text, fill=opacity, font=self.font, stroke_width=stroke)
        return mask


def fit_line(text: str, size: int, width: int, font_data: bytes | None) -> Line:
    """Return the text in a font of `size` pixels, smaller if that fits into 9/10 of the width, and cut if need be.

    Without `font_data`, the bytes of a font, the built-in font draws. Raises InvalidRequest if the font is damaged.
    """
    size = max(_MIN_FONT_SIZE, size)
    line = _line(text, open_font(size, font_data))
    length, most = line.box[2] - line.box[0], width * 9 / 10
    if length > most:
        with font_errors():
            line = _line(text, line.font.font_variant(size=max(_MIN_FONT_SIZE, int(size * most / length))))
    return line if line.size[0] <= width else _cut(line, width, "..." if missing_glyphs("…", font_data) else "…")


def _cut(line: Line, width: int, ellipsis: str) -> Line:
    """Return the beginning of the text that fits into the width with an ellipsis, or the ellipsis alone."""
    fits, too_long = 0, len(line.text)
    while too_long - fits > 1:
        tried = (fits + too_long) // 2
        if _line(line.text[:tried].rstrip() + ellipsis, line.font).size[0] <= width:
            fits = tried
        else:
            too_long = tried
    return _line(line.text[:fits].rstrip() + ellipsis, line.font)


def _line(text: str, font: ImageFont.FreeTypeFont) -> Line:
    with font_errors():
        return Line(text, font, font.getbbox(text))
