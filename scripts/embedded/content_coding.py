"""Compresses answers and decompresses bodies as API Gateway does for an API with a minimum compression size."""

import gzip
import zlib
from http import HTTPStatus

from scripts.embedded.request_body import BODY_LIMIT, BodyError

#: The window bits with which zlib reads the header of each coding (RFC 9110, 8.4.1; deflate is zlib's format).
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


def decompress(body: bytes, coding: str) -> bytes:
    """Return a body without its Content-Encoding; other codings are left to the app.

    Raises BodyError if it is damaged, or larger than a body may be.
    """
    bits = _WINDOW_BITS.get(coding.strip().lower())
    if bits is None or not body:
        return body
    decoder = zlib.decompressobj(bits)
    try:
        data = decoder.decompress(body, BODY_LIMIT + 1)
    except zlib.error as error:
        raise _damaged() from error
    if len(data) > BODY_LIMIT:
        detail = f"The body is larger than {BODY_LIMIT} bytes when it is decompressed."
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise BodyError(status, "body_too_large", detail, limit=BODY_LIMIT, actual=len(data))
    if not decoder.eof:
        raise _damaged()
    return data


def compress(body: bytes, accepted: str, minimum: int | None) -> bytes | None:
    """Return an answer's body as gzip, or None if it is smaller than `minimum`, or not accepted.

    `accepted` is the header Accept-Encoding; without a minimum, nothing is compressed.
    """
    if minimum is None or len(body) < minimum or not _accepts_gzip(accepted):
        return None
    return gzip.compress(body, mtime=0)


def _accepts_gzip(accepted: str) -> bool:
    for each in accepted.lower().split(","):
        coding, _, weight = each.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _damaged() -> BodyError:
    return BodyError(HTTPStatus.BAD_REQUEST, "bad_request", "The body is not what its Content-Encoding says.")
