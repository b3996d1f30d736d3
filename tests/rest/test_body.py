"""What a body holds is told by its bytes first, then by its Content-Type."""

import base64
import gzip
import json

import pytest

from chalicelib.errors import InvalidRequest, UnsupportedMediaType
from chalicelib.rest.body import BINARY_TYPES, Content, read_content, read_description
from chalicelib.settings import Limits
from tests.flows.photos import photo
from tests.rest.test_form import PHOTO, field, form
from tests.rest.test_request import _request

LIMITS = Limits()
FORM_TYPE = "application/x-www-form-urlencoded"


def content(body: bytes | str, content_type: str | None = None, **headers: str) -> Content:
    sent = headers | ({"content-type": content_type} if content_type else {})
    return read_content(_request(body=body, headers=sent), LIMITS)


def error_of(body: bytes | str, content_type: str | None = None, **headers: str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        content(body, content_type, **headers)
    return caught.value


@pytest.mark.parametrize("kind", [None, FORM_TYPE, "text/plain", "application/json", "multipart/form-data", "x/y"])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_bytes_that_begin_like_a_picture_are_one_whatever_the_type_says(kind: str | None, image_format: str) -> None:
    """`curl --data-binary @photo.jpg` sends the form type, and requests.post(data=...) sends none."""
    data = photo((64, 48), image_format=image_format)
    assert content(data, kind).data == data


def test_the_fields_of_a_form_and_of_json_are_options() -> None:
    body, content_type = form(field("width", "9"), PHOTO)
    assert content(body, content_type) == Content(PHOTO[1][1], "photo.jpg", [("width", "9")])
    document = json.dumps({"image": "QUJD", "width": 9})
    assert content(document, "application/json") == Content(b"ABC", "", [("width", 9)])


def test_base64_text_in_the_file_of_a_form_is_refused() -> None:
    text = base64.b64encode(photo())
    assert error_of(*form(("file", ("photo.txt", text)))).code == "bad_base64"


@pytest.mark.parametrize("address", ["https://example.com/a.jpg", " HTTP://example.com/a.jpg"])
def test_an_address_is_not_fetched(address: str) -> None:
    for body, content_type in ((json.dumps({"image": address}), "application/json"), (address, "text/plain")):
        error = error_of(body, content_type)
        assert (error.code, error.detail) == ("bad_base64", "Addresses are not fetched. Send the photo itself.")


@pytest.mark.parametrize("content_type", ["text/plain", "image/jpeg", "application/json", None])
def test_a_gzip_body_is_refused_by_name(content_type: str | None) -> None:
    error = error_of(gzip.compress(photo()), content_type)
    assert (error.code, "compressed with gzip" in error.detail) == ("unsupported_encoding", True)
    assert isinstance(error, UnsupportedMediaType)


def test_a_coding_without_a_signature_is_refused_by_its_header() -> None:
    assert "compressed with br." in error_of(b"\x0b\x02\x80", "image/jpeg", **{"content-encoding": "br"}).detail


def test_a_picture_that_the_gateway_has_decoded_is_taken_although_the_header_stayed() -> None:
    assert content(photo(), "image/jpeg", **{"content-encoding": "gzip"}).data == photo()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"content_type": "image/png", "size": 3}', "application/json"),
        ('{"content_type": "image/png", "size": 3}', FORM_TYPE),
        ("content_type=image%2Fpng&size=3", FORM_TYPE),
    ],
)
def test_an_upload_is_described_by_json_or_by_a_form(body: str, content_type: str) -> None:
    described = read_description(_request(body=body, headers={"content-type": content_type}), LIMITS)
    assert [(name, str(value)) for name, value in described] == [("content_type", "image/png"), ("size", "3")]


def test_every_type_that_is_passed_on_as_bytes_is_one_that_chalice_compares_whole() -> None:
    assert {"multipart/form-data", FORM_TYPE, "image/*", "image/jpeg"} <= set(BINARY_TYPES)
    assert "*/*" not in BINARY_TYPES  # with it, Chalice answers 400 to JSON without an Accept header
