"""Reads a client's options into a Recipe, a validated list of operations, and applies it to a decoded image."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.encoding import Encoding
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Placement, Size, fit_size
from chalicelib.imaging.limits import MAX_SIDE, check_output
from chalicelib.imaging.operations import Gravity, Watermark, grayscale, resize, watermark
from chalicelib.imaging.typefaces import check_text

MAX_WATERMARK = 200
#: One composed character is at most four decomposed ones (such as U+1F82).
_MOST_DECOMPOSED = 4
_FONT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on", ""}), frozenset({"false", "0", "no", "off"})
_WRITABLE = {known.name.lower(): known for known in ImageFormat if known.writable} | {"jpg": ImageFormat.JPEG}
_Member = TypeVar("_Member", bound=StrEnum)

Option = str | int | bool
Options = Mapping[str, object]


@dataclass(frozen=True)
class Recipe:
    """The operations on a photo, in this order: greyscale, resize, watermark, encode."""

    width: int | None
    height: int | None
    fit: Fit
    grayscale: bool
    encoding: Encoding
    watermark: Watermark | None = None
    #: Whether the caller chose the format, by itself or with a preset.
    names_format: bool = True

    def place(self, size: Size) -> Placement:
        """Return the plan of the resize for an upright picture of `size`."""
        return fit_size(size, self.width, self.height, self.fit)

    def apply(self, decoded: Decoded, max_pixels: int, font_data: bytes | None = None) -> Image.Image:
        """Return the result of all operations. The decoded image does not change, so it can be used again.

        `font_data` are the bytes of the watermark's font, if it is not the built-in one. Raises ImageTooLarge, before
        any operation, if the output would exceed the limits of its format. Raises InvalidRequest for a damaged font.
        """
        placement = self.place(decoded.size)
        check_output(placement.canvas, self.encoding.format, decoded.image.mode, max_pixels)
        # Both are sums of samples, so their order makes no difference. Grey first costs less, but not with alpha.
        image = self._grey(decoded.image) if decoded.image.mode == "RGB" else decoded.image
        image = self._grey(resize(image, decoded.seen(placement), decoded.orientation, decoded.extent))
        return watermark(image, self.watermark, font_data) if self.watermark else image

    def options(self) -> dict[str, Option]:
        """Return options from which parse() makes the same recipe. A format is one of them if the caller chose it."""
        written: dict[str, Option | None] = {
            "width": self.width,
            "height": self.height,
            "fit": self.fit.value,
            "grayscale": self.grayscale,
            "watermark": self.watermark.text if self.watermark else None,
            "gravity": self.watermark.gravity.value if self.watermark else None,
            "font": self.watermark.font or None if self.watermark else None,
            "format": self.encoding.format.name.lower() if self.names_format else None,
            "quality": self.encoding.quality,
        }
        return {name: value for name, value in written.items() if value is not None}

    def _grey(self, image: Image.Image) -> Image.Image:
        return grayscale(image) if self.grayscale and image.mode != "L" else image


#: The presets. An option in the request replaces the value of the preset.
PRESETS = {
    "default": Recipe(800, 800, Fit.CONTAIN, True, Encoding(ImageFormat.PNG, 85), names_format=False),
    "thumbnail": Recipe(300, 300, Fit.COVER, grayscale=False, encoding=Encoding(ImageFormat.JPEG, 80)),
    "web": Recipe(1600, 1600, Fit.CONTAIN, grayscale=False, encoding=Encoding(ImageFormat.WEBP, 80)),
    "print": Recipe(4000, 4000, Fit.CONTAIN, grayscale=False, encoding=Encoding(ImageFormat.JPEG, 92)),
}
#: The names of all options that parse() reads.
OPTION_NAMES = frozenset(
    {"preset", "width", "height", "fit", "grayscale", "watermark", "gravity", "font", "format", "quality"}
)


def parse(options: Options) -> Recipe:
    """Return the recipe for options whose values are strings (from a query) or JSON values.

    Raises InvalidRequest with the option's name, and the code `unknown_option`, `bad_option` or `out_of_range`.
    """
    if unknown := sorted(set(options) - OPTION_NAMES):
        known = ", ".join(sorted(OPTION_NAMES | {"filename"}))
        raise InvalidRequest(f"There is no option {unknown[0]!r}. The options are {known}.", code="unknown_option")
    preset = _one_of(str(options.get("preset", "default")), PRESETS, "preset")
    width, height = _box(options, preset)
    return replace(
        preset,
        width=width,
        height=height,
        fit=_fit(options, preset, width, height),
        grayscale=read_flag(options, "grayscale", default=preset.grayscale),
        watermark=_watermark(options),
        encoding=_encoding(options, preset.encoding),
        names_format=preset.names_format or "format" in options,
    )


def _box(options: Options, preset: Recipe) -> tuple[int | None, int | None]:
    """Return width and height of the request if it has one of them, else those of the preset."""
    if "width" not in options and "height" not in options:
        return preset.width, preset.height
    return _number(options, "width", MAX_SIDE), _number(options, "height", MAX_SIDE)


def _fit(options: Options, preset: Recipe, width: int | None, height: int | None) -> Fit:
    fit = _member(options, "fit", Fit, preset.fit)
    if fit is not Fit.CONTAIN and (width is None or height is None):
        if "fit" not in options:
            return Fit.CONTAIN
        raise InvalidRequest(f"fit={fit} fills a box exactly, so it needs both width and height.", code="bad_option")
    return fit


def _encoding(options: Options, preset: Encoding) -> Encoding:
    image_format = preset.format
    if "format" in options:
        image_format = _one_of(str(options["format"]).lower(), _WRITABLE, "format")
    return Encoding(image_format, _number(options, "quality", 100) or preset.quality)


def _watermark(options: Options) -> Watermark | None:
    text = _composed(str(options.get("watermark", "")).strip())
    gravity, font = _member(options, "gravity", Gravity, Gravity.SOUTH_EAST), _font(options)
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


def _number(options: Options, name: str, limit: int) -> int | None:
    if name not in options:
        return None
    text = str(options[name])
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise InvalidRequest(f"{name} must be a whole number from 1 to {limit}, not {text[:40]!r}.", code="bad_option")
    if not 1 <= int(text) <= limit:
        raise InvalidRequest(
            f"{name} must be from 1 to {limit}, not {int(text)}.", code="out_of_range", limit=limit, actual=int(text)
        )
    return int(text)


def read_flag(options: Options, name: str, *, default: bool) -> bool:
    """Return an option that is true or false. Raises InvalidRequest for any other text."""
    if name not in options:
        return default
    text = str(options[name]).lower()
    if text not in _TRUE | _FALSE:
        raise InvalidRequest(f"{name} must be true or false, not {text[:40]!r}.", code="bad_option")
    return text in _TRUE


def _member(options: Options, name: str, kind: type[_Member], default: _Member) -> _Member:
    return _one_of(str(options.get(name, default)), {member.value: member for member in kind}, name)


_Choice = TypeVar("_Choice")


def _one_of(text: str, choices: Mapping[str, _Choice], name: str) -> _Choice:
    if text not in choices:
        raise InvalidRequest(f"{name} must be one of {', '.join(choices)}, not {text[:40]!r}.", code="bad_option")
    return choices[text]
