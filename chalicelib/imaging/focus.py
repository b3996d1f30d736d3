"""Reads what a crop keeps of a picture: a side or a corner, a point, or the busiest part."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Final, Literal

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.edges import EdgeMap
from chalicelib.imaging.geometry import CENTER, Gravity, Placement, Point, Size, crop_around
from chalicelib.imaging.options import Options, one_of

#: The value of `gravity` for the busiest part.
AUTO: Final = "auto"
#: What a crop keeps.
Focus = Gravity | Point | Literal["auto"]
#: A share from 0 to 1 with at most four decimals.
_SHARE = r"(0(?:\.[0-9]{1,4})?|1(?:\.0{1,4})?|\.[0-9]{1,4})"
_POINT = re.compile(f"{_SHARE},{_SHARE}")
_WORDS: dict[str, Focus] = {**{each.value: each for each in Gravity}, AUTO: AUTO}


def read_focus(options: Options, *, marks: bool) -> Focus:
    """Return what crops keep, by the options `gravity` and `focus`. Raises InvalidRequest.

    `marks` says that `gravity` is the place of a watermark, and says nothing about crops.
    """
    if "focus" in options and "gravity" in options:
        raise InvalidRequest("focus and gravity both say what a crop keeps. Give one of them.", code="bad_option")
    if "focus" in options:
        return _read_point(str(options["focus"]))
    focus = one_of(str(options.get("gravity", Gravity.CENTER)), _WORDS, "gravity")
    return Gravity.CENTER if marks and focus != AUTO else focus


def write_focus(focus: Focus) -> dict[str, str]:
    """Return the option from which read_focus() reads the same."""
    if isinstance(focus, Point):
        return {"focus": f"{_decimal(focus.x)},{_decimal(focus.y)}"}
    return {"gravity": str(focus)}


def aim(placement: Placement, focus: Focus, edges: EdgeMap | None = None) -> Placement:
    """Return the placement with its crop moved to what the focus names.

    Without `edges`, nobody knows the busiest part yet, and the crop is at the centre: its size is the right one.
    """
    left, top, right, bottom = placement.crop
    size = Size(right - left, bottom - top)
    if isinstance(focus, Gravity):
        point = focus.point
    elif isinstance(focus, Point):
        point = focus
    else:
        point = edges.busiest(size, placement.source) if edges else CENTER
    return replace(placement, crop=crop_around(point, size, placement.source))


def _read_point(text: str) -> Point:
    found = _POINT.fullmatch(text)
    if not found:
        detail = f"focus must be two numbers from 0 to 1, such as 0.5,0.9, not {text[:40]!r}."
        raise InvalidRequest(detail, code="bad_option")
    return Point(Fraction(found[1]), Fraction(found[2]))


def _decimal(share: Fraction) -> str:
    return f"{float(share):.4f}".rstrip("0").rstrip(".")
