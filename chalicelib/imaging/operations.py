"""The operations on pixels. Each returns a new image and never changes its argument."""

from PIL import Image

from chalicelib.imaging.geometry import Placement, stored_crop
from chalicelib.imaging.resampling import Box, Extent, resample

WHITE = "#ffffff"
#: EXIF orientation (JEITA CP-3451, 4.6.4) and the transposition that makes the picture upright.
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orient(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture upright, by its EXIF orientation, 1 to 8."""
    return image.transpose(_TRANSPOSE[orientation]) if orientation in _TRANSPOSE else image


def resize(
    image: Image.Image,
    placement: Placement,
    orientation: int = 1,
    extent: Extent | None = None,
    background: str | None = None,
) -> Image.Image:
    """Crop, scale and pad as the placement says, and apply the orientation.

    The placement describes the upright picture. `image` is as stored in the file, and may be a reduced decode, whose
    picture has the width and height `extent` without the decoder's padding.
    The rotation comes after the scaling, when the image is smallest.
    With a `background`, `#rrggbb`, no pixel of the result is transparent.
    """
    scaled = placement.scaled.transposed if orientation >= 5 else placement.scaled
    box = _stored_box(extent or image.size, placement, orientation)
    resized = orient(resample(image, scaled, box), orientation)
    if background:
        resized = on_background(resized, background)
    return resized if placement.scaled == placement.canvas else _pad(resized, placement, background)


def grayscale(image: Image.Image) -> Image.Image:
    """Convert to grey (ITU-R BT.601 luma) and keep the alpha channel."""
    return image.convert("LA" if image.mode in ("LA", "RGBA") else "L")


def on_background(image: Image.Image, background: str) -> Image.Image:
    """Return an opaque image on `background`, `#rrggbb`. A grey one becomes RGB if the background has a colour."""
    level = int(background[1:3], 16)
    mode = "L" if image.mode in ("L", "LA") and background == f"#{level:02x}" + f"{level:02x}" * 2 else "RGB"
    if image.mode in ("L", "RGB"):
        return image if image.mode == mode else image.convert(mode)
    opaque = Image.new(mode, image.size, background)
    opaque.paste(image.convert(mode), mask=image.getchannel("A"))
    return opaque


def _stored_box(extent: Extent, placement: Placement, orientation: int) -> Box:
    """Return the crop in the coordinates of the stored pixels of a reduced decode."""
    source = placement.source.transposed if orientation >= 5 else placement.source
    left, top, right, bottom = stored_crop(placement.crop, placement.source, orientation)
    across, down = extent
    return (
        left * across / source.width,
        top * down / source.height,
        right * across / source.width,
        bottom * down / source.height,
    )


def _pad(image: Image.Image, placement: Placement, background: str | None) -> Image.Image:
    backgrounds: dict[str, float | tuple[float, ...]] = {
        "L": 255,
        "LA": (255, 0),
        "RGB": (255, 255, 255),
        "RGBA": (255, 255, 255, 0),
    }
    size = (placement.canvas.width, placement.canvas.height)
    canvas = Image.new(image.mode, size, background or backgrounds[image.mode])
    canvas.paste(image, placement.region)
    return canvas
