"""Read the body of a request: raw bytes, a form, base64 text or JSON. The bytes count more than the Content-Type."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from chalice.app import Request

from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedFormat, UnsupportedMediaType
from chalicelib.imaging.formats import sniff
from chalicelib.rest.base64text import check_raw, decode_base64
from chalicelib.rest.form import MULTIPART, URLENCODED, read_fields, read_form
from chalicelib.settings import Limits

#: Content types of raw photos. Chalice compares whole names and knows no `image/*`.
PHOTO_TYPES = (
    *(f"image/{name}" for name in ("jpeg", "jpg", "pjpeg", "png", "webp", "avif", "heic", "heif", "gif", "tiff")),
    *(f"image/{name}" for name in ("bmp", "x-ms-bmp", "x-png", "apng", "heic-sequence", "heif-sequence")),
    "application/octet-stream",
)
#: Content types whose bodies must reach the app as they are, and the Accept header of a picture as an answer.
#: `curl --data-binary` sends the form type by default.
BINARY_TYPES = (*PHOTO_TYPES, MULTIPART, URLENCODED, "image/*")
#: Content types of base64 text. `curl -d` sends the form type by default.
TEXT_TYPES = ("text/plain", URLENCODED)
JSON = "application/json"
_DESCRIPTION = "a JSON object or a form with filename, content_type and size"
#: The first bytes of compressed bodies (RFC 1952; RFC 8878).
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


class Content(NamedTuple):
    """A photo, the file name of its part in a form, and the fields of the form or of the JSON beside it."""

    data: bytes
    filename: str = ""
    fields: Sequence[tuple[str, Any]] = ()


def read_content(request: Request, limits: Limits) -> Content:
    """Read a photo. Bytes that begin like a picture are one, whatever the Content-Type says.

    Raises UnsupportedMediaType, InvalidRequest, or ImageTooLarge, whose detail names the way for larger photos.
    """
    body, media_type = _read_body(request, limits, "a photo"), _media_type(request)
    if _is_picture(body):
        return Content(body)
    _refuse_compressed(request, body)
    if media_type == MULTIPART:
        data, filename, fields = read_form(body, request.headers["content-type"])
        return Content(check_raw(data), filename, fields)
    if media_type == JSON:
        document = _json_object(body)
        image = document.pop("image", None)
        if not isinstance(image, str):
            raise InvalidRequest("The JSON must have a member 'image' with base64 text.", code="bad_json")
        return Content(decode_base64(image.encode("utf-8", "surrogatepass")), fields=list(document.items()))
    if media_type in TEXT_TYPES:
        return Content(decode_base64(body))
    if media_type in PHOTO_TYPES:
        return Content(check_raw(body))
    raise _unsupported(media_type, (*PHOTO_TYPES, MULTIPART, JSON, *TEXT_TYPES))


def read_description(request: Request, limits: Limits) -> list[tuple[str, Any]]:
    """Read the members of a JSON object, or the fields of an urlencoded form. Raises as read_content().

    `curl -d` sends JSON with the form type.
    """
    media_type = _media_type(request)
    if media_type not in (JSON, *TEXT_TYPES):
        raise _unsupported(media_type, (JSON, URLENCODED))
    body = _read_body(request, limits, _DESCRIPTION)
    _refuse_compressed(request, body)
    is_form = media_type == URLENCODED and not body.lstrip().startswith((b"{", b"["))
    return read_fields(body) if is_form else list(_json_object(body).items())


def without_parameters(media_type: object) -> str:
    """Return type and subtype in small letters (RFC 9110, 8.3.1)."""
    return str(media_type).split(";")[0].strip().lower()


def _read_body(request: Request, limits: Limits, expected: str) -> bytes:
    """Return the body; `expected` is what it should hold, for the message. Raises ImageTooLarge or InvalidRequest."""
    length = _length_in_lambda(request)
    if length > limits.body_bytes:
        raise ImageTooLarge(
            f"The body has {length} bytes in the Lambda event; {limits.body_bytes} are allowed. "
            "Send a larger photo through POST /uploads.",
            code="body_too_large",
            limit=limits.body_bytes,
            actual=length,
        )
    body = request.raw_body
    if not body.strip():
        raise InvalidRequest(f"The body is empty. Send {expected}.", code="empty_body")
    return body if isinstance(body, bytes) else body.encode()


def _length_in_lambda(request: Request) -> int:
    """Return the length of the body in the Lambda event, where all bytes are base64 text.

    A local server may pass the bytes as they are; the length of their base64 text counts.
    """
    body = request.to_original_event()["body"] or b""
    return -(-len(body) // 3) * 4 if isinstance(body, bytes) else len(body)


def _is_picture(body: bytes) -> bool:
    try:
        sniff(body)
    except UnsupportedFormat:
        return False
    return True


def _refuse_compressed(request: Request, body: bytes) -> None:
    """Raise UnsupportedMediaType for a compressed body. API Gateway has decoded what it can decode."""
    coding = str(request.headers.get("content-encoding", "")).strip().lower()
    named = next((name for start, name in _COMPRESSED.items() if body.startswith(start)), "")
    if named or coding in ("br", "deflate", "compress"):
        raise UnsupportedMediaType(
            f"The body is compressed with {named or coding}. Send it without Content-Encoding.",
            code="unsupported_encoding",
        )


def _media_type(request: Request) -> str:
    return without_parameters(request.headers.get("content-type", ""))


def _unsupported(media_type: str, known: tuple[str, ...]) -> UnsupportedMediaType:
    problem = f"Content-Type {media_type[:60]!r} is not supported" if media_type else "The request has no Content-Type"
    return UnsupportedMediaType(f"{problem}. Supported: {', '.join(known)}.")


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not valid JSON.", code="bad_json") from error
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.", code="bad_json")
    return document
