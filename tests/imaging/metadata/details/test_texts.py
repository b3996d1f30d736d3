"""Comments are decoded by the encoding that they name, and numbers are short."""

import pytest

from chalicelib.imaging.metadata.details.texts import decode, decode_comment, read_number


@pytest.mark.parametrize(
    ("value", "order", "expected"),
    [
        (b"ASCII\0\0\0hello  ", "<", "hello"),
        (b"ASCII   hello\0rest", "<", "hello"),
        (bytes(8) + b"hello", "<", "hello"),
        (b"UNICODE\0" + "hé".encode("utf-16-be"), ">", "hé"),
        (b"UNICODE\0" + "hello".encode("utf-16-le"), ">", "hello"),
        (b"UNICODE\0" + "日本".encode("utf-16-be"), ">", "日本"),
        (b"UNICODE\0" + "日本".encode("utf-16-le"), "<", "日本"),
        (b"UNICODE\0" + "hé".encode("utf-16"), ">", "hé"),
        (b"JIS\0\0\0\0\0" + "日本".encode("iso2022_jp"), ">", "日本"),
        (b"no header at all", "<", "no header at all"),
        (b"short", "<", "short"),
    ],
)
def test_a_comment_is_decoded(value: bytes, order: str, expected: str) -> None:
    assert decode_comment(value, order) == expected


def test_text_that_is_not_utf_8_is_read_as_latin_letters() -> None:
    assert [decode(value) for value in ("Zoë".encode(), b"Zo\xeb", b"\xa9 Ann")] == ["Zoë", "Zoë", "© Ann"]


def test_a_number_has_at_most_ten_digits() -> None:
    assert [read_number(number) for number in (4.0, 4.25, 1 / 3)] == ["4", "4.25", "0.3333333333"]
