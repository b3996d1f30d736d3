"""Times are those of browsers, and a timeline knows whether a pixel can become transparent."""

import pytest

from chalicelib.imaging.animation.timeline import Disposal, Part, shown_duration, shown_plays, timeline
from chalicelib.imaging.geometry import Size


def part(disposal: Disposal = Disposal.KEEP, *, blends: bool = True, has_alpha: bool = True) -> Part:
    return Part((0, 0, 4, 3), 100, bytes, disposal, blends, has_alpha)


@pytest.mark.parametrize(("stored", "shown"), [(0, 100), (10, 100), (11, 11), (33.3, 33), (10**7, 655_350)])
def test_a_time_that_nobody_could_see_is_a_tenth_of_a_second(stored: float, shown: int) -> None:
    assert shown_duration(stored) == shown


@pytest.mark.parametrize(("stored", "shown"), [(0, 0), (1, 1), (65_535, 65_535), (65_536, 0), (2**32 - 1, 0)])
def test_more_plays_than_a_format_holds_are_forever(stored: int, shown: int) -> None:
    assert shown_plays(stored) == timeline(Size(4, 3), stored, [part()]).plays == shown


@pytest.mark.parametrize(
    ("parts", "clears"),
    [
        ([part(), part()], False),
        ([part(), part(Disposal.CLEAR)], True),
        ([part(), part(Disposal.RESTORE)], False),
        ([part(Disposal.RESTORE), part()], True),
        ([part(), part(blends=False)], True),
        ([part(), part(blends=False, has_alpha=False)], False),
    ],
)
def test_what_can_make_a_pixel_transparent(parts: list[Part], clears: bool) -> None:
    made = timeline(Size(4, 3), 1, parts)
    assert (made.clears, made.durations) == (clears, (100, 100))
