"""Reading a request: bodies in their four spellings, options, pages."""

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
from chalicelib.flows.accept import Photo
from chalicelib.flows.images import Page
from chalicelib.flows.upload import Announcement, Purpose
from chalicelib.records import Status, VariantName
from chalicelib.rest.access import caller
from chalicelib.rest.base64text import decode_base64
from chalicelib.settings import Limits

#: Raw photos: API Gateway and Chalice match each by name, there is no image/*.
BINARY_TYPES = (
    *(f"image/{name}" for name in ("jpeg", "jpg", "pjpeg", "png", "webp", "avif", "heic", "heif", "gif", "tiff")),
    *(f"image/{name}" for name in ("bmp", "x-ms-bmp")),
    "application/octet-stream",
)
#: curl -d sends the form type unasked.
TEXT_TYPES = ("text/plain", "application/x-www-form-urlencoded")
_MAX_PAGE, _PAGE = 100, 20
_MAX_KEY = 255
#: The longest key of S3, in bytes.
_MAX_S3_KEY = 1024
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_Member = TypeVar("_Member", bound=StrEnum)
_POSITION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z#[0-9a-f]{32}")


def read_photo(request: Request, limits: Limits) -> Photo:
    """Read a photo and its options from base64 text, JSON or raw bytes.

    Raises UnsupportedMediaType, InvalidRequest, or ImageTooLarge that names the way for larger photos.
    """
    body = _body(request, limits)
    options = _query(request)
    media_type = _media_type(request)
    if media_type == "application/json":
        document = _json_object(body)
        options = _once([*options.items(), *_scalars({**document, "image": None}).items()])
        data = decode_base64(_text(document, "image").encode("utf-8", "surrogatepass"))
    elif media_type in TEXT_TYPES:
        data = decode_base64(body)
    elif media_type in BINARY_TYPES:
        data = body
    else:
        raise _unread(media_type, ("application/json", *TEXT_TYPES, *BINARY_TYPES))
    filename, key = _filename(options, limits), _idempotency_key(request)
    return Photo(data, caller(request), filename, options, _prefers_async(request), key)


def read_upload_request(request: Request, limits: Limits) -> Announcement:
    """Read what a caller says of a photo that it will send to S3; raises InvalidRequest or UnsupportedMediaType."""
    media_type = _media_type(request)
    if media_type not in ("application/json", *TEXT_TYPES):
        raise _unread(media_type, ("application/json",))
    document = _once([*_scalars(_json_object(_body(request, limits))).items(), *_query(request).items()])
    size = document.pop("size", None)
    if isinstance(size, bool) or not re.fullmatch(r"[0-9]{1,15}", str(size)):
        raise InvalidRequest("size must be the photo's size in bytes, a whole number.", code="bad_option")
    return Announcement(
        owner=caller(request),
        media_type=str(document.pop("content_type", "")).lower(),
        size=int(str(size)),
        purpose=_member(Purpose, document.pop("purpose", "process"), "purpose"),
        filename=_filename(document, limits),
        options=document,
    )


def read_page(request: Request) -> Page:
    """Read limit, next_token, status and key of a list; raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown(query, {"limit", "next_token", "status", "key"})
    if len(query.get("key", "").encode("utf-8", "surrogatepass")) > _MAX_S3_KEY:
        raise InvalidRequest(f"key may have {_MAX_S3_KEY} bytes, as in S3.", code="out_of_range", limit=_MAX_S3_KEY)
    return Page(
        owner=caller(request),
        limit=_limit(query),
        before=_position(query.get("next_token")),
        status=_member(Status, query["status"], "status") if "status" in query else None,
        key=query.get("key"),
    )


def read_dog_page(request: Request) -> tuple[int, str | None]:
    """Read limit and next_token of the list of dogs; raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown(query, {"limit", "next_token"})
    return _limit(query), _position(query.get("next_token"))


def read_variant(request: Request) -> VariantName | None:
    """Read which variant is asked for, None for the image's main one; raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown(query, {"variant"})
    return _member(VariantName, query["variant"], "variant") if "variant" in query else None


def write_position(position: str | None) -> str | None:
    """Write a position in a list as a token; read_page() reads it back."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=") if position else None


