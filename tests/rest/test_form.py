"""Forms, as curl, requests and browsers write them, and as they can be damaged."""

from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import InvalidRequest
from chalicelib.rest.form import MAX_FIELD, MAX_PARTS, read_fields, read_form

Part = tuple[str, tuple[str | None, bytes]]


def form(*parts: Part) -> tuple[bytes, str]:
    """Return the body and the Content-Type that requests writes; a part without a file name is a field."""
    prepared = requests.Request("POST", "http://127.0.0.1/", files=list(parts)).prepare()
    assert isinstance(prepared.body, bytes)
    return prepared.body, str(prepared.headers["Content-Type"])


def field(name: str, value: str) -> Part:
    return name, (None, value.encode())


def code_of(body: bytes) -> str:
    """Return the code of the error, or "" for a form that is read."""
    try:
        read_form(body, "multipart/form-data; boundary=b")
    except InvalidRequest as error:
        return error.code
    return ""


PHOTO: Part = ("file", ("photo.jpg", b"\xff\xd8\r\n--data"))


def error_of(body: bytes, content_type: str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        read_form(body, content_type)
    return caught.value


def test_a_form_has_a_file_and_fields() -> None:
    read = read_form(*form(field("preset", "web"), PHOTO, field("watermark", "© Ann")))

    assert (read.data, read.filename) == (b"\xff\xd8\r\n--data", "photo.jpg")
    assert read.fields == [("preset", "web"), ("watermark", "© Ann")]


@pytest.mark.parametrize("name", ["file", "image", "photo", "upload[]"])
def test_the_file_may_have_any_name(name: str) -> None:
    assert read_form(*form((name, PHOTO[1]))).data == b"\xff\xd8\r\n--data"


@pytest.mark.parametrize("sent", ["C:\\Photos\\photo.jpg", "/home/ann/photo.jpg", "photo.jpg"])
def test_of_a_path_only_the_file_name_counts(sent: str) -> None:
    body, content_type = form(("file", ("NAME", b"data")))
    assert read_form(body.replace(b"NAME", sent.replace("\\", "\\\\").encode()), content_type).filename == "photo.jpg"


def test_a_field_that_is_left_empty_on_a_page_is_no_option() -> None:
    assert read_form(*form(field("width", ""), PHOTO)).fields == []


def test_a_field_that_comes_twice_is_returned_twice() -> None:
    """The caller refuses an option that is given more than once."""
    assert read_form(*form(field("width", "1"), PHOTO, field("width", "2"))).fields == [("width", "1"), ("width", "2")]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((PHOTO, ("other", ("b.jpg", b"b"))), "several_files"),
        ((field("preset", "web"),), "no_file"),
        ((field("file", "photo.jpg"),), "no_file"),
        ((("file", ("", b"")),), "no_file"),
        ((("file", ("photo.jpg", b"")),), "empty_body"),
        ((field("watermark", "x" * (MAX_FIELD + 1)), PHOTO), "field_too_large"),
        ((*(field(f"f{number}", "1") for number in range(MAX_PARTS)), PHOTO), "bad_form"),
    ],
    ids=["two files", "no file", "a forgotten @", "no file chosen", "empty", "a long field", "many fields"],
)
def test_a_form_without_one_photo_is_refused_with_its_own_code(parts: tuple[Part, ...], code: str) -> None:
    assert error_of(*form(*parts)).code == code


def test_a_field_may_have_8_kb_and_its_error_has_both_numbers() -> None:
    longest = "x" * MAX_FIELD
    assert read_form(*form(field("watermark", longest), PHOTO)).fields == [("watermark", longest)]

    error = error_of(*form(field("watermark", longest + "x"), PHOTO))
    assert (error.limit, error.actual) == (MAX_FIELD, MAX_FIELD + 1)


def test_a_field_that_is_not_utf_8_is_refused_by_its_name() -> None:
    error = error_of(*form(("watermark", (None, b"\xff")), PHOTO))
    assert (error.code, "'watermark'" in error.detail) == ("bad_option", True)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=" + "b" * 2000,
        'multipart/form-data; boundary="a\nb"',
    ],
)
def test_a_boundary_that_is_missing_or_wrong_is_refused(content_type: str) -> None:
    assert error_of(form(PHOTO)[0], content_type).code == "bad_form"


def test_a_form_that_is_cut_anywhere_is_refused() -> None:
    body, content_type = form(field("preset", "web"), PHOTO)
    for end in range(len(body) - 4):
        assert error_of(body[:end], content_type).code in ("bad_form", "no_file")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_an_error(data: bytes) -> None:
    codes = {"bad_form", "no_file", "several_files", "empty_body", "bad_option"}
    for body in (data, b"--b\r\n" + data + b"\r\n--b--\r\n"):
        assert code_of(body) in codes | {""}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"filename=a+b.jpg&size=3", [("filename", "a b.jpg"), ("size", "3")]),
        (b"filename=%C3%A9.jpg&preset=", [("filename", "é.jpg")]),
    ],
)
def test_the_fields_of_an_urlencoded_form_are_decoded(body: bytes, fields: list[tuple[str, Any]]) -> None:
    assert read_fields(body) == fields


@pytest.mark.parametrize("body", [b"\xff=1", b"a=%ff", b"&".join(b"a=1" for _ in range(MAX_PARTS + 1))])
def test_an_urlencoded_form_that_is_damaged_or_long_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_fields(body)
    assert caught.value.code == "bad_form"
