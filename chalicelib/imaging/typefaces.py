"""The fonts of a watermark: the built-in one, or one that is given as bytes, and what they can draw."""

import io
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageFont

from chalicelib.errors import InvalidRequest

_BUILT_IN = Path(__file__).parent / "fonts" / "OpenSans-Regular.ttf"
#: The font size, in pixels, at which glyphs are compared.
_SAMPLE_SIZE = 16
#: A letter may reach so many times the font size from its origin.
_MAX_GLYPH = 8
#: A code point that no font has, since Unicode keeps it for private use: it shows what a missing letter looks like.
_WITHOUT_GLYPH = "\U0010fffd"
#: A letter of each script that can be drawn letter by letter, from left to right.
_SCRIPTS = {
    "Latin": "A",
    "Greek": "Ω",
    "Cyrillic": "Ж",
    "Armenian": "Ա",
    "Georgian": "ა",
    "Ethiopic": "አ",
    "Thai": "ก",
    "Lao": "ກ",
    "Chinese": "中",
    "Hiragana": "あ",
    "Katakana": "ア",
    "Hangul": "한",
}
#: Scripts whose letters join or change their order, by the first word of their letters' names in Unicode. Pillow draws
#: them only with FriBiDi, which its wheels do not contain.
# fmt: off
_JOINING = frozenset((
    "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM",
    "SINHALA", "TIBETAN", "MYANMAR", "KHMER", "MONGOLIAN", "BALINESE", "JAVANESE", "SUNDANESE", "BATAK", "CHAM",
    "TAI", "LEPCHA", "LIMBU", "MEETEI", "BRAHMI", "CHAKMA"
))
# fmt: on
#: Bidirectional classes of letters that run from right to left (Unicode, UAX 9).
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


@contextmanager
def font_errors() -> Iterator[None]:
    """Raise InvalidRequest for what FreeType and Pillow raise on a font that is damaged or is none."""
    try:
        yield
    except (OSError, ValueError, MemoryError, Image.DecompressionBombError) as error:
        raise InvalidRequest("The font is damaged. Use a TrueType or OpenType font.", code="bad_option") from error


def open_font(size: int, data: bytes | None = None) -> ImageFont.FreeTypeFont:
    """Open the built-in font, or the one in `data`, at a size in pixels. Raises InvalidRequest if it is no font."""
    source = io.BytesIO(data) if data is not None else str(_BUILT_IN)
    with font_errors():
        return ImageFont.truetype(source, size, layout_engine=ImageFont.Layout.BASIC)


def check_text(text: str, data: bytes | None = None) -> None:
    """Raise InvalidRequest, with the scripts that the font has, if it cannot draw the text right."""
    if unordered := "".join(char for char in dict.fromkeys(text) if _needs_layout(char)):
        detail = f"A watermark cannot have {unordered!r}: letters that join or run from right to left are not drawn."
        raise InvalidRequest(f"{detail} {_scripts(data)}", code="bad_option")
    if missing := missing_glyphs(text, data):
        detail = f"The watermark's font does not have {missing!r}. {_scripts(data)}"
        raise InvalidRequest(
            f"{detail} Remove these characters, or name a font that has them with the option font.", code="bad_option"
        )


def missing_glyphs(text: str, data: bytes | None = None) -> str:
    """Return the characters that the font does not have, in the order of the text. Raises InvalidRequest."""
    font = open_font(_SAMPLE_SIZE, data)
    with font_errors():
        blank = _mask(font, _WITHOUT_GLYPH)
        return "".join(char for char in dict.fromkeys(text) if char != " " and _mask(font, char) == blank)


def _mask(font: ImageFont.FreeTypeFont, char: str) -> bytes:
    """Draw a letter. Raises ValueError before it is drawn if it is far larger than the font says."""
    box = font.getbbox(char)
    if max(abs(side) for side in box) > _MAX_GLYPH * _SAMPLE_SIZE:
        raise ValueError("a letter is too large")
    return bytes(font.getmask(char))


def _needs_layout(char: str) -> bool:
    joins = unicodedata.name(char, "").partition(" ")[0] in _JOINING
    return joins or unicodedata.bidirectional(char) in _RIGHT_TO_LEFT


def _scripts(data: bytes | None) -> str:
    known = [name for name, letter in _SCRIPTS.items() if not missing_glyphs(letter, data)]
    return f"It has the scripts {', '.join(known)}." if known else "It has none of the usual scripts."
