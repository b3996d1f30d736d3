"""Reads a client's options into a Recipe, a validated list of operations, and applies it to a decoded image."""

from dataclasses import dataclass, field, replace

from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.edges import EdgeMap
from chalicelib.imaging.encoding import Encoding
from chalicelib.imaging.focus import AUTO, Focus, aim, read_focus, write_focus
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Gravity, Placement, Size, fit_size
from chalicelib.imaging.limits import MAX_SIDE, check_output
from chalicelib.imaging.operations import grayscale, resize
from chalicelib.imaging.options import Option, Options, one_of, read_flag, read_member, read_number
from chalicelib.imaging.watermark import Watermark, read_watermark, watermark

_WRITABLE = {known.name.lower(): known for known in ImageFormat if known.writable} | {"jpg": ImageFormat.JPEG}


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
    #: What a crop keeps, here and in the variant `resized`.
    focus: Focus = Gravity.CENTER
    #: True if the caller named the preset `default`, which a stage may replace for callers who name none.
    names_default: bool = field(default=False, compare=False)

    @property
    def needs_edges(self) -> bool:
        """Return whether the crop depends on what the picture shows."""
        return self.fit is Fit.COVER and self.focus == AUTO

    def place(self, size: Size, edges: EdgeMap | None = None) -> Placement:
        """Return the plan of the resize for an upright picture of `size`. Without `edges`, `auto` is the centre."""
        placement = fit_size(size, self.width, self.height, self.fit)
        return aim(placement, self.focus, edges) if self.fit is Fit.COVER else placement

    def apply(self, decoded: Decoded, max_pixels: int, font_data: bytes | None = None) -> Image.Image:
        """Return the result of all operations. The decoded image does not change, so it can be used again.

        `font_data` are the bytes of the watermark's font, if it is not the built-in one. Raises ImageTooLarge, before
        any operation, if the output would exceed the limits of its format. Raises InvalidRequest for a damaged font.
        """
        placement = self.place(decoded.size, decoded.edges)
        check_output(placement.canvas, self.encoding.format, decoded.image.mode, max_pixels)
        # Both are sums of samples, so their order makes no difference. Grey first costs less, but not with alpha.
        image = self._grey(decoded.image) if decoded.image.mode == "RGB" else decoded.image
        image = self._grey(resize(image, decoded.seen(placement), decoded.orientation, decoded.extent))
        return watermark(image, self.watermark, font_data) if self.watermark else image

    def options(self) -> dict[str, Option]:
        """Return options from which parse() makes the same recipe. A format is one of them if the caller chose it."""
        written: dict[str, Option | None] = {
            "preset": DEFAULT if self.names_default else None,
            "width": self.width,
            "height": self.height,
            "fit": self.fit.value,
            "grayscale": self.grayscale,
            "watermark": self.watermark.text if self.watermark else None,
            "watermark_gravity": self.watermark.gravity.value if self.watermark else None,
            "font": self.watermark.font or None if self.watermark else None,
            "format": self.encoding.format.name.lower() if self.names_format else None,
            "quality": self.encoding.quality,
        }
        if self.fit is Fit.COVER or self.focus is not Gravity.CENTER:
            written |= write_focus(self.focus)
        return {name: value for name, value in written.items() if value is not None}

    def _grey(self, image: Image.Image) -> Image.Image:
        return grayscale(image) if self.grayscale and image.mode != "L" else image


#: The name of the preset of the documents: greyscale, and PNG.
DEFAULT = "default"
#: The presets. An option in the request replaces the value of the preset.
PRESETS = {
    DEFAULT: Recipe(800, 800, Fit.CONTAIN, True, Encoding(ImageFormat.PNG, 85), names_format=False),
    "thumbnail": Recipe(300, 300, Fit.COVER, grayscale=False, encoding=Encoding(ImageFormat.JPEG, 80)),
    "web": Recipe(1600, 1600, Fit.CONTAIN, grayscale=False, encoding=Encoding(ImageFormat.WEBP, 80)),
    "print": Recipe(4000, 4000, Fit.CONTAIN, grayscale=False, encoding=Encoding(ImageFormat.JPEG, 92)),
}
#: The names of all options that parse() reads.
OPTION_NAMES = frozenset(
    {"preset", "width", "height", "fit", "gravity", "focus", "grayscale", "format", "quality"}
    | {"watermark", "watermark_gravity", "font"}
)


def parse(options: Options, default: str = DEFAULT) -> Recipe:
    """Return the recipe for options whose values are strings (from a query) or JSON values.

    `default` is the preset of a caller who names none.

    Raises InvalidRequest with the option's name, and the code `unknown_option`, `bad_option` or `out_of_range`.
    """
    _refuse_unknown(options)
    preset = one_of(str(options.get("preset", default)), PRESETS, "preset")
    width, height = _box(options, preset)
    fit = _fit(options, preset, width, height)
    mark = read_watermark(options, at_gravity=fit is not Fit.COVER)
    marks = fit is not Fit.COVER and mark is not None and "watermark_gravity" not in options
    return replace(
        preset,
        width=width,
        height=height,
        fit=fit,
        focus=read_focus(options, marks=marks),
        grayscale=read_flag(options, "grayscale", default=preset.grayscale),
        watermark=mark,
        encoding=_encoding(options, preset.encoding),
        names_format=preset.names_format or "format" in options,
        names_default=options.get("preset") == DEFAULT,
    )


def _refuse_unknown(options: Options) -> None:
    if unknown := sorted(set(options) - OPTION_NAMES):
        known = ", ".join(sorted(OPTION_NAMES | {"filename"}))
        raise InvalidRequest(f"There is no option {unknown[0]!r}. The options are {known}.", code="unknown_option")


def parse_stored(options: Options, default: str = DEFAULT) -> Recipe:
    """Return the recipe of options in a record. One from before `watermark_gravity` has its place in `gravity`."""
    is_from_before = {"watermark", "gravity"} <= options.keys() and "watermark_gravity" not in options
    names = {"gravity": "watermark_gravity"} if is_from_before else {}
    return parse({names.get(name, name): value for name, value in options.items()}, default)


def _box(options: Options, preset: Recipe) -> tuple[int | None, int | None]:
    """Return width and height of the request if it has one of them, else those of the preset."""
    if "width" not in options and "height" not in options:
        return preset.width, preset.height
    return read_number(options, "width", MAX_SIDE), read_number(options, "height", MAX_SIDE)


def _fit(options: Options, preset: Recipe, width: int | None, height: int | None) -> Fit:
    fit = read_member(options, "fit", Fit, preset.fit)
    if fit is not Fit.CONTAIN and (width is None or height is None):
        if "fit" not in options:
            return Fit.CONTAIN
        raise InvalidRequest(f"fit={fit} fills a box exactly, so it needs both width and height.", code="bad_option")
    return fit


def _encoding(options: Options, preset: Encoding) -> Encoding:
    image_format = preset.format
    if "format" in options:
        image_format = one_of(str(options["format"]).lower(), _WRITABLE, "format")
    return Encoding(image_format, read_number(options, "quality", 100) or preset.quality)
