"""Read requests: bodies in each content type, options, page parameters. Never trust what they say."""

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from chalice.app import Request

from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedMediaType
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.flows.images import Page
from chalicelib.records import Status, VariantName
from chalicelib.rest.access import caller
from chalicelib.rest.base64text import check_raw, decode_base64
from chalicelib.rest.filename import read_filename
from chalicelib.settings import Limits

#: Content types of raw photos. API Gateway and Chalice compare whole names and know no `image/*`.
BINARY_TYPES = (
    *(f"image/{name}" for name in ("jpeg", "jpg", "pjpeg", "png", "webp", "avif", "heic", "heif", "gif", "tiff")),
    *(f"image/{name}" for name in ("bmp", "x-ms-bmp", "x-png", "apng", "heic-sequence", "heif-sequence")),
    "application/octet-stream",
)
#: Content types of base64 text. `curl -d` sends the form type by default.
TEXT_TYPES = ("text/plain", "application/x-www-form-urlencoded")
#: What the body of POST /uploads holds.
_UPLOAD_REQUEST = "a JSON object with filename, content_type and size"
_MAX_PAGE, _DEFAULT_PAGE = 100, 20
#: Characters of an Idempotency-Key.
_MAX_KEY = 255
#: Bytes of an S3 key, by S3's own limit.
_MAX_S3_KEY = 1024
_Member = TypeVar("_Member", bound=StrEnum)
_POSITION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z#[0-9a-f]{32}")


def read_photo(request: Request, limits: Limits) -> Photo:
    """Read a photo and its options from base64 text, JSON or raw bytes.

    Raises UnsupportedMediaType, InvalidRequest, or ImageTooLarge, whose detail names the way for larger photos.
    """
    body = _body(request, limits, "a photo")
    options = _query(request)
    media_type = _media_type(request)
    if media_type == "application/json":
        document = _json_object(body)
        options = _unique([*options.items(), *_scalars({**document, "image": None}).items()])
        data = decode_base64(_text(document, "image").encode("utf-8", "surrogatepass"))
    elif media_type in TEXT_TYPES:
        data = decode_base64(body)
    elif media_type in BINARY_TYPES:
        data = check_raw(body)
    else:
        raise _unsupported(media_type, ("application/json", *TEXT_TYPES, *BINARY_TYPES))
    filename, key = read_filename(options, limits), _idempotency_key(request)
    return Photo(data, caller(request), filename, options, _prefers_async(request), key)


def read_upload_request(request: Request, limits: Limits) -> UploadRequest:
    """Read what a caller will post to S3. Raises InvalidRequest or UnsupportedMediaType."""
    media_type = _media_type(request)
    if media_type not in ("application/json", *TEXT_TYPES):
        raise _unsupported(media_type, ("application/json",))
    given = _scalars(_json_object(_body(request, limits, _UPLOAD_REQUEST)))
    document = _unique([*given.items(), *_query(request).items()])
    size = document.pop("size", None)
    if isinstance(size, bool) or not re.fullmatch(r"[0-9]{1,15}", str(size)):
        raise InvalidRequest("size must be a whole number: the photo's bytes.", code="bad_option")
    return UploadRequest(
        owner=caller(request),
        media_type=_without_parameters(document.pop("content_type", "")),
        size=int(str(size)),
        purpose=_enum_member(Purpose, document.pop("purpose", "process"), "purpose"),
        filename=read_filename(document, limits),
        options=document,
    )


def read_page(request: Request) -> Page:
    """Read limit, next_token, status and key of a list. Raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown_options(query, {"limit", "next_token", "status", "key"})
    if len(query.get("key", "").encode("utf-8", "surrogatepass")) > _MAX_S3_KEY:
        raise InvalidRequest(f"key may have at most {_MAX_S3_KEY} bytes.", code="out_of_range", limit=_MAX_S3_KEY)
    return Page(
        owner=caller(request),
        limit=_limit(query),
        before=_read_position(query.get("next_token")),
        status=_status(query["status"]) if "status" in query else None,
        key=query.get("key"),
    )


def _status(text: str) -> Status:
    """Return a status that clients see. A tombstone is in no list."""
    shown = [each for each in Status if each is not Status.DELETED]
    if text not in shown:
        raise InvalidRequest(f"status must be one of {', '.join(shown)}.", code="bad_option")
    return Status(text)


def read_dog_page(request: Request) -> tuple[int, str | None]:
    """Read limit and next_token of the list of dog uploads. Raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown_options(query, {"limit", "next_token"})
    return _limit(query), _read_position(query.get("next_token"))


