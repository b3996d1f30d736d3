"""A request's body is read whole, with a length or in chunks, and refused where API Gateway refuses it."""

import io
from email.message import Message

import pytest

from scripts.embedded.request_body import BODY_LIMIT, BodyError, declared_length, read_body


def headers(*pairs: tuple[str, str]) -> Message:
    message = Message()
    for name, value in pairs:
        message[name] = value
    return message


def stream(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


CHUNKED = ("Transfer-Encoding", "chunked")


def test_a_request_without_length_or_chunks_has_no_body() -> None:
    assert read_body(stream(b"next request"), headers()) == b""


def test_a_body_ends_at_its_length() -> None:
    source = stream(b"body" + b"next request")
    assert read_body(source, headers(("Content-Length", "4"))) == b"body"
    assert source.read() == b"next request"


def test_chunks_are_joined_and_their_trailers_skipped() -> None:
    source = stream(b"4\r\none \r\n3;name=value\r\ntwo\r\n0\r\nX-Sum: 1\r\n\r\nnext request")
    assert read_body(source, headers(CHUNKED)) == b"one two"
    assert source.read() == b"next request"


@pytest.mark.parametrize("length", ["-5", "ten", "+5", "1_0", "\u0665", "", "5.0", "9" * 20])
def test_a_length_that_is_not_a_whole_number_is_refused(length: str) -> None:
    with pytest.raises(BodyError) as refused:
        declared_length(headers(("Content-Length", length)))
    assert (refused.value.status, refused.value.code) == (400, "bad_content_length")


def test_two_lengths_must_be_the_same() -> None:
    assert declared_length(headers(("Content-Length", "5"), ("Content-Length", " 5"))) == 5
    with pytest.raises(BodyError, match="one whole number"):
        declared_length(headers(("Content-Length", "5"), ("Content-Length", "6")))


def test_a_length_over_the_limit_names_limit_and_actual_size() -> None:
    assert declared_length(headers(("Content-Length", str(BODY_LIMIT)))) == BODY_LIMIT
    with pytest.raises(BodyError, match="POST /uploads") as refused:
        declared_length(headers(("Content-Length", str(BODY_LIMIT + 1))))
    assert (refused.value.status, refused.value.code) == (413, "body_too_large")
    assert refused.value.extra == {"limit": BODY_LIMIT, "actual": BODY_LIMIT + 1}


def test_a_chunk_over_the_limit_is_refused_before_it_is_read() -> None:
    source = stream(b"4\r\nbody\r\n" + b"%x\r\n" % BODY_LIMIT + b"unread")
    with pytest.raises(BodyError) as refused:
        read_body(source, headers(CHUNKED))
    assert refused.value.extra == {"limit": BODY_LIMIT, "actual": BODY_LIMIT + 4}
    assert source.read() == b"unread"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"five\r\nhello\r\n", "no valid size"),
        (b"-5\r\nhello\r\n", "no valid size"),
        (b"2\r\nhello\r\n", "longer than its size"),
        (b"1" * 2000, "longer than 1024 bytes"),
        (b"0\r\n" + b"a: b\r\n" * 200, "more than 100 trailer fields"),
    ],
)
def test_chunks_without_a_clear_end_are_refused(body: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message) as refused:
        read_body(stream(body), headers(CHUNKED))
    assert (refused.value.status, refused.value.code) == (400, "bad_transfer_encoding")


@pytest.mark.parametrize(
    "pairs",
    [
        [("Transfer-Encoding", "gzip")],
        [("Transfer-Encoding", "gzip, chunked")],
        [CHUNKED, CHUNKED],
        [CHUNKED, ("Content-Length", "5")],
    ],
)
def test_only_chunked_without_a_length_is_supported(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BodyError, match="Send chunked, without Content-Length"):
        read_body(stream(b"0\r\n\r\n"), headers(*pairs))


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        (b"half", [("Content-Length", "8")]),
        (b"4\r\nha", [CHUNKED]),
        (b"", [CHUNKED]),
        (b"4\r\nhalf\r\n", [CHUNKED]),
    ],
)
def test_a_client_that_disconnects_early_is_a_connection_error(body: bytes, pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ConnectionResetError):
        read_body(stream(body), headers(*pairs))
