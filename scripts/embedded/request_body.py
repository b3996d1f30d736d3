"""Reads the body of an HTTP/1.1 request, with a length or in chunks, up to API Gateway's limit."""

import re
import time
from email.message import Message
from http import HTTPStatus
from io import BufferedReader

#: API Gateway's limit in bytes. The app has a lower limit of its own.
BODY_LIMIT = 10_485_760
#: Seconds that a whole body may take.
BODY_SECONDS = 60.0

_LINE_LIMIT = 1024
_TRAILER_LIMIT = 100
_PIECE = 65_536


class BodyError(Exception):
    """Raised for a body that API Gateway would refuse. The rest of the body is still unread."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, **extra: int) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        #: Further members of the problem: limit and actual, in bytes.
        self.extra = extra


def read_body(stream: BufferedReader, headers: Message) -> bytes:
    """Return a request's body; b"" if it has none.

    Raises BodyError, ConnectionError if the client disconnects, TimeoutError if it is too slow.
    """
    deadline = time.monotonic() + BODY_SECONDS
    if "Transfer-Encoding" in headers:
        return _read_chunks(stream, headers, deadline)
    return _read_exactly(stream, declared_length(headers), deadline)


def declared_length(headers: Message) -> int:
    """Return Content-Length in bytes; 0 if there is none.

    Raises BodyError if it is not a whole number or over the limit.
    """
    lengths = {value.strip() for value in headers.get_all("Content-Length", ["0"])}
    text = lengths.pop()
    # int() also accepts "+1", "1_0" and digits of other scripts.
    if lengths or not re.fullmatch("[0-9]{1,19}", text, re.ASCII):
        raise BodyError(
            HTTPStatus.BAD_REQUEST,
            "bad_content_length",
            "Content-Length is not one whole number. Send the size of the body in bytes.",
        )
    _check_size(int(text))
    return int(text)


def _check_size(size: int) -> None:
    if size > BODY_LIMIT:
        raise BodyError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "body_too_large",
            f"The body is larger than {BODY_LIMIT} bytes. Use POST /uploads, which accepts larger files.",
            limit=BODY_LIMIT,
            actual=size,
        )


def _read_exactly(stream: BufferedReader, size: int, deadline: float) -> bytes:
    pieces = []
    while size:
        piece = stream.read1(min(size, _PIECE))
        if not piece:
            raise ConnectionResetError("the client disconnected before the end of the body")
        if time.monotonic() > deadline:
            raise TimeoutError("the body took too long")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _read_chunks(stream: BufferedReader, headers: Message, deadline: float) -> bytes:
    encodings = headers.get_all("Transfer-Encoding", [])
    # Both headers together are how requests are smuggled past a proxy (RFC 9112 section 6.1).
    if len(encodings) != 1 or encodings[0].strip().lower() != "chunked" or "Content-Length" in headers:
        raise _bad_encoding("This Transfer-Encoding is not supported. Send chunked, without Content-Length.")
    body = bytearray()
    while size := _chunk_size(stream):
        _check_size(len(body) + size)
        body += _read_exactly(stream, size, deadline)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise _bad_encoding("A chunk is longer than its size. Send exactly as many bytes as the size says.")
    _skip_trailers(stream)
    return bytes(body)


def _chunk_size(stream: BufferedReader) -> int:
    line = _read_line(stream)
    size = line.split(b";")[0].strip()
    if not re.fullmatch(b"[0-9a-fA-F]{1,8}", size):
        raise _bad_encoding("A chunk has no valid size. Send the size as a hexadecimal number.")
    return int(size, 16)


def _skip_trailers(stream: BufferedReader) -> None:
    for _ in range(_TRAILER_LIMIT):
        if not _read_line(stream).strip():
            return
    raise _bad_encoding(f"The body has more than {_TRAILER_LIMIT} trailer fields. Send fewer.")


def _read_line(stream: BufferedReader) -> bytes:
    line = stream.readline(_LINE_LIMIT)
    if not line:
        raise ConnectionResetError("the client disconnected before the end of the body")
    if not line.endswith(b"\n"):
        raise _bad_encoding(f"A line between the chunks is longer than {_LINE_LIMIT} bytes. Send a shorter one.")
    return line


def _bad_encoding(detail: str) -> BodyError:
    return BodyError(HTTPStatus.BAD_REQUEST, "bad_transfer_encoding", detail)
