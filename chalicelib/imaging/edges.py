"""Finds the busiest part of a picture by its edges, for crops. All arithmetic is in whole numbers.

A crop by `cover` cuts one axis only, so the sums of the edges in each column and in each row are enough.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from PIL import Image, ImageChops

from chalicelib.imaging.geometry import REVERSES_X, REVERSES_Y, Point, Size
from chalicelib.imaging.operations import WHITE, on_background, orient
from chalicelib.imaging.resampling import Extent

#: Columns or rows of the longer side. Each is the average of so many samples, since one sample is noise.
_CELLS, _SAMPLES = 128, 4


@dataclass(frozen=True)
class EdgeMap:
    """The sums of the edges in each column and each row of the upright picture."""

    columns: tuple[int, ...]
    rows: tuple[int, ...]

    def turned(self, orientation: int) -> "EdgeMap":
        """Return the map of the picture that an orientation makes of this one."""
        columns, rows = (self.rows, self.columns) if orientation >= 5 else (self.columns, self.rows)
        return EdgeMap(
            columns[::-1] if orientation in REVERSES_X else columns, rows[::-1] if orientation in REVERSES_Y else rows
        )

    def busiest(self, crop: Size, source: Size) -> Point:
        """Return the centre of the busiest part of a source that has the size of the crop."""
        return Point(
            _busiest(self.columns, Fraction(crop.width, source.width)),
            _busiest(self.rows, Fraction(crop.height, source.height)),
        )


def find_edges(image: Image.Image, extent: Extent, orientation: int) -> EdgeMap:
    """Return the edges of a decoded image, in mode L, LA, RGB, RGBA, CMYK or LAB, whose picture has this extent.

    Edges are the differences between neighbours of a small picture, which is sampled without a full read of the image.
    """
    longest = max(image.size)
    cells = [max(1, min(side, round(_CELLS * side / longest))) for side in image.size]
    sampled = (cells[0] * _SAMPLES, cells[1] * _SAMPLES)
    picture = image.resize(sampled, Image.Resampling.NEAREST, (0, 0, *extent))
    small = orient(_on_white(picture).reduce(_SAMPLES), orientation)
    width, height = small.size
    across = ImageChops.difference(small.crop((1, 0, width, height)), small.crop((0, 0, width - 1, height)))
    down = ImageChops.difference(small.crop((0, 1, width, height)), small.crop((0, 0, width, height - 1)))
    edges = ImageChops.add(_padded(across, small.size), _padded(down, small.size), scale=2).convert("L").tobytes()
    return EdgeMap(
        tuple(sum(edges[x::width]) for x in range(width)),
        tuple(sum(edges[y * width : (y + 1) * width]) for y in range(height)),
    )


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode == "LAB":
        return picture.getchannel("L").convert("RGB")  # its colours need Little CMS, which takes 9 ms
    return (on_background(picture, WHITE) if picture.mode in ("LA", "RGBA") else picture).convert("RGB")


def _padded(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Give back the column or the row that differences between neighbours lack."""
    return image.crop((0, 0, *size))


def _busiest(sums: tuple[int, ...], share: Fraction) -> Fraction:
    """Return the middle of the window of this share with the largest sum; of several, the nearest to the centre."""
    length = max(1, round(share * len(sums)))
    if length >= len(sums):
        return Fraction(1, 2)
    totals = [0, *accumulate(sums)]
    windows = [after - before for before, after in zip(totals, totals[length:], strict=False)]
    most = max(windows)
    # From the middle of the window to that of the picture, in halves of a column.
    distances = [2 * at - (len(windows) - 1) for at, window in enumerate(windows) if window == most]
    nearest = min(distances, key=abs)
    return Fraction(1, 2) if {1, -1} <= set(distances) else Fraction(nearest + len(sums), 2 * len(sums))
