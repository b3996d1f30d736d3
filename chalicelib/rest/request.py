"""Read requests: photos with their options, upload requests, page parameters. Never trust what they say."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from chalice.app import Request

from chalicelib.errors import InvalidRequest
from chalicelib.flows.accept import Photo, Purpose, UploadRequest
from chalicelib.flows.images import Page
from chalicelib.imaging.renditions import is_rendition_name
from chalicelib.records import Status, VariantName
from chalicelib.rest.access import caller
from chalicelib.rest.body import read_content, read_description, without_parameters
from chalicelib.rest.filename import read_filename
from chalicelib.settings import Limits

_MAX_PAGE, _DEFAULT_PAGE = 100, 20
#: Characters of an Idempotency-Key.
_MAX_KEY = 255
#: Bytes of an S3 key, by S3's own limit.
_MAX_S3_KEY = 1024
_Member = TypeVar("_Member", bound=StrEnum)
_POSITION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z#[0-9a-f]{32}")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_photo(request: Request, limits: Limits) -> Photo:
    """Read a photo and its options from raw bytes, a form, base64 text or JSON.

    Raises UnsupportedMediaType, InvalidRequest, or ImageTooLarge, whose detail names the way for larger photos.
    """
    content = read_content(request, limits)
    options = _unique([*_query(request).items(), *_scalars(content.fields)])
    if content.filename:
        options.setdefault("filename", content.filename)
    filename, key = read_filename(options, limits), _idempotency_key(request)
    return Photo(content.data, caller(request), filename, options, _prefers_async(request), key)


def read_upload_request(request: Request, limits: Limits) -> UploadRequest:
    """Read what a caller will post to S3. Raises InvalidRequest or UnsupportedMediaType."""
    document = _unique([*_scalars(read_description(request, limits)), *_query(request).items()])
    size = document.pop("size", None)
    if isinstance(size, bool) or not re.fullmatch(r"[0-9]{1,15}", str(size)):
        raise InvalidRequest("size must be a whole number: the photo's bytes.", code="bad_option")
    return UploadRequest(
        owner=caller(request),
        media_type=without_parameters(document.pop("content_type", "")),
        size=int(str(size)),
        purpose=_enum_member(Purpose, document.pop("purpose", "process"), "purpose"),
        filename=read_filename(document, limits),
        options=document,
        idempotency_key=_idempotency_key(request),
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


def read_since(request: Request) -> date | None:
    """Read the first day of the counts. Raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown_options(query, {"since"})
    if "since" not in query:
        return None
    try:
        # fromisoformat() alone reads other forms of ISO 8601 too, such as 2026-W01-1.
        return date.fromisoformat(query["since"]) if _DAY.fullmatch(query["since"]) else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> NoReturn:
    raise InvalidRequest("since must be a day, such as 2026-01-31.", code="bad_option")


def read_variant(request: Request) -> str | None:
    """Read the name of a variant or a rendition; None means the image's main variant. Raises InvalidRequest."""
    query = _query(request)
    _refuse_unknown_options(query, {"variant"})
    name = query.get("variant")
    if name is not None and name not in tuple(VariantName) and not is_rendition_name(name):
        detail = f"variant must be one of {', '.join(VariantName)}, or the name of a rendition, not {name[:40]!r}."
        raise InvalidRequest(detail, code="bad_option")
    return name


def write_position(position: str | None) -> str | None:
    """Return a position in a list as a token, which read_page() reads. Its 57 bytes need no padding."""
    return base64.urlsafe_b64encode(position.encode()).decode() if position else None


def _query(request: Request) -> dict[str, Any]:
    query = request.query_params
    return _unique([(name, value) for name in query for value in query.getlist(name)] if query else [])


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Join the options of the query and the JSON. Raises InvalidRequest if a name comes twice."""
    counted = Counter(name for name, _ in pairs)
    if repeated := sorted(name for name, times in counted.items() if times > 1):
        raise InvalidRequest(f"The option {repeated[0]!r} is given more than once. Give it once.", code="bad_option")
    return dict(pairs)


def _scalars(fields: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the fields that have a value. Raises InvalidRequest for a list, an object or a fraction."""
    for name, value in fields:
        if value is not None and not isinstance(value, str | int | bool):
            raise InvalidRequest(f"{name} must be a string, a whole number or a boolean.", code="bad_option")
    return [(name, value) for name, value in fields if value is not None]


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
