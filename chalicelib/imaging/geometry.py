"""Sizes and how a picture goes into a box: integers only, never 0."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Fit(StrEnum):
    """How a picture goes into a box."""

    #: The whole picture inside the box, no bars; never enlarged.
    CONTAIN = "contain"
    #: The box filled exactly, the overflow cropped around the centre.
    COVER = "cover"
    #: The whole picture inside the box, bars added; never enlarged.
    PAD = "pad"
    #: The box filled exactly, proportions lost.
    STRETCH = "stretch"


@dataclass(frozen=True)
class Size:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a size is at least 1x1, not {self.width}x{self.height}")

    @property
    def pixels(self) -> int:
        """Count the pixels."""
        return self.width * self.height

    @property
    def transposed(self) -> "Size":
        """Swap width and height."""
        return Size(self.height, self.width)


@dataclass(frozen=True)
class Placement:
    """Where a source picture goes: `crop` of it is scaled to `scaled`, which stands centred on `canvas`."""

    source: Size
    crop: tuple[int, int, int, int]
    scaled: Size
    canvas: Size

    @property
    def scale(self) -> Fraction:
        """The larger of the two ratios of output to source: what a reduced decode must still hold."""
        left, top, right, bottom = self.crop
        return max(Fraction(self.scaled.width, right - left), Fraction(self.scaled.height, bottom - top))


def fit_size(source: Size, width: int | None, height: int | None, fit: Fit) -> Placement:
    """Plan how `source` goes into a box of `width` x `height` pixels, either of which may be open for contain."""
    whole = (0, 0, source.width, source.height)
    if fit in (Fit.CONTAIN, Fit.PAD):
        scaled = _contained(source, width, height)
        canvas = scaled if fit is Fit.CONTAIN else _box(source, width, height)
        return Placement(source, whole, scaled, canvas)
    box = _box(source, width, height)
    crop = whole if fit is Fit.STRETCH else _covering_crop(source, box)
    return Placement(source, crop, box, box)


def _box(source: Size, width: int | None, height: int | None) -> Size:
    return Size(width or source.width, height or source.height)


def _contained(source: Size, width: int | None, height: int | None) -> Size:
    across = Fraction(width or source.width, source.width)
    down = Fraction(height or source.height, source.height)
    ratio = min(across, down, Fraction(1))
    return Size(_rounded(source.width * ratio), _rounded(source.height * ratio))


def _covering_crop(source: Size, box: Size) -> tuple[int, int, int, int]:
    """Crop the source to the box's proportions before scaling, so that no intermediate outgrows the two."""
    if source.width * box.height >= box.width * source.height:
        size = Size(min(source.width, _rounded(Fraction(source.height * box.width, box.height))), source.height)
    else:
        size = Size(source.width, min(source.height, _rounded(Fraction(source.width * box.height, box.width))))
    left, top = (source.width - size.width) // 2, (source.height - size.height) // 2
    return left, top, left + size.width, top + size.height


def _rounded(length: Fraction) -> int:
    return max(1, int(length + Fraction(1, 2)))
