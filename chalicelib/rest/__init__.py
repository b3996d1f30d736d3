"""HTTP: read requests, write answers, turn errors into problem+json.

Only app.py imports this package. No other package knows HTTP.
"""

from chalicelib.rest.access import authenticate, caller, route_authorization
from chalicelib.rest.body import BINARY_TYPES
from chalicelib.rest.description import describe
from chalicelib.rest.page import web_file, web_page
from chalicelib.rest.picture import photo_posted
from chalicelib.rest.problems import errors_as_problems
from chalicelib.rest.request import (
    read_dog_page,
    read_page,
    read_photo,
    read_since,
    read_upload_request,
    read_variant,
)
from chalicelib.rest.response import (
    cors,
    document,
    dog_stats,
    dogs,
    findings,
    finish,
    image,
    image_posted,
    images,
    no_content,
    see_other,
    upload_created,
)

__all__ = [
    "BINARY_TYPES",
    "authenticate",
    "caller",
    "cors",
    "describe",
    "document",
    "dog_stats",
    "dogs",
    "errors_as_problems",
    "findings",
    "finish",
    "image",
    "image_posted",
    "images",
    "no_content",
    "photo_posted",
    "read_dog_page",
    "read_page",
    "read_photo",
    "read_since",
    "read_upload_request",
    "read_variant",
    "route_authorization",
    "see_other",
    "upload_created",
    "web_file",
    "web_page",
]
