"""Reads and writes the option `renditions`: further sizes of the processed variant, each with a name."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chalicelib.errors import InvalidRequest
from chalicelib.imaging.limits import MAX_SIDE
from chalicelib.imaging.options import Options, read_number
from chalicelib.records import VariantName

#: The most renditions of one photo.
MAX_RENDITIONS = 8
#: The value for no rendition, which a caller needs on a stage with RENDITIONS.
NO_RENDITIONS = "none"
_NAME = re.compile("[a-z0-9-]{1,32}")


@dataclass(frozen=True)
class Rendition:
    """A name and the width of a box in pixels. Without a width, it has the box and the fit of the preset `name`."""

    name: str
    width: int | None = None


def is_rendition_name(text: str) -> bool:
    """Return whether a rendition can have this name. The names of the other variants are taken."""
    return bool(_NAME.fullmatch(text)) and text not in tuple(VariantName)


def read_renditions(options: Options, presets: Collection[str], default: str = "") -> tuple[Rendition, ...] | None:
    """Return the renditions of `s:320,m:800` or of presets by name; None if neither caller nor `default` says any.

    Raises InvalidRequest for more than MAX_RENDITIONS, a bad or repeated name, a bad width, and an unknown preset.
    """
    text = str(options.get("renditions", default))
    if text == NO_RENDITIONS or ("renditions" not in options and not text):
        return () if text else None
    parts = text.split(",")
    if len(parts) > MAX_RENDITIONS:
        detail = f"renditions must be at most {MAX_RENDITIONS}, not {len(parts)}."
        raise InvalidRequest(detail, code="out_of_range", limit=MAX_RENDITIONS, actual=len(parts))
    read = tuple(_read(part.strip(), presets) for part in parts)
    names = [each.name for each in read]
    if repeated := [name for name in names if names.count(name) > 1]:
        raise InvalidRequest(f"renditions has the name {repeated[0]!r} twice.", code="bad_option")
    return read


def write_renditions(renditions: Sequence[Rendition]) -> str:
    """Return the text from which read_renditions() reads the same renditions."""
    written = (each.name if each.width is None else f"{each.name}:{each.width}" for each in renditions)
    return ",".join(written) or NO_RENDITIONS


def _read(part: str, presets: Collection[str]) -> Rendition:
    name, colon, width = part.partition(":")
    if not is_rendition_name(name):
        detail = (
            f"renditions must be names of 1 to 32 small letters, digits and hyphens, each with a width as in s:320, "
            f"and not {', '.join(VariantName)}. It has {name[:40]!r}."
        )
        raise InvalidRequest(detail, code="bad_option")
    if colon:
        label = f"The width of the rendition {name}"
        return Rendition(name, read_number({label: width}, label, MAX_SIDE))
    if name not in presets:
        detail = f"renditions needs a width as in {name}:320, or one of the presets {', '.join(presets)}."
        raise InvalidRequest(detail, code="bad_option")
    return Rendition(name)
