"""Puts letters and logos on an image. What is drawn once for a size can be put on every frame of an animation."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from PIL import Image, ImageColor

from chalicelib.imaging.geometry import Crop


@dataclass(frozen=True)
class Brought:
    """What people brought to the images bucket and a recipe names: the bytes of a font, and a logo that is upright."""

    font: bytes | None = field(default=None, repr=False)
    logo: Image.Image | None = None


#: For a recipe that names nothing.
NOTHING = Brought()


@dataclass(frozen=True)
class Overlay:
    """What covers a box of an image: a colour, `#rrggbb`, or an RGB picture, and the mask of how much it covers."""

    box: Crop
    paint: str | Image.Image
    mask: Image.Image


def put_on(image: Image.Image, overlays: Iterable[Overlay]) -> Image.Image:
    """Return the image with the overlays on it, in their order. Only their boxes are composited.

    A composite of the whole picture costs three times the memory.
    An image with transparency becomes opaque where it is covered.
    """
    covered = image
    for each in overlays:
        covered = image.copy() if covered is image else covered
        covered.paste(_paint(each.paint, image.mode), each.box, each.mask)
    return covered


def _paint(paint: str | Image.Image, mode: str) -> float | tuple[int, ...] | Image.Image:
    return ImageColor.getcolor(paint, mode) if isinstance(paint, str) else paint.convert(mode)
