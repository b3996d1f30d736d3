"""Plans what a decode must keep of a photo, so that each output is exact and no photo is resampled twice in vain."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from PIL import Image

from chalicelib.imaging.geometry import Crop, Placement, Size, stored_crop
from chalicelib.imaging.resampling import Extent, resample

if TYPE_CHECKING:
    from chalicelib.imaging.edges import EdgeMap

#: An output is made from a larger one only if that one is at least this many times as large: a second resample of an
#: almost equal size would blur the picture.
_LEAST_RATIO = Fraction(3, 2)
#: Several outputs of different crops are made from an image that has this many times their size.
_SPARE = 2
#: A reduction needs memory for its result and for a step between. An image of more pixels must at least be halved.
_FEW_PIXELS = 8_000_000


@dataclass(frozen=True)
class View:
    """The part of a photo that its outputs show, and the size in pixels that they need of it.

    `final` says that `size` is exactly that of an output. Otherwise the outputs differ, and each one is resampled.
    `apart` says that it costs less to make each output from the decoded image, if that has few pixels.
    """

    crop: Crop
    size: Size
    final: bool = True
    apart: bool = False
    #: Returns the view itself, once the edges of the photo are known. Until then, only `scale` counts.
    aimed: "Callable[[EdgeMap], View] | None" = field(default=None, compare=False)

    @property
    def scale(self) -> Fraction:
        """Return the larger of the ratios of `size` to the crop. A decode must keep at least this scale."""
        left, top, right, bottom = self.crop
        return max(Fraction(self.size.width, right - left), Fraction(self.size.height, bottom - top))

    def as_stored(self, upright: Size, orientation: int) -> "View":
        """Return the same view in the coordinates of the stored pixels."""
        size = self.size.transposed if orientation >= 5 else self.size
        return replace(self, crop=stored_crop(self.crop, upright, orientation), size=size)


#: Returns the view that the caller needs of an upright photo of this size.
ViewFor = Callable[[Size], View]


def whole_view(size: Size) -> View:
    """Ask for the whole photo at its full size."""
    return View((0, 0, size.width, size.height), size)


def plan_view(placements: Collection[Placement], *, apart: bool = False) -> View:
    """Return the view from which all outputs of one photo are made. It enlarges nothing."""
    first, *others = sorted(placements, key=lambda each: max(each.ratios), reverse=True)
    if all(_can_follow(each, first) for each in others):
        return View(first.crop, _size(first.crop, *first.ratios), apart=apart)
    crops, ratios = [each.crop for each in placements], [each.ratios for each in placements]
    (left, top), (right, bottom) = (map(min, *(crop[:2] for crop in crops)), map(max, *(crop[2:] for crop in crops)))
    union = (left, top, right, bottom)
    return View(union, _size(union, max(x for x, _ in ratios), max(y for _, y in ratios)), final=False)


def reduce(image: Image.Image, view: View, stored: Size, extent: Extent) -> Image.Image | None:
    """Cut the view out of a decoded image and scale it. Returns None if the outputs are better made from the image.

    `stored` is the size in the file, and `extent` that of the decoded picture.
    """
    left, top, right, bottom = view.crop
    across, down = extent
    box = (
        left * across / stored.width,
        top * down / stored.height,
        right * across / stored.width,
        bottom * down / stored.height,
    )
    size = view.size if view.final else Size(view.size.width * _SPARE, view.size.height * _SPARE)
    halved = size.width * 2 <= box[2] - box[0] and size.height * 2 <= box[3] - box[1]
    few = image.width * image.height <= _FEW_PIXELS
    if few and view.apart:
        return None
    return resample(image, size, box) if halved or (few and view.final) else None


def _can_follow(other: Placement, first: Placement) -> bool:
    """Return whether an output can be made from the first output without a loss that can be seen."""
    if (other.crop, other.scaled) == (first.crop, first.scaled):
        return True
    inside = all(a <= b for a, b in zip(first.crop[:2], other.crop[:2], strict=True)) and all(
        a >= b for a, b in zip(first.crop[2:], other.crop[2:], strict=True)
    )
    return inside and all(
        ratio * _LEAST_RATIO <= min(most, Fraction(1)) for ratio, most in zip(other.ratios, first.ratios, strict=True)
    )


def _size(crop: Crop, across: Fraction, down: Fraction) -> Size:
    left, top, right, bottom = crop
    return Size(ceil((right - left) * min(across, Fraction(1))), ceil((bottom - top) * min(down, Fraction(1))))
