"""Reads a client's options into a Recipe, a validated list of operations, and applies it to a decoded image."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.codec import Decoded
from chalicelib.imaging.edges import EdgeMap
from chalicelib.imaging.encoding import Encoding
from chalicelib.imaging.focus import AUTO, Focus, aim, read_focus, write_focus
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Crop, Fit, Gravity, Placement, Size, fit_size
from chalicelib.imaging.limits import MAX_SIDE, check_output
from chalicelib.imaging.logo import Logo, draw_logo, read_logo, write_logo
from chalicelib.imaging.operations import grayscale, resize
from chalicelib.imaging.options import (
    Option,
    Options,
    one_of,
    read_color,
    read_flag,
    read_member,
    read_number,
    refuse_damaged_text,
)
from chalicelib.imaging.overlays import NOTHING, Brought, Overlay, put_on
from chalicelib.imaging.renditions import Rendition, read_renditions, write_renditions
from chalicelib.imaging.turns import UPRIGHT, compose, inverse, read_turn, write_turn
from chalicelib.imaging.watermark import Watermark, draw_watermark, read_watermark, write_watermark

_WRITABLE = {known.name.lower(): known for known in ImageFormat if known.writable} | {"jpg": ImageFormat.JPEG}


@dataclass(frozen=True)
class Recipe:
    """The operations on a photo, in this order: turn, greyscale, resize, background, logo, watermark, encode."""

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
    #: How the upright photo is turned before anything else, as an orientation of EXIF.
    turn: int = UPRIGHT
    #: The colour of bars and behind transparent pixels: `#rrggbb`, or None.
    background: str | None = None
    logo: Logo | None = None
    #: Further results of the same operations in other boxes; None if the caller did not say.
    renditions: tuple[Rendition, ...] | None = None
    #: Whether frames are kept where the format can hold them; None if the caller did not say, which means yes.
    animated: bool | None = field(default=None, compare=False)
    #: True if the caller named the preset `default`, which a stage may replace for callers who name none.
    names_default: bool = field(default=False, compare=False)

    @property
    def needs_edges(self) -> bool:
        """Return whether the crop depends on what the picture shows."""
        return self.fit is Fit.COVER and self.focus == AUTO

    def place(self, size: Size, edges: EdgeMap | None = None) -> Placement:
        """Return the plan of the resize for an upright picture of `size`. Without `edges`, `auto` is the centre.

        The recipe speaks of the turned picture. The plan is in the coordinates of the picture before the turn.
        """
        turned = size.transposed if self.turn >= 5 else size
        placement = fit_size(turned, self.width, self.height, self.fit)
        if self.fit is Fit.COVER:
            placement = aim(placement, self.focus, edges and edges.turned(self.turn))
        return placement.stored(self.turn)

    def apply(
        self,
        decoded: Decoded,
        max_pixels: int,
        brought: Brought = NOTHING,
        overlays: Iterable[Overlay] | None = None,
    ) -> Image.Image:
        """Return the result of all operations. The decoded image does not change, so it can be used again.

        `brought` has the font and the logo that the recipe names, and `overlays` is what draw_overlays() has drawn
        before. Raises ImageTooLarge, before any operation, if the output would exceed the limits of its format.
        Raises InvalidRequest for a damaged font.
        """
        placement = decoded.seen(self.place(decoded.size, decoded.edges)).stored(inverse(self.turn))
        check_output(placement.canvas, self.encoding.format, decoded.image.mode, max_pixels)
        # Both are sums of samples, so their order makes no difference. Grey first costs less, but not with alpha.
        image = self._grey(decoded.image) if decoded.image.mode == "RGB" else decoded.image
        orientation = compose(decoded.orientation, self.turn)
        image = self._grey(resize(image, placement, orientation, decoded.extent, self._background()))
        return put_on(image, self.draw_overlays(placement.region, brought) if overlays is None else overlays)

    def draw_overlays(self, region: Crop, brought: Brought) -> Iterator[Overlay]:
        """Draw the logo and the watermark, one by one, for a result whose photo has this region."""
        if self.logo and brought.logo:
            yield draw_logo(self.logo, brought.logo, region)
        if self.watermark:
            yield from draw_watermark(self.watermark, region, brought.font)

    def options(self) -> dict[str, Option]:
        """Return options from which parse() makes the same recipe. A format is one of them if the caller chose it."""
        written: dict[str, Option | None] = {
            "preset": DEFAULT if self.names_default else None,
            "width": self.width,
            "height": self.height,
            "fit": self.fit.value,
            "background": self.background,
            "grayscale": self.grayscale,
            "format": self.encoding.format.name.lower() if self.names_format else None,
            "quality": self.encoding.quality,
            "animated": self.animated,
            "renditions": None if self.renditions is None else write_renditions(self.renditions),
        }
        written |= write_turn(self.turn)
        if self.logo:
            written |= write_logo(self.logo)
        if self.watermark:
            written |= write_watermark(self.watermark)
        if self.fit is Fit.COVER or self.focus is not Gravity.CENTER:
            written |= write_focus(self.focus)
        return {name: value for name, value in written.items() if value is not None}

    def of_renditions(self) -> "dict[str, Recipe]":
        """Return the recipe of each rendition: the same operations in its own box."""
        return {each.name: self._in_box_of(each) for each in self.renditions or ()}

    def _in_box_of(self, rendition: Rendition) -> "Recipe":
        width, height, fit = rendition.width, None, Fit.CONTAIN
        if width is None:
            preset = PRESETS[rendition.name]
            width, height, fit = preset.width, preset.height, preset.fit
        return replace(self, width=width, height=height, fit=fit, renditions=None)

    def _background(self) -> str | None:
        """Return the background as the result shows it: a grey one of the same luma if the recipe is grey."""
        if self.background is None or not self.grayscale:
            return self.background
        return "#" + f"{Image.new('RGB', (1, 1), self.background).convert('L').tobytes()[0]:02x}" * 3

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
    {"preset", "width", "height", "fit", "gravity", "focus", "rotate", "flip", "background", "grayscale"}
    | {"format", "quality", "animated", "renditions", "logo", "logo_scale", "logo_opacity", "logo_gravity"}
    | {"watermark", "watermark_gravity", "watermark_size", "watermark_opacity", "watermark_color", "font"}
)


def parse(options: Options, default: str = DEFAULT, renditions: str = "") -> Recipe:
    """Return the recipe for options whose values are strings (from a query) or JSON values.

    `default` is the preset of a caller who names none, and `renditions` are those of a caller who says none.
    Raises InvalidRequest with the option's name, and the code `unknown_option`, `bad_option` or `out_of_range`.
    """
    _check_text(options)
    preset = one_of(str(options.get("preset", default)), PRESETS, "preset")
    return replace(
        preset,
        **_layout(options, preset),
        turn=read_turn(options),
        background=read_color(options, "background"),
        logo=read_logo(options),
        grayscale=read_flag(options, "grayscale", default=preset.grayscale),
        encoding=_encoding(options, preset.encoding),
        names_format=preset.names_format or "format" in options,
        **_extent(options, renditions),
        names_default=options.get("preset") == DEFAULT,
    )


def _layout(options: Options, preset: Recipe) -> dict[str, Any]:
    """Return the fields of the box, of what a crop keeps, and of the watermark, whose place depends on both."""
    width, height, fit = _box_and_fit(options, preset)
    focus, mark = _focus_and_mark(options, fit)
    return {"width": width, "height": height, "fit": fit, "focus": focus, "watermark": mark}


def _extent(options: Options, renditions: str) -> dict[str, Any]:
    """Return the fields of how much is made: all frames or one, and the renditions."""
    animated = read_flag(options, "animated", default=True) if "animated" in options else None
    return {"animated": animated, "renditions": read_renditions(options, PRESETS, renditions)}


def _check_text(options: Options) -> None:
    """Raise InvalidRequest for an option that does not exist or is not UTF-8."""
    if unknown := sorted(set(options) - OPTION_NAMES):
        known = ", ".join(sorted(OPTION_NAMES | {"filename"}))
        raise InvalidRequest(f"There is no option {unknown[0]!r}. The options are {known}.", code="unknown_option")
    refuse_damaged_text(options)


def parse_stored(options: Options, default: str = DEFAULT) -> Recipe:
    """Return the recipe of options in a record. One from before `watermark_gravity` has its place in `gravity`."""
    is_from_before = {"watermark", "gravity"} <= options.keys() and "watermark_gravity" not in options
    names = {"gravity": "watermark_gravity"} if is_from_before else {}
    return parse({names.get(name, name): value for name, value in options.items()}, default)


def _box_and_fit(options: Options, preset: Recipe) -> tuple[int | None, int | None, Fit]:
    """Return width and height of the request if it has one of them, else those of the preset, and the fit."""
    width, height = preset.width, preset.height
    if "width" in options or "height" in options:
        width, height = read_number(options, "width", MAX_SIDE), read_number(options, "height", MAX_SIDE)
    return width, height, _fit(options, preset, width, height)


def _fit(options: Options, preset: Recipe, width: int | None, height: int | None) -> Fit:
    fit = read_member(options, "fit", Fit, preset.fit)
    if fit is not Fit.CONTAIN and (width is None or height is None):
        if "fit" not in options:
            return Fit.CONTAIN
        raise InvalidRequest(f"fit={fit} fills a box exactly, so it needs both width and height.", code="bad_option")
    return fit


def _focus_and_mark(options: Options, fit: Fit) -> tuple[Focus, Watermark | None]:
    """Return what a crop keeps, and the watermark: `gravity` is the place of one or the other."""
    mark = read_watermark(options, at_gravity=fit is not Fit.COVER)
    marks = fit is not Fit.COVER and mark is not None and "watermark_gravity" not in options
    return read_focus(options, marks=marks), mark


def _encoding(options: Options, preset: Encoding) -> Encoding:
    image_format = preset.format
    if "format" in options:
        image_format = one_of(str(options["format"]).lower(), _WRITABLE, "format")
    return Encoding(image_format, read_number(options, "quality", 100) or preset.quality)
