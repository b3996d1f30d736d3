"""Reading requests: pages, tokens, file names, bodies."""

import base64
import json
from typing import Any

import pytest
from chalice.app import Request
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedMediaType
from chalicelib.records import Status, VariantName
from chalicelib.rest.request import read_page, read_photo, read_upload_request, read_variant, write_position
from chalicelib.settings import Limits

_LIMITS = Limits()
_TEXT = {"content-type": "text/plain"}
_JSON = {"content-type": "application/json; charset=utf-8"}
_UPLOAD = {"content_type": "image/png", "size": 3}
#: It is shown as `photo_exe.jpg`.
_DECEPTIVE = "photo_\u202egpj.exe"
_POSITION = "2026-03-01T12:00:00.123Z#" + "0a" * 16


def _request(
    query: dict[str, list[str]] | None = None,
    body: str | bytes = "QUJD",
    headers: dict[str, str] | None = None,
) -> Request:
    raw = isinstance(body, bytes)
    event: dict[str, Any] = {
        "multiValueQueryStringParameters": query,
        "headers": _TEXT if headers is None else headers,
        "pathParameters": {},
        "requestContext": {"httpMethod": "POST", "resourcePath": "/images"},
        "stageVariables": {},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": raw,
    }
    return Request(event)


def _error_of(call: Any, *arguments: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        call(*arguments)
    return caught.value


def test_a_page_has_the_twenty_newest_images_by_default() -> None:
    page = read_page(_request())
    assert (page.limit, page.before, page.status, page.key) == (20, None, None, None)


def test_a_page_is_read_from_the_query() -> None:
    token = write_position(_POSITION) or ""
    page = read_page(_request({"limit": ["7"], "next_token": [token], "status": ["failed"], "key": ["uploads/a.jpg"]}))
    assert (page.limit, page.before, page.status, page.key) == (7, _POSITION, Status.FAILED, "uploads/a.jpg")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "", "x", "\u0665", "99999"])
def test_a_page_has_from_1_to_100_items(limit: str) -> None:
    error = _error_of(read_page, _request({"limit": [limit]}))
    assert (error.code, error.limit) == ("out_of_range", 100)


def test_an_unknown_status_is_refused_with_the_list_of_statuses() -> None:
    assert "completed" in _error_of(read_page, _request({"status": ["done"]})).detail


def test_the_status_of_a_tombstone_is_refused_and_not_listed() -> None:
    error = _error_of(read_page, _request({"status": ["deleted"]}))
    assert error.code == "bad_option"
    assert "deleted" not in error.detail


@pytest.mark.parametrize("call", [read_page, read_variant])
def test_an_unknown_query_parameter_is_named_in_the_error(call: Any) -> None:
    error = _error_of(call, _request({"colour": ["red"]}))
    assert error.code == "unknown_option"
    assert "'colour'" in error.detail


def test_an_option_given_twice_is_refused() -> None:
    assert "more than once" in _error_of(read_page, _request({"limit": ["1", "2"]})).detail


@pytest.mark.parametrize(
    ("call", "document"),
    [(read_photo, {"image": "QUJD"}), (read_upload_request, {"content_type": "image/png", "size": 3})],
)
def test_an_option_in_the_json_and_in_the_query_is_refused(call: Any, document: dict[str, Any]) -> None:
    request = _request({"width": ["9"]}, json.dumps({**document, "width": 9}), _JSON)
    assert "'width' is given more than once" in _error_of(call, request, _LIMITS).detail
    assert call(_request({"width": ["9"]}, json.dumps(document), _JSON), _LIMITS).options == {"width": "9"}


@pytest.mark.parametrize(
    "position", ["", "x", "2026-03-01", _POSITION.upper(), _POSITION + "0", _POSITION + "\n", "\u0662" + _POSITION[1:]]
)
def test_a_token_that_no_list_returned_is_refused(position: str) -> None:
    token = base64.urlsafe_b64encode(position.encode()).decode()
    assert _error_of(read_page, _request({"next_token": [token]})).code == "bad_page_token"


@given(st.text("aZ09-_=+/ .\u00e9\u6697", max_size=80))
def test_any_other_text_is_a_bad_page_token(token: str) -> None:
    assert _error_of(read_page, _request({"next_token": [token]})).code == "bad_page_token"


def test_the_last_page_has_no_token() -> None:
    assert write_position(None) is None


@pytest.mark.parametrize("name", VariantName)
def test_each_variant_can_be_requested(name: VariantName) -> None:
    assert read_variant(_request({"variant": [name.value]})) == name


def test_a_rendition_can_be_requested() -> None:
    assert read_variant(_request({"variant": ["s-2"]})) == "s-2"


def test_a_name_that_no_variant_can_have_is_refused() -> None:
    assert _error_of(read_variant, _request({"variant": ["Tiny"]})).code == "bad_option"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("QUJD", {"content-type": "text/plain; charset=us-ascii"}),
        ("QUJD", {"content-type": "application/x-www-form-urlencoded"}),
        (json.dumps({"image": "QUJD"}), _JSON),
        (b"ABC", {"content-type": "image/jpeg"}),
        (b"ABC", {"content-type": "application/octet-stream"}),
        (b"ABC", {"content-type": "image/heic; foo=bar"}),
        (b"ABC", {"content-type": " IMAGE/HEIC-Sequence "}),
    ],
)
def test_a_photo_is_read_from_each_content_type(body: str | bytes, headers: dict[str, str]) -> None:
    assert read_photo(_request(body=body, headers=headers), _LIMITS).data == b"ABC"


