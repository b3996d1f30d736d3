"""Answer a post with the picture itself, for clients that ask for one, such as `curl -H 'Accept: image/*'`."""

import re
from collections.abc import Callable

from chalice.app import Request, Response

from chalicelib.flows.images import ImageView
from chalicelib.imaging.formats import ImageFormat
from chalicelib.records import VariantName
from chalicelib.rest.body import BINARY_TYPES, without_parameters
from chalicelib.rest.response import image_posted, see_other

#: The weight of a type that the client does not accept (RFC 9110, 12.4.2).
_REFUSED = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*(;|$)", re.IGNORECASE)


def photo_posted(
    request: Request, view: ImageView, read_picture: Callable[[], bytes | None], *, asynchronous: bool
) -> Response:
    """Answer with the record, or with the processed picture if the first type of Accept is an image.

    The recipe chooses the format, whatever image type Accept names. A picture that is larger than an answer may be is
    a 303 to its link. A picture that is made later is a 202 with the record.
    """
    posted = image_posted(view, asynchronous=asynchronous)
    posted.headers["Vary"] = "Accept"
    picture = read_picture() if _prefers_picture(request) else b""
    if picture:
        variant = view.record.variants[VariantName.PROCESSED.value]
        media_type = ImageFormat[variant.format].media_type
        return Response(picture, posted.headers | {"Content-Type": media_type}, posted.status_code)
    link = view.links.get(VariantName.PROCESSED.value)
    return see_other(link) if picture is None and link else posted


def _prefers_picture(request: Request) -> bool:
    """Return whether the first type of Accept is an image. API Gateway looks at the first one only, too."""
    accepted = str(request.headers.get("accept", "")).split(",")[0]
    first = without_parameters(accepted)
    return first.startswith("image/") and first in BINARY_TYPES and not _REFUSED.search(accepted)
