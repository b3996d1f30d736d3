"""Base64 text as people send it."""

import base64
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.errors import InvalidRequest
from chalicelib.rest.base64_damage import is_photo_as_text, lost_case
from chalicelib.rest.base64text import check_raw, decode_base64

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
_WHITE = b" \t\r\n\f\v"
_PREFIXES = [b"", b"data:image/png;base64,", b" data:;base64,", b"DATA:image/jpeg;name=a.jpg;BASE64,"]


def _error_of(text: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        decode_base64(text)
    return caught.value


@given(
    data=st.binary(min_size=1, max_size=200),
    prefix=st.sampled_from(_PREFIXES),
    url_safe=st.booleans(),
    padded=st.booleans(),
    breaks=st.lists(st.tuples(st.integers(0, 300), st.sampled_from([b"\n", b"\r\n", b"\t"])), max_size=6),
)
def test_every_form_of_base64_decodes_to_the_same_bytes(
    data: bytes, prefix: bytes, url_safe: bool, padded: bool, breaks: list[tuple[int, bytes]]
) -> None:
    text = base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)
    assume(not (lost_case(text) or is_photo_as_text(data)))
    text = text if padded else text.rstrip(b"=")
    for at, white in breaks:
        text = text[: at % (len(text) + 1)] + white + text[at % (len(text) + 1) :]
    assert decode_base64(prefix + text) == data


def test_the_line_breaks_of_the_base64_command_are_accepted() -> None:
    data = bytes(range(256)) * 4
    assert decode_base64(base64.encodebytes(data)) == data


@given(st.binary(min_size=3, max_size=60), st.integers(0, 79), st.integers(0, 255), st.sampled_from(_PREFIXES))
def test_a_wrong_character_is_named_with_its_position_counted_from_1(
    data: bytes, at: int, wrong: int, prefix: bytes
) -> None:
    assume(bytes([wrong]) not in _ALPHABET + _WHITE)
    text = base64.b64encode(data)
    at %= len(text)
    error = _error_of(prefix + text[:at] + bytes([wrong]) + text[at:])
    assert error.code == "bad_base64"
    assert f"has {chr(wrong)!r} at character {len(prefix) + at + 1}." in error.detail


@pytest.mark.parametrize(("text", "position"), [(b"QQ==QQ==", 5), (b"QQ=\n=\nQ", 7), (b"=QUJD", 2)])
def test_text_after_the_padding_is_refused_with_its_position(text: bytes, position: int) -> None:
    error = _error_of(text)
    assert error.code == "bad_base64"
    assert f"at character {position}." in error.detail


@pytest.mark.parametrize("text", [b"QUJDR", b"Q", b"QUJDR\n", b"QUJDRE", b"QUJDREV", b"QUJDRE=="])
def test_a_text_that_ends_within_a_byte_is_refused(text: bytes) -> None:
    error = _error_of(text)
    assert error.code == "bad_base64"
    assert f"ends at character {len(text.rstrip())} " in error.detail


@pytest.mark.parametrize("text", [b"QUJD=", b"QUJD==", b"QUI==", b"QQ="])
def test_a_text_whose_padding_contradicts_its_length_is_refused(text: bytes) -> None:
    """Such a text has lost characters: the photo behind it would be garbled, or would be called damaged."""
    error = _error_of(text)
    assert error.code == "bad_base64"
    assert "padding" in error.detail
    assert "lost characters" in error.detail


@pytest.mark.parametrize("text", [b"", b" \n", b"data:image/png;base64,", b"=", b"===="])
def test_text_without_base64_digits_is_an_empty_body(text: bytes) -> None:
    assert _error_of(text).code == "empty_body"


def test_millions_of_padding_characters_are_read_in_one_pass() -> None:
    """Six million `=` took hours when each of them started its own search."""
    with pytest.raises(InvalidRequest, match="ends with 6000000 padding characters where 0 belong"):
        decode_base64(b"AAAA" + b"=" * 6_000_000)
    with pytest.raises(InvalidRequest, match="at character 1000006"):
        decode_base64(b"AAAA" + b"=" * 1_000_001 + b"A" * 8)


def test_the_byte_order_mark_of_a_windows_editor_is_ignored() -> None:
    assert decode_base64(b"\xef\xbb\xbfAAAA") == decode_base64(b"\xef\xbb\xbfdata:image/png;base64,AAAA") == b"\0\0\0"


def test_a_data_uri_that_is_not_base64_is_refused() -> None:
    assert _error_of(b"data:text/plain,hello").code == "bad_base64"


@given(
    st.binary(max_size=60) | st.lists(st.sampled_from([b"data:", b";base64,", b"=", b"A", b"\n", b"-"])).map(b"".join)
)
def test_any_bytes_end_in_bytes_or_an_invalid_request(text: bytes) -> None:
    with suppress(InvalidRequest):
        assert decode_base64(text)


@pytest.mark.parametrize("prefix", [b"", b"data:image/gif;base64,", b"\n"])
def test_base64_text_that_is_sent_as_raw_bytes_is_refused_with_the_right_content_type(prefix: bytes) -> None:
    photo = b"GIF89a" + bytes(range(60))
    assert check_raw(photo) == photo
    with pytest.raises(InvalidRequest, match="text/plain") as caught:
        check_raw(prefix + base64.b64encode(photo))
    assert caught.value.code == "bad_base64"


@given(st.binary(min_size=1, max_size=60), st.integers(0, 200), st.sampled_from("=AZaz+/-_ \n\r\t%"))
def test_plain_and_careful_reading_agree_on_damaged_text(data: bytes, place: int, damage: str) -> None:
    text = base64.b64encode(data)
    damaged = text[:place] + damage.encode() + text[place + 1 :]

    assert _result(damaged) == _result(b"\t" + damaged)  # the tab makes the reading careful


def _result(text: bytes) -> bytes | str:
    try:
        return decode_base64(text)
    except InvalidRequest as error:
        return error.code