@pytest.mark.parametrize(
    ("call", "query", "body", "headers"),
    [
        (read_photo, {"filename": [_DECEPTIVE]}, "QUJD", _TEXT),
        (read_photo, {"filename": [_DECEPTIVE]}, b"ABC", {"content-type": "image/jpeg"}),
        (read_photo, None, json.dumps({"image": "QUJD", "filename": _DECEPTIVE}), _JSON),
        (read_photo, {"filename": [_DECEPTIVE]}, json.dumps({"image": "QUJD"}), _JSON),
        (read_upload_request, None, json.dumps({**_UPLOAD, "filename": _DECEPTIVE}), _JSON),
        (read_upload_request, {"filename": [_DECEPTIVE]}, json.dumps(_UPLOAD), _JSON),
    ],
    ids=["text", "raw", "JSON", "query and JSON", "upload", "upload and query"],
)
def test_a_deceptive_file_name_is_refused_wherever_a_client_gives_it(
    call: Any, query: dict[str, list[str]] | None, body: str | bytes, headers: dict[str, str]
) -> None:
    error = _error_of(call, _request(query, body, headers), _LIMITS)
    assert (error.code, "text direction" in error.detail) == ("bad_option", True)


def test_options_can_be_in_the_json() -> None:
    body = json.dumps({"image": "QUJD", "width": 5, "grayscale": False, "watermark": None, "filename": "a.jpg"})
    photo = read_photo(_request({"height": ["7"]}, body, _JSON), _LIMITS)
    assert photo.options == {"width": 5, "height": "7", "grayscale": False}
    assert photo.filename == "a.jpg"


@pytest.mark.parametrize("body", ["{", "[]", "1", '{"image": 5}', "{}", '{"image": null}', "[" * 100_000])
def test_json_without_a_photo_is_refused(body: str) -> None:
    assert _error_of(read_photo, _request(body=body, headers=_JSON), _LIMITS).code == "bad_json"


@pytest.mark.parametrize("value", [[], {}, 1.5])
def test_a_json_option_that_is_a_list_an_object_or_a_float_is_refused(value: object) -> None:
    body = json.dumps({"image": "QUJD", "width": value})
    assert _error_of(read_photo, _request(body=body, headers=_JSON), _LIMITS).code == "bad_option"


@pytest.mark.parametrize("body", ["", " \n"])
@pytest.mark.parametrize(
    ("read", "headers", "expected"),
    [
        (read_photo, {}, "Send a photo."),
        (read_upload_request, _JSON, "Send a JSON object or a form with filename, content_type and size."),
    ],
)
def test_an_empty_body_is_refused_with_what_to_send(body: str, read: Any, headers: Any, expected: str) -> None:
    error = _error_of(read, _request(body=body, headers=headers), _LIMITS)
    assert (error.code, error.detail) == ("empty_body", f"The body is empty. {expected}")


@pytest.mark.parametrize("headers", [{}, {"content-type": "image/svg+xml"}, {"content-type": "multipart/mixed"}])
def test_an_unsupported_content_type_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(UnsupportedMediaType, match="text/plain"):
        read_photo(_request(headers=headers), _LIMITS)


def test_a_body_over_the_limit_is_refused_with_the_way_for_large_photos() -> None:
    with pytest.raises(ImageTooLarge, match="POST /uploads") as caught:
        read_photo(_request(body="A" * 9), Limits(body_bytes=8))
    assert (caught.value.code, caught.value.limit, caught.value.actual) == ("body_too_large", 8, 9)


@pytest.mark.parametrize(
    ("prefer", "expected"), [("respond-async", True), ("wait=5, Respond-Async", True), ("return=minimal", False)]
)
def test_the_preference_for_an_asynchronous_answer_is_read(prefer: str, expected: bool) -> None:
    assert read_photo(_request(headers=_TEXT | {"prefer": prefer}), _LIMITS).asynchronous is expected


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9", "a\tb"])
def test_an_idempotency_key_is_at_most_255_printable_ascii_characters(key: str) -> None:
    assert _error_of(read_photo, _request(headers=_TEXT | {"idempotency-key": key}), _LIMITS).code == "bad_option"
    assert read_photo(_request(headers=_TEXT | {"idempotency-key": "a-1"}), _LIMITS).idempotency_key == "a-1"


@pytest.mark.parametrize("size", ["x", -1, True, None, 1.0, "9" * 16])
def test_an_upload_request_needs_the_photos_size(size: object) -> None:
    body = json.dumps({"content_type": "image/jpeg", "size": size})
    assert _error_of(read_upload_request, _request(body=body, headers=_JSON), _LIMITS).code == "bad_option"


def test_an_upload_request_is_read() -> None:
    body = json.dumps({"content_type": "IMAGE/JPEG", "size": 10, "filename": "a.jpg", "width": 5})
    wanted = read_upload_request(_request(body=body, headers=_JSON), _LIMITS)
    assert (wanted.media_type, wanted.size, wanted.filename) == ("image/jpeg", 10, "a.jpg")
    assert wanted.options == {"width": 5}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ""),
        ("", ""),
        (" ", ""),
        ("application/octet-stream", "application/octet-stream"),
        ("image/heic; foo=bar", "image/heic"),
        ("Image/HEIC", "image/heic"),
        (" IMAGE/HEIF-Sequence ;x=1;y", "image/heif-sequence"),
    ],
)
def test_the_content_type_of_an_upload_is_read_without_case_and_parameters(given: str | None, expected: str) -> None:
    body = json.dumps({"content_type": given, "size": 10})
    assert read_upload_request(_request(body=body, headers=_JSON), _LIMITS).media_type == expected


def test_an_upload_request_without_a_content_type_is_read() -> None:
    assert read_upload_request(_request(body='{"size": 10}', headers=_JSON), _LIMITS).media_type == ""