def _body(request: Request, limits: Limits) -> bytes:
    """Measure the body as it crosses Lambda's border and return it; raises ImageTooLarge or InvalidRequest."""
    carried = _carried_length(request)
    if carried > limits.body_bytes:
        raise ImageTooLarge(
            f"The body has {carried} bytes as Lambda is handed it; {limits.body_bytes} are allowed. "
            "Send a larger photo through POST /uploads.",
            code="body_too_large",
            limit=limits.body_bytes,
            actual=carried,
        )
    body = request.raw_body
    if not body.strip():
        raise InvalidRequest("The body is empty; it must hold a photo.", code="empty_body")
    return body if isinstance(body, bytes) else body.encode()


def _carried_length(request: Request) -> int:
    """Count what Lambda is handed: raw bytes travel as base64 text, though a local server may pass them as they are."""
    carried = request.to_original_event()["body"] or b""
    raw = isinstance(carried, bytes) and _media_type(request) in BINARY_TYPES
    return -(-len(carried) // 3) * 4 if raw else len(carried)


def _media_type(request: Request) -> str:
    return str(request.headers.get("content-type", "")).split(";")[0].strip().lower()


def _unread(media_type: str, known: tuple[str, ...]) -> UnsupportedMediaType:
    told = f"Content-Type {media_type[:60]!r} is not read here" if media_type else "There is no Content-Type"
    return UnsupportedMediaType(f"{told}; send {', '.join(known)}.")


def _query(request: Request) -> dict[str, Any]:
    query = request.query_params
    return _once([(name, value) for name in query for value in query.getlist(name)] if query else [])


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Join what the query and the JSON say; raises InvalidRequest where one name is said twice: which was meant?"""
    counted = Counter(name for name, _ in pairs)
    if repeated := sorted(name for name, times in counted.items() if times > 1):
        raise InvalidRequest(f"The option {repeated[0]!r} is given more than once.", code="bad_option")
    return dict(pairs)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The body is not JSON.", code="bad_json") from error
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.", code="bad_json")
    return document


def _scalars(document: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in document.items():
        if value is not None and not isinstance(value, str | int | bool):
            raise InvalidRequest(f"{name} must be text, a whole number or a truth value.", code="bad_option")
    return {name: value for name, value in document.items() if value is not None}


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise InvalidRequest(f"The JSON must hold {name!r} as base64 text.", code="bad_json")
    return value


def _filename(options: dict[str, Any], limits: Limits) -> str:
    """Take the file name out of the options: it is kept as data, and limited in length."""
    name = str(options.pop("filename", ""))
    if len(name) > limits.name_length:
        raise InvalidRequest(
            f"filename has {len(name)} characters; {limits.name_length} are allowed.",
            code="name_too_long",
            limit=limits.name_length,
            actual=len(name),
        )
    if _CONTROL.search(name):
        raise InvalidRequest("filename must not hold control characters.", code="bad_option")
    return name


def _prefers_async(request: Request) -> bool:
    preferences = str(request.headers.get("prefer", "")).lower().replace(";", ",").split(",")
    return "respond-async" in {preference.strip() for preference in preferences}


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        raise InvalidRequest(f"Idempotency-Key must be 1 to {_MAX_KEY} printable ASCII characters.", code="bad_option")
    return key


def _refuse_unknown(query: Mapping[str, str], known: set[str]) -> None:
    if unknown := sorted(set(query) - known):
        raise InvalidRequest(f"There is no option {unknown[0]!r} here.", code="unknown_option")


def _limit(query: Mapping[str, str]) -> int:
    limit = query.get("limit", str(_PAGE))
    if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= _MAX_PAGE:
        raise InvalidRequest(f"limit must be from 1 to {_MAX_PAGE}.", code="out_of_range", limit=_MAX_PAGE)
    return int(limit)


def _position(token: str | None) -> str | None:
    if token is None:
        return None
    try:
        position = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        position = ""
    if not _POSITION.fullmatch(position):
        raise InvalidRequest("next_token is not one that this list gave.", code="bad_page_token")
    return position


def _member(kind: type[_Member], text: object, name: str) -> _Member:
    try:
        return kind(str(text))
    except ValueError:
        raise InvalidRequest(f"{name} must be one of {', '.join(kind)}.", code="bad_option") from None
