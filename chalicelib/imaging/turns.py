"""Reads how a caller turns a photo. A turn is one of the eight orientations of EXIF (JEITA CP-3451, 4.6.4)."""

from enum import StrEnum

from chalicelib.imaging.geometry import REVERSES_X, REVERSES_Y
from chalicelib.imaging.options import Option, Options, one_of, read_member

#: No turn.
UPRIGHT = 1
#: Degrees clockwise.
_ROTATIONS = {"90": 6, "180": 3, "270": 8}
#: The turns that undo another one than themselves.
_INVERSES = {6: 8, 8: 6}


class Flip(StrEnum):
    """A mirroring: `horizontal` swaps left and right, `vertical` top and bottom."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"


_FLIPS = {Flip.HORIZONTAL: 2, Flip.VERTICAL: 4}
#: The shortest options for each turn.
_WRITTEN: dict[int, dict[str, Option]] = {
    UPRIGHT: {},
    2: {"flip": "horizontal"},
    3: {"rotate": 180},
    4: {"flip": "vertical"},
    5: {"rotate": 90, "flip": "horizontal"},
    6: {"rotate": 90},
    7: {"rotate": 90, "flip": "vertical"},
    8: {"rotate": 270},
}


def read_turn(options: Options) -> int:
    """Return the turn by `rotate`, and then by `flip`. Raises InvalidRequest."""
    rotation = one_of(str(options["rotate"]), _ROTATIONS, "rotate") if "rotate" in options else UPRIGHT
    flip = _FLIPS[read_member(options, "flip", Flip, Flip.HORIZONTAL)] if "flip" in options else UPRIGHT
    return compose(rotation, flip)


def write_turn(turn: int) -> dict[str, Option]:
    """Return options from which read_turn() reads the same turn."""
    return _WRITTEN[turn]


def compose(first: int, then: int) -> int:
    """Return the turn that does what one does, and then another."""
    swaps = then >= 5
    x, y = (first in REVERSES_Y, first in REVERSES_X) if swaps else (first in REVERSES_X, first in REVERSES_Y)
    wanted = ((first >= 5) != swaps, x != (then in REVERSES_X), y != (then in REVERSES_Y))
    return next(each for each in range(1, 9) if (each >= 5, each in REVERSES_X, each in REVERSES_Y) == wanted)


def inverse(turn: int) -> int:
    """Return the turn that undoes a turn."""
    return _INVERSES.get(turn, turn)
