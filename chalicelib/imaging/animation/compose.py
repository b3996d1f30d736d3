"""Draws the parts of an animation on its canvas, as browsers do (GIF89a, 23; RFC 9649, 2.7.1.1; PNG, 11.3.7.3)."""

from collections.abc import Iterator

from PIL import Image

from chalicelib.errors import CorruptImage
from chalicelib.imaging.animation.timeline import Disposal, Part, Timeline
from chalicelib.imaging.codec import decode
from chalicelib.imaging.views import whole_view

_CLEAR = (0, 0, 0, 0)


def compose(timeline: Timeline, max_pixels: int) -> Iterator[Image.Image]:
    """Yield what is shown with each part, in RGB if every frame is opaque, else in RGBA.

    Raises CorruptImage or ImageTooLarge.
    """
    canvas = Image.new("RGBA", (timeline.size.width, timeline.size.height))
    mode = ""
    for part in timeline.parts:
        area = _area(part, timeline)
        picture = _decode(part, max_pixels)
        before = canvas.crop(area) if part.disposal is Disposal.RESTORE and area else None
        if area and picture:
            _draw(canvas, picture, part, area)
        mode = mode or ("RGBA" if timeline.clears or canvas.getchannel("A").getextrema() != (255, 255) else "RGB")
        yield canvas.copy() if mode == "RGBA" else canvas.convert("RGB")
        if before and area:
            canvas.paste(before, area)
        elif area and part.disposal is Disposal.CLEAR:
            canvas.paste(_CLEAR, area)


def _decode(part: Part, max_pixels: int) -> Image.Image | None:
    left, top, right, bottom = part.box
    if left == right or top == bottom:
        return None  # no rule of GIF forbids it, and browsers show what was there before
    image = decode(part.still(), max_pixels, whole_view).image
    if image.size != (right - left, bottom - top):
        raise CorruptImage("A frame of the animation has another size than it declares.")
    return image if image.mode == "RGBA" else image.convert("RGBA")


def _area(part: Part, timeline: Timeline) -> tuple[int, int, int, int] | None:
    """Return the part of the box that is on the canvas, or None."""
    left, top, right, bottom = part.box
    right, bottom = min(right, timeline.size.width), min(bottom, timeline.size.height)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _draw(canvas: Image.Image, picture: Image.Image, part: Part, area: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = area
    shown = (0, 0, right - left, bottom - top)
    if not part.blends:
        canvas.paste(_CLEAR, area)
    # This also blackens what is transparent. An encoder's grey there would bleed into the edges of an AVIF.
    canvas.alpha_composite(picture, (left, top), shown)
