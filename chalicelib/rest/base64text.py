"""Decode base64 text as people send it: with a data URI, line breaks, the url-safe alphabet, or no padding."""

import binascii
import re

from chalicelib.errors import InvalidRequest
from chalicelib.rest import base64_damage

_DATA_URI = re.compile(rb"(?:\xef\xbb\xbf)?\s*data:[^,;]{0,100}(?:;[^,;]{1,100})*;base64,", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/\-_=\s]")
_DIGIT = re.compile(rb"[^=\s]")
#: The byte order mark that Windows editors write at the start of a text file.
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WHITE_SPACE = b" \t\r\n\f\v"
_ADDRESS = re.compile(rb"\s*https?:", re.IGNORECASE)
_CUT = "The text may have been cut, or have lost characters. Send it whole."


def decode_base64(text: bytes) -> bytes:
    """Decode base64 text (RFC 4648, sections 4 and 5).

    Raises InvalidRequest with code `empty_body`, or with `bad_base64`, the position of the first wrong character,
    counted from 1, and a guess what has damaged the text. A damaged text never becomes a damaged photo.
    """
    if _ADDRESS.match(text):
        raise InvalidRequest("Addresses are not fetched. Send the photo itself.", code="bad_base64")
    prefix = _DATA_URI.match(text)
    start = prefix.end() if prefix else len(_BYTE_ORDER_MARK) * text.startswith(_BYTE_ORDER_MARK)
    data = _decode_plain(text, start) or _decode_with_care(text, start)
    if base64_damage.is_photo_as_text(data):
        raise _bad("holds base64 text again", "The photo was encoded twice. Encode it once.")
    return data


def _decode_plain(text: bytes, start: int) -> bytes:
    """Decode text as encoders write it, with or without line breaks, or return b"" for any other text."""
    digits = text[start:].replace(b"\n", b"").replace(b"\r", b"")
    # Python's strict mode allows any number of padding characters after a whole group.
    if len(digits) % 4 or digits.endswith(b"==="):
        return b""
    try:
        data = binascii.a2b_base64(digits, strict_mode=True)
    except binascii.Error:
        return b""
    is_damaged = base64_damage.lost_case(digits) or _unused_bits(digits[-4:].rstrip(b"="))
    return b"" if is_damaged else data


def _decode_with_care(text: bytes, start: int) -> bytes:
    """Decode any text that decode_base64() accepts. Raises InvalidRequest."""
    _check_characters(text, start)
    digits = text[start:].translate(base64_damage.URL_SAFE, _WHITE_SPACE)
    unpadded = digits.rstrip(b"=")
    if not unpadded:
        raise InvalidRequest("The base64 text is empty. Send a photo.", code="empty_body")
    if base64_damage.lost_case(unpadded):
        raise _bad("has letters of one case only", "Something may have changed capital or small letters.")
    _check_end(text, unpadded, len(digits) - len(unpadded))
    return binascii.a2b_base64(unpadded + b"=" * (-len(unpadded) % 4))


def check_raw(body: bytes) -> bytes:
    """Return the body, which is a photo by its Content-Type. Raises InvalidRequest if it is base64 text of a photo."""
    if base64_damage.is_photo_as_text(body):
        raise InvalidRequest("The body is base64 text. Send it with Content-Type: text/plain.", code="bad_base64")
    return body


def _check_characters(text: bytes, start: int) -> None:
    """Raise InvalidRequest if a character cannot be there."""
    if base64_damage.has_armour(text):
        raise _bad(
            "has a header line such as -----BEGIN or begin-base64", "Send the lines between the header and the footer."
        )
    if wrong := _NOT_BASE64.search(text, start):
        at = wrong.start()
        raise _bad(f"has {chr(text[at])!r} at character {at + 1}", base64_damage.guess_by_character(text, at))
    padding = text.find(b"=", start)
    if padding >= 0 and (late := _DIGIT.search(text, padding)):
        guess = base64_damage.guess_by_padding(text, padding)
        raise _bad(f"continues after its padding at character {late.end()}", guess)
    if (blank := base64_damage.lost_plus(text, start)) >= 0:
        guess = "A + may have become a blank, as in the fields of a form. Send the + as it is, or as %2B in a form."
        raise _bad(f"has a blank at character {blank + 1} and no +", guess)


def _check_end(text: bytes, digits: bytes, padding: int) -> None:
    """Raise InvalidRequest if the digits cannot be a whole number of bytes, or contradict the padding."""
    rest = len(digits) % 4
    if rest == 1 or _unused_bits(digits):
        raise _bad(f"ends at character {len(text.rstrip())} in the middle of a byte", _CUT)
    if padding and padding != -rest % 4:
        raise _bad(f"ends with {padding} padding characters where {-rest % 4} belong", _CUT)


def _unused_bits(digits: bytes) -> int:
    """Return the bits of the last digit that no byte uses. Encoders write them as 0 (RFC 4648, section 3.5)."""
    unused = {2: 0b1111, 3: 0b11}.get(len(digits) % 4, 0)
    return unused and binascii.a2b_base64(digits[-1:] + b"AAA")[0] >> 2 & unused


def _bad(what: str, guess: str) -> InvalidRequest:
    return InvalidRequest(f"The base64 text {what}. {guess}".rstrip(), code="bad_base64")
