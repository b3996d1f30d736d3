"""What a file holds besides the 8-bit pixels of its first picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contents:
    """The frames of an animation, further pictures (neither thumbnails nor maps), bits of a sample, and two parts."""

    frames: int = 1
    further_pictures: int = 0
    bits: int = 8
    has_gain_map: bool = False
    has_c2pa: bool = False
