"""The words of the option `keep`: what a caller may ask a scrub to keep."""

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.errors import InvalidRequest


class Keep(StrEnum):
    """What a caller may ask a scrub to keep. The values are written anew."""

    #: The creator, the copyright notice, the credit line and the terms of use.
    COPYRIGHT = "copyright"
    #: When the photo was taken.
    DATE = "date"
    #: The title and the caption.
    DESCRIPTION = "description"
    #: The maker and the model of the camera.
    CAMERA = "camera"


def read_keep(options: Mapping[str, object]) -> frozenset[Keep]:
    """Read the words of the option `keep`, separated by commas. Raises InvalidRequest for an unknown word."""
    words = {word.strip().lower() for word in str(options.get("keep", "")).split(",")} - {""}
    if unknown := sorted(words - set(Keep)):
        message = f"keep has the words {', '.join(Keep)}, not {unknown[0][:40]!r}."
        raise InvalidRequest(message, code="bad_option")
    return frozenset(map(Keep, words))


def write_keep(keep: frozenset[Keep]) -> dict[str, str]:
    """Return the option of some words, which has one form; no option for no word."""
    return {"keep": ",".join(sorted(keep))} if keep else {}
