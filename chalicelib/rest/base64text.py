"""Decode base64 text as people send it: with a data URI, line breaks, the url-safe alphabet, or no padding."""

import binascii
import re

from chalicelib.errors import InvalidRequest

_DATA_URI = re.compile(rb"(?:\xef\xbb\xbf)?\s*data:[^,;]{0,100}(?:;[^,;]{1,100})*;base64,", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/\-_=\s]")
_DIGIT = re.compile(rb"[^=\s]")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
#: The byte order mark that Windows editors write at the start of a text file.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WHITE_SPACE = b" \t\r\n\f\v"


def decode_base64(text: bytes) -> bytes:
    """Decode base64 text (RFC 4648, sections 4 and 5).

    Raises InvalidRequest with code `empty_body`, or with `bad_base64` and the position of the first wrong character,
    counted from 1.
    """
    prefix = _DATA_URI.match(text)
    start = prefix.end() if prefix else len(_BYTE_ORDER_MARK) * text.startswith(_BYTE_ORDER_MARK)
    if wrong := _NOT_BASE64.search(text, start):
        raise _bad(f"has {chr(wrong.group()[0])!r} at character {wrong.start() + 1}")
    padding = text.find(b"=", start)
    if padding >= 0 and (late := _DIGIT.search(text, padding)):
        raise _bad(f"continues after its padding at character {late.end()}")
    digits = text[start:].translate(_URL_SAFE, _WHITE_SPACE).rstrip(b"=")
    if not digits:
        raise InvalidRequest("The base64 text is empty. Send a photo.", code="empty_body")
    if len(digits) % 4 == 1:
        raise _bad(f"ends at character {len(text.rstrip())} in the middle of a byte")
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _bad(what: str) -> InvalidRequest:
    return InvalidRequest(f"The base64 text {what}.", code="bad_base64")