def read_variant(request: Request) -> VariantName | None:
    """Read the name of a variant; None means the image's main variant. Raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown_options(query, {"variant"})
    return _enum_member(VariantName, query["variant"], "variant") if "variant" in query else None


def write_position(position: str | None) -> str | None:
    """Return a position in a list as a token, which read_page() reads. Its 57 bytes need no padding."""
    return base64.urlsafe_b64encode(position.encode()).decode() if position else None


def _body(request: Request, limits: Limits, expected: str) -> bytes:
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
    """Return the length of the body in the Lambda event, where raw bytes are base64 text.

    A local server may pass raw bytes as they are; the length of their base64 text counts.
    """
    body = request.to_original_event()["body"] or b""
    is_raw = isinstance(body, bytes) and _media_type(request) in BINARY_TYPES
    return -(-len(body) // 3) * 4 if is_raw else len(body)


def _media_type(request: Request) -> str:
    return _without_parameters(request.headers.get("content-type", ""))


def _without_parameters(media_type: object) -> str:
    """Return type and subtype in small letters (RFC 9110, 8.3.1)."""
    return str(media_type).split(";")[0].strip().lower()


def _unsupported(media_type: str, known: tuple[str, ...]) -> UnsupportedMediaType:
    problem = f"Content-Type {media_type[:60]!r} is not supported" if media_type else "The request has no Content-Type"
    return UnsupportedMediaType(f"{problem}. Supported: {', '.join(known)}.")


def _query(request: Request) -> dict[str, Any]:
    query = request.query_params
    return _unique([(name, value) for name in query for value in query.getlist(name)] if query else [])


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Join the options of the query and the JSON. Raises InvalidRequest if a name comes twice."""
    counted = Counter(name for name, _ in pairs)
    if repeated := sorted(name for name, times in counted.items() if times > 1):
        raise InvalidRequest(f"The option {repeated[0]!r} is given more than once. Give it once.", code="bad_option")
    return dict(pairs)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not valid JSON.", code="bad_json") from error
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.", code="bad_json")
    return document


def _scalars(document: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in document.items():
        if value is not None and not isinstance(value, str | int | bool):
            raise InvalidRequest(f"{name} must be a string, a whole number or a boolean.", code="bad_option")
    return {name: value for name, value in document.items() if value is not None}


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise InvalidRequest(f"The JSON must have a member {name!r} with base64 text.", code="bad_json")
    return value


def _prefers_async(request: Request) -> bool:
    preferences = str(request.headers.get("prefer", "")).lower().replace(";", ",").split(",")
    return "respond-async" in {preference.strip() for preference in preferences}


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        raise InvalidRequest(f"Idempotency-Key must be 1 to {_MAX_KEY} printable ASCII characters.", code="bad_option")
    return key


def _refuse_unknown_options(query: Mapping[str, str], known: set[str]) -> None:
    if unknown := sorted(set(query) - known):
        raise InvalidRequest(
            f"There is no option {unknown[0]!r}. The options are {', '.join(sorted(known))}.", code="unknown_option"
        )


def _limit(query: Mapping[str, str]) -> int:
    limit = query.get("limit", str(_DEFAULT_PAGE))
    if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= _MAX_PAGE:
        raise InvalidRequest(f"limit must be from 1 to {_MAX_PAGE}.", code="out_of_range", limit=_MAX_PAGE)
    return int(limit)


def _read_position(token: str | None) -> str | None:
    if token is None:
        return None
    try:
        position = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        position = ""
    if not _POSITION.fullmatch(position):
        raise InvalidRequest(
            "next_token is not a token of this list. Start from the first page.", code="bad_page_token"
        )
    return position


def _enum_member(kind: type[_Member], text: object, name: str) -> _Member:
    try:
        return kind(str(text))
    except ValueError:
        raise InvalidRequest(f"{name} must be one of {', '.join(kind)}.", code="bad_option") from None
