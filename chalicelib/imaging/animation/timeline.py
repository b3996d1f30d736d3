"""The parts of an animation as its file stores them, and when each is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from chalicelib.imaging.geometry import Crop, Size

#: Browsers show a frame of at most 10 ms for 100 ms: old programs wrote such times, and nobody could see the frames.
_SHORTEST, _INSTEAD = 10, 100
#: The longest time of a frame that every format holds, in milliseconds (GIF has 16 bits of hundredths).
_LONGEST = 655_350
#: The largest number of plays that every format holds (WebP has 16 bits). A larger one is as good as forever.
_MOST_PLAYS = 65_535


class Disposal(Enum):
    """What happens to the area of a part before the next part is drawn."""

    KEEP = 0
    #: The area becomes transparent.
    CLEAR = 1
    #: The area becomes what it was before the part.
    RESTORE = 2


@dataclass(frozen=True)
class Part:
    """One frame as it is stored: its area, its time in milliseconds, and how it changes what is shown.

    `still` returns a file of this picture alone.
    """

    box: Crop
    duration: int
    still: Callable[[], bytes]
    disposal: Disposal = Disposal.KEEP
    #: Whether transparent pixels show what was there before. Otherwise they replace it.
    blends: bool = True
    #: Whether the picture can have transparent pixels.
    has_alpha: bool = True


@dataclass(frozen=True)
class Timeline:
    """The canvas of an animation as stored, its parts, and how often it is played; 0 is forever."""

    size: Size
    plays: int
    durations: tuple[int, ...]
    parts: tuple[Part, ...] = ()

    @property
    def clears(self) -> bool:
        """Return whether a pixel that was opaque can become transparent."""
        first = self.parts[:1]
        return any(each.disposal is Disposal.RESTORE for each in first) or any(
            each.disposal is Disposal.CLEAR or (each.has_alpha and not each.blends) for each in self.parts
        )


def timeline(size: Size, plays: int, parts: list[Part]) -> Timeline:
    """Return the timeline of some parts."""
    return Timeline(size, shown_plays(plays), tuple(each.duration for each in parts), tuple(parts))


def shown_plays(plays: int) -> int:
    """Return how often an animation is played; 0 is forever."""
    return plays if plays <= _MOST_PLAYS else 0


def shown_duration(milliseconds: float) -> int:
    """Return for how long browsers show a frame."""
    return _INSTEAD if milliseconds <= _SHORTEST else min(round(milliseconds), _LONGEST)
