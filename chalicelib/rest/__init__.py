"""The only room that knows HTTP: requests are read, responses shaped, errors become problem+json."""

from chalicelib.rest.access import admit, caller, demanded
from chalicelib.rest.description import describe
from chalicelib.rest.problems import answers_problems
from chalicelib.rest.request import (
    BINARY_TYPES,
    read_announcement,
    read_dog_page,
    read_page,
    read_photo,
    read_variant,
)
from chalicelib.rest.response import (
    cors,
    dogs,
    findings,
    finish,
    image,
    images,
    no_content,
    received,
    see_other,
    ticket,
)

__all__ = [
    "BINARY_TYPES",
    "admit",
    "answers_problems",
    "caller",
    "cors",
    "demanded",
    "describe",
    "dogs",
    "findings",
    "finish",
    "image",
    "images",
    "no_content",
    "read_announcement",
    "read_dog_page",
    "read_page",
    "read_photo",
    "read_variant",
    "received",
    "see_other",
    "ticket",
]
