"""The names of files, as old browsers, .NET and requests write them, and fields that no page means as an option."""

import pytest

from chalicelib.errors import InvalidRequest
from chalicelib.rest.form import read_fields, read_form

TYPE = "multipart/form-data; boundary=b"


def body(disposition: bytes, *more: bytes) -> bytes:
    parts = [b"Content-Disposition: form-data; " + disposition + b"\r\n\r\na photo", *more]
    return b"".join(b"--b\r\n" + each + b"\r\n" for each in parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="file"; filename="\u00e9t\u00e9.jpg"'.encode(), "\u00e9t\u00e9.jpg"),
        ('name="file"; filename="\u00e9t\u00e9.jpg"'.encode("latin-1"), "\u00e9t\u00e9.jpg"),
        (b"name=\"file\"; filename*=UTF-8''%C3%A9t%C3%A9.jpg", "\u00e9t\u00e9.jpg"),
        (b'name="file"; filename="x.jpg"; filename*=utf-8\'de\'%C3%A9.jpg', "\u00e9.jpg"),
        (b"name=\"file\"; filename*=iso-8859-1''%E9.jpg", "\u00e9.jpg"),
        (b"name=\"file\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
    ],
)
def test_a_name_is_read_in_each_form_that_clients_write(disposition: bytes, name: str) -> None:
    form = read_form(body(disposition), TYPE)
    assert (form.data, form.filename) == (b"a photo", name)


def test_the_field_in_which_a_browser_writes_its_encoding_is_no_option() -> None:
    more = b'Content-Disposition: form-data; name="_charset_"\r\n\r\nutf-8'
    assert read_form(body(b'name="file"; filename="a.jpg"', more), TYPE).fields == []
    assert read_fields(b"_charset_=utf-8&width=9") == [("width", "9")]


@pytest.mark.parametrize("damage", [b"\x00", b"\xe9\x00", b"a: b\nc", b"X-\xff: 1\r\n\xe9"])
def test_the_reason_of_a_bad_form_is_plain_text(damage: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_form(b"--b\r\n" + damage + b"\r\n\r\nx\r\n--b--\r\n", TYPE)
    assert caught.value.code in ("bad_form", "no_file")
    assert not any(word in caught.value.detail for word in ("\\x", "Error(", "b'"))
