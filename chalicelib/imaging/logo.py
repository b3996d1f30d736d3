"""Reads the options of a logo, and scales it."""

from dataclasses import dataclass

from PIL import Image

from chalicelib.imaging.geometry import Crop, Fit, Gravity, Size, fit_size
from chalicelib.imaging.options import Option, Options, read_member, read_name, read_number
from chalicelib.imaging.overlays import Overlay
from chalicelib.imaging.resampling import resample

#: Pixels of a logo; imaging/limits.py allows some formats only a share of them.
MAX_LOGO_PIXELS = 1_000_000
#: The margin to the sides, as a share of the picture's shorter side: that of a watermark.
_MARGIN = 50


@dataclass(frozen=True)
class Logo:
    """The name of a logo, its width in percent of the picture's, its opacity in percent, and its position."""

    name: str
    scale: int = 20
    opacity: int = 100
    gravity: Gravity = Gravity.SOUTH_WEST


def read_logo(options: Options) -> Logo | None:
    """Return the logo that the options name, or None. Raises InvalidRequest."""
    name = read_name(options, "logo", "logos/")
    scale = read_number(options, "logo_scale", 100) or Logo.scale
    opacity = read_number(options, "logo_opacity", 100) or Logo.opacity
    gravity = read_member(options, "logo_gravity", Gravity, Logo.gravity)
    return Logo(name, scale, opacity, gravity) if name else None


def write_logo(logo: Logo) -> dict[str, Option]:
    """Return the options from which read_logo() reads the same."""
    return {
        "logo": logo.name,
        "logo_scale": logo.scale,
        "logo_opacity": logo.opacity,
        "logo_gravity": logo.gravity.value,
    }


def draw_logo(logo: Logo, picture: Image.Image, region: Crop) -> Overlay:
    """Scale the logo's picture for the region of an image that has the photo.

    It keeps its proportions, is never enlarged, and never larger than the region.
    """
    left, top, right, bottom = region
    room = (right - left, bottom - top)
    width = max(1, room[0] * logo.scale // 100)
    scaled = fit_size(Size(*picture.size), width, room[1], Fit.CONTAIN).scaled
    small = resample(picture.convert("RGBA"), scaled, (0, 0, *picture.size))
    mask = small.getchannel("A").point([level * logo.opacity // 100 for level in range(256)])
    x, y = logo.gravity.position(room, small.size, margin=min(room) // _MARGIN)
    box = (left + x, top + y, left + x + small.width, top + y + small.height)
    # Its own transparency is in the mask.
    return Overlay(box, small.convert("RGB"), mask)
