"""Calculates how a picture fits into a box. Sizes are whole pixels and never 0."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import floor

#: Left, top, right and bottom, in pixels.
Crop = tuple[int, int, int, int]

#: The EXIF orientations (JEITA CP-3451, 4.6.4) that reverse the x axis and the y axis. 5 to 8 also swap the axes.
REVERSES_X, REVERSES_Y = frozenset({2, 3, 6, 7}), frozenset({3, 4, 7, 8})


class Fit(StrEnum):
    """How a picture is fitted into a box."""

    #: The whole picture inside the box, without bars. Never enlarged.
    CONTAIN = "contain"
    #: The box filled exactly. What is outside is cropped; imaging/focus.py says what is kept.
    COVER = "cover"
    #: The whole picture inside the box, with bars. Never enlarged.
    PAD = "pad"
    #: The box filled exactly. The proportions change.
    STRETCH = "stretch"


@dataclass(frozen=True)
class Point:
    """A point of a picture: shares of its width and its height, from 0 to 1."""

    x: Fraction
    y: Fraction


#: The middle of a picture.
CENTER = Point(Fraction(1, 2), Fraction(1, 2))


class Gravity(StrEnum):
    """A position in a picture: a side, a corner or the centre."""

    NORTH_WEST = "north-west"
    NORTH = "north"
    NORTH_EAST = "north-east"
    WEST = "west"
    CENTER = "center"
    EAST = "east"
    SOUTH_WEST = "south-west"
    SOUTH = "south"
    SOUTH_EAST = "south-east"

    @property
    def point(self) -> Point:
        """Return the point that is nearest to the side or the corner."""
        x = Fraction(0) if "west" in self else Fraction(1) if "east" in self else CENTER.x
        y = Fraction(0) if "north" in self else Fraction(1) if "south" in self else CENTER.y
        return Point(x, y)


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
        """Return the number of pixels."""
        return self.width * self.height

    @property
    def transposed(self) -> "Size":
        """Return the size with width and height swapped."""
        return Size(self.height, self.width)


@dataclass(frozen=True)
class Placement:
    """The plan of a resize: cut `crop` out of `source`, scale it, centre it on `canvas`."""

    source: Size
    crop: Crop
    scaled: Size
    canvas: Size

    @property
    def ratios(self) -> tuple[Fraction, Fraction]:
        """Return the ratios of the output's width and height to those of the crop."""
        left, top, right, bottom = self.crop
        return Fraction(self.scaled.width, right - left), Fraction(self.scaled.height, bottom - top)

    def seen_in(self, crop: Crop) -> "Placement":
        """Return the same plan for a source that is only this part of the picture."""
        left, top, right, bottom = crop
        moved = (self.crop[0] - left, self.crop[1] - top, self.crop[2] - left, self.crop[3] - top)
        return Placement(Size(right - left, bottom - top), moved, self.scaled, self.canvas)


def stored_crop(crop: Crop, upright: Size, orientation: int) -> Crop:
    """Return a crop of the upright picture in the coordinates of the stored pixels.

    Undoes the reversed axes, then the swapped axes.
    """
    left, top, right, bottom = crop
    if orientation in REVERSES_X:
        left, right = upright.width - right, upright.width - left
    if orientation in REVERSES_Y:
        top, bottom = upright.height - bottom, upright.height - top
    return (top, left, bottom, right) if orientation >= 5 else (left, top, right, bottom)


def crop_around(point: Point, size: Size, source: Size) -> Crop:
    """Return the crop of this size whose middle is as near to the point as the source allows."""
    left = _start(point.x, size.width, source.width)
    top = _start(point.y, size.height, source.height)
    return left, top, left + size.width, top + size.height


def fit_size(source: Size, width: int | None, height: int | None, fit: Fit) -> Placement:
    """Plan how to fit `source` into a box of `width` x `height` pixels. None means no limit on that side."""
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
    ratio_x = Fraction(width or source.width, source.width)
    ratio_y = Fraction(height or source.height, source.height)
    ratio = min(ratio_x, ratio_y, Fraction(1))
    return Size(_rounded(source.width * ratio), _rounded(source.height * ratio))


def _covering_crop(source: Size, box: Size) -> Crop:
    """Return the crop with the proportions of the box, so that scaling never makes more pixels than the box has."""
    if source.width * box.height >= box.width * source.height:
        size = Size(min(source.width, _rounded(Fraction(source.height * box.width, box.height))), source.height)
    else:
        size = Size(source.width, min(source.height, _rounded(Fraction(source.width * box.height, box.width))))
    return crop_around(CENTER, size, source)


def _start(share: Fraction, length: int, whole: int) -> int:
    return max(0, min(floor(share * whole - Fraction(length, 2)), whole - length))


def _rounded(length: Fraction) -> int:
    return max(1, int(length + Fraction(1, 2)))
