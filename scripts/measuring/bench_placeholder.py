"""Measures the CPU time of a placeholder, from the decoded photo to the hash."""

from collections.abc import Callable, Iterator
from functools import partial

from PIL import Image

from chalicelib.imaging.colour import Space, Transforms, to_srgb
from chalicelib.imaging.placeholder import make_placeholder, shrink
from scripts.measuring import sample_profiles

_SMALL, _LARGE = (800, 600), (6000, 4000)
#: The mode, the size in pixels and the colour space of each picture.
KINDS: dict[str, tuple[str, tuple[int, int], Space | None]] = {
    "RGB, 0.5 megapixels": ("RGB", _SMALL, None),
    "RGB, 24 megapixels": ("RGB", _LARGE, None),
    "RGB in Display P3, 24 megapixels": ("RGB", _LARGE, sample_profiles.display_p3()),
    "CMYK with a profile, 24 megapixels": ("CMYK", _LARGE, sample_profiles.cmyk()),
    "RGBA, 0.5 megapixels": ("RGBA", _SMALL, None),
    "RGBA, 24 megapixels": ("RGBA", _LARGE, None),
    "RGBA in Display P3, 24 megapixels": ("RGBA", _LARGE, sample_profiles.display_p3()),
}


def works() -> Iterator[tuple[str, Callable[[], object]]]:
    """Return the work for each kind of picture. The transform of its colours is made, as for the variants."""
    for name, (mode, size, space) in KINDS.items():
        image = Image.effect_noise(size, 50).convert(mode)
        if mode == "RGBA":
            image.putalpha(Image.effect_noise(size, 90))
        transforms: Transforms = {}
        to_srgb(image.crop((0, 0, 1, 1)), space, transforms)
        yield name, partial(_work, image, space, transforms)


def _work(image: Image.Image, space: Space | None, transforms: Transforms) -> object:
    return make_placeholder(to_srgb(shrink(image, image.size), space, transforms))
