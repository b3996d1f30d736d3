"""Base64 as people send it."""

import base64
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.errors import InvalidRequest
from chalicelib.rest.base64text import decode_base64

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_WHITE = b" \t\r\n\f\v"
_PREFIXES = [b"", b"data:image/png;base64,", b" data:;base64,", b"DATA:image/jpeg;name=a.jpg;BASE64,"]


def _refused(text: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        decode_base64(text)
    return caught.value


@given(
    data=st.binary(min_size=1, max_size=200),
    prefix=st.sampled_from(_PREFIXES),
    url_safe=st.booleans(),
    padded=st.booleans(),
    breaks=st.lists(st.tuples(st.integers(0, 300), st.sampled_from([b"\n", b"\r\n", b" ", b"\t"])), max_size=6),
)
def test_every_spelling_reads_back_to_the_same_bytes(
    data: bytes, prefix: bytes, url_safe: bool, padded: bool, breaks: list[tuple[int, bytes]]
) -> None:
    text = base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)
    text = text if padded else text.rstrip(b"=")
    for at, white in breaks:
        text = text[: at % (len(text) + 1)] + white + text[at % (len(text) + 1) :]
    assert decode_base64(prefix + text) == data


def test_the_lines_of_the_base64_command_are_read() -> None:
    data = bytes(range(256)) * 4
    assert decode_base64(base64.encodebytes(data)) == data


@given(st.binary(min_size=3, max_size=60), st.integers(0, 79), st.integers(0, 255), st.sampled_from(_PREFIXES))
def test_a_stranger_is_named_with_its_position_from_1(data: bytes, at: int, stranger: int, prefix: bytes) -> None:
    assume(bytes([stranger]) not in _ALPHABET + _WHITE)
    text = base64.b64encode(data)
    at %= len(text)
    error = _refused(prefix + text[:at] + bytes([stranger]) + text[at:])
    assert error.code == "bad_base64"
    assert error.detail.endswith(f"has {chr(stranger)!r} at character {len(prefix) + at + 1}.")


@pytest.mark.parametrize(("text", "position"), [(b"QQ==QQ==", 5), (b"QQ=\n=\nQ", 7), (b"=QUJD", 2)])
def test_text_after_the_padding_is_named_with_its_position(text: bytes, position: int) -> None:
    error = _refused(text)
    assert error.code == "bad_base64"
    assert error.detail.endswith(f"at character {position}.")


@pytest.mark.parametrize("text", [b"QUJDR", b"Q", b"QUJDR\n"])
def test_a_text_that_ends_within_a_byte_is_cut_short(text: bytes) -> None:
    error = _refused(text)
    assert error.code == "bad_base64"
    assert f"ends at character {len(text.rstrip())} " in error.detail


@pytest.mark.parametrize("text", [b"", b" \n", b"data:image/png;base64,", b"=", b"===="])
def test_no_digits_are_an_empty_body(text: bytes) -> None:
    assert _refused(text).code == "empty_body"


def test_a_flood_of_padding_is_read_in_one_pass() -> None:
    """Six million signs took hours when each of them began a search of its own."""
    assert decode_base64(b"AAAA" + b"=" * 6_000_000) == b"\0\0\0"
    with pytest.raises(InvalidRequest, match="at character 1000006"):
        decode_base64(b"AAAA" + b"=" * 1_000_001 + b"A" * 8)


def test_the_mark_that_a_windows_editor_writes_is_passed_over() -> None:
    assert decode_base64(b"\xef\xbb\xbfAAAA") == decode_base64(b"\xef\xbb\xbfdata:image/png;base64,AAAA") == b"\0\0\0"


def test_a_data_uri_that_is_not_base64_is_refused() -> None:
    assert _refused(b"data:text/plain,hello").code == "bad_base64"


@given(
    st.binary(max_size=60) | st.lists(st.sampled_from([b"data:", b";base64,", b"=", b"A", b"\n", b"-"])).map(b"".join)
)
def test_any_bytes_end_in_bytes_or_an_invalid_request(text: bytes) -> None:
    with suppress(InvalidRequest):
        assert decode_base64(text)
