"""The colours of a picture: find its colour space, reduce its depth and convert it to sRGB, as a browser shows it.

Every space becomes an ICC profile of a matrix and curves, which Little CMS applies. Only PQ and HLG need more.
"""

from chalicelib.imaging.colour.conversion import Transforms, to_srgb
from chalicelib.imaging.colour.depth import Samples, flatten_modes
from chalicelib.imaging.colour.sources import Space, find_space

__all__ = ["Samples", "Space", "Transforms", "find_space", "flatten_modes", "to_srgb"]
