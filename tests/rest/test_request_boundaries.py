"""Requests at the edge of what is accepted, and what their errors say."""

import json
from typing import Any

import pytest
from chalice.app import Request

from chalicelib.errors import ImageTooLarge, InvalidRequest, UnsupportedMediaType
from chalicelib.rest.request import read_page, read_photo, read_upload_request, read_variant
from chalicelib.settings import Limits
from tests.rest.test_request import _JSON, _LIMITS, _TEXT, _error_of, _request

JPEG = {"content-type": "image/jpeg"}


@pytest.mark.parametrize("limit", [1, 100])
def test_a_page_may_have_1_and_100_items(limit: int) -> None:
    assert read_page(_request({"limit": [str(limit)]})).limit == limit


def test_a_key_may_have_1024_bytes() -> None:
    longest = "\u00e9" * 512
    assert read_page(_request({"key": [longest]})).key == longest
    error = _error_of(read_page, _request({"key": [f"{longest}a"]}))
    assert (error.code, error.limit) == ("out_of_range", 1024)


def test_half_a_surrogate_pair_is_no_error_of_the_server() -> None:
    assert read_page(_request({"key": ["\ud800"]})).key == "\ud800"
    body = '{"image": "\\ud800"}'
    assert _error_of(read_photo, _request(body=body, headers=_JSON), _LIMITS).code == "bad_base64"


@pytest.mark.parametrize("key", ["k", "k" * 255])
def test_an_idempotency_key_may_have_1_and_255_characters(key: str) -> None:
    assert read_photo(_request(headers=_TEXT | {"idempotency-key": key}), _LIMITS).idempotency_key == key


def test_a_text_may_be_as_long_as_the_limit() -> None:
    assert read_photo(_request(body="QUJD"), Limits(body_bytes=4)).data == b"ABC"
    with pytest.raises(ImageTooLarge):
        read_photo(_request(body="QUJD"), Limits(body_bytes=3))


@pytest.mark.parametrize("is_local", [False, True])
@pytest.mark.parametrize(("size", "length"), [(1, 4), (3, 4), (4, 8)])
def test_the_base64_text_of_raw_bytes_may_be_as_long_as_the_limit(size: int, length: int, *, is_local: bool) -> None:
    """A local server passes the bytes themselves."""
    request = _request(body=b"\xff" * size, headers=JPEG)
    if is_local:
        request = Request(request.to_original_event() | {"body": b"\xff" * size, "isBase64Encoded": False})
    assert len(read_photo(request, Limits(body_bytes=length)).data) == size
    with pytest.raises(ImageTooLarge) as caught:
        read_photo(request, Limits(body_bytes=length - 1))
    assert caught.value.actual == length


@pytest.mark.parametrize(
    ("headers", "problem"),
    [({}, "The request has no Content-Type."), ({"content-type": f"a/{'b' * 70}"}, f"Content-Type 'a/{'b' * 58}' is")],
)
def test_an_unsupported_content_type_is_named_or_said_to_be_missing(headers: dict[str, str], problem: str) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        read_photo(_request(headers=headers), _LIMITS)
    assert caught.value.detail.startswith(problem)


@pytest.mark.parametrize("prefer", ["respond-async,wait=5", "wait=5;respond-async"])
def test_the_preferences_need_no_blanks_between_them(prefer: str) -> None:
    assert read_photo(_request(headers=_TEXT | {"prefer": prefer}), _LIMITS).asynchronous


@pytest.mark.parametrize(
    ("read", "request_of", "name"),
    [
        (read_variant, _request({"variant": ["Small"]}), "variant"),
        (
            lambda request: read_upload_request(request, _LIMITS),
            _request(body=json.dumps({"size": 1, "content_type": "image/png", "purpose": "x"}), headers=_JSON),
            "purpose",
        ),
    ],
    ids=["variant", "purpose"],
)
def test_a_value_that_is_no_member_is_refused_with_its_option(read: Any, request_of: Any, name: str) -> None:
    assert _error_of(read, request_of).detail.startswith(f"{name} must be one of ")


def test_a_bad_token_is_refused_with_advice() -> None:
    with pytest.raises(InvalidRequest, match="Start from the first page"):
        read_page(_request({"next_token": ["x"]}))
