"""Guess what damaged a base64 text on its way, from what is wrong with it. Each guess is a sentence for people."""

import binascii
import re

from chalicelib.errors import UnsupportedFormat
from chalicelib.imaging.formats import sniff

#: Translates the url-safe digits (RFC 4648, section 5) to those of section 4.
URL_SAFE = bytes.maketrans(b"-_", b"+/")
#: Text before base64 in files: PEM (RFC 7468), OpenPGP (RFC 9580), and uuencode's base64 form (POSIX).
_ARMOUR = re.compile(rb"-{4,5} ?(?:BEGIN|END)|\s*begin-base64 ")
_FORM_FIELD = re.compile(rb"\s*[A-Za-z_][\w.-]{0,40}=[^=\s]")
_HTML_ESCAPE = re.compile(rb"&(?:#|[A-Za-z]{2,8};)")
#: A soft line break and an escaped byte of quoted-printable text (RFC 2045, section 6.7).
_QUOTED_PRINTABLE = re.compile(rb"=(?:[ \t]*\r?\n|3D|2B|2F)")
_INNER_BLANK = re.compile(rb"[^ \r\n\t\f\v]( +)[^ \r\n\t\f\v]")
#: The start of a base64 text, with or without the prefix of a data URI: enough digits for the signature of a format.
_BASE64_START = re.compile(rb"\s*(?:data:image/[\w.+-]{1,40};base64,)?([A-Za-z0-9+/\-_]{16,400})")
#: No program writes shorter lines of base64.
_MIN_LINE = 32
#: The signature of each format has letters of both cases in base64. Flat pixels have few letters, perhaps of one case.
_CASE_SAMPLE, _MIN_LETTERS = 400, 8

_ELLIPSIS = "\u2026".encode()
_BY_CHARACTER = {
    b"%": "The text may be percent-encoded. Send it as it is, for example with curl --data-binary.",
    b"\\": "The text may have the escapes of a JSON string. Remove them.",
    b"{": "The text may be JSON. Send it with Content-Type: application/json.",
    b'"': "The text may still have its quotation marks. Remove them.",
    b"'": "The text may still have its quotation marks. Remove them.",
    b"`": "The text may still have its quotation marks. Remove them.",
    b";": "The text may have a part of a data URI. Send the whole URI, or the base64 text alone.",
    b",": "The text may have a part of a data URI. Send the whole URI, or the base64 text alone.",
    b"<": "The text may be HTML or XML. Send the base64 text alone.",
    b":": "The text may have a header before the base64. Send the base64 text alone.",
    b".": "The text may have been shortened with dots. Send it whole.",
    b"\0": "The text may be UTF-16. Send it as ASCII.",
}


def has_armour(text: bytes) -> bool:
    """Return whether the text has a line such as `-----BEGIN CERTIFICATE-----`, whose letters are base64 digits too."""
    return _ARMOUR.search(text, 0, 200) is not None or _ARMOUR.search(text, max(0, len(text) - 200)) is not None


def lost_plus(text: bytes, start: int) -> int:
    """Return the position of a blank that was a `+`, or -1.

    The decoder of HTML forms makes a blank of each `+`, so that none is left. A blank where each line ends is a line
    break that a shell has replaced. Text of the url-safe alphabet has no `+`.
    """
    if text.find(b" ", start) < 0 or any(text.find(digit, start) >= 0 for digit in (b"+", b"-", b"_")):
        return -1
    found = _INNER_BLANK.search(text, start)
    if found and not _is_wrapped_with_blanks(text[start:].strip()):
        return found.start(1)
    # A whole text has groups of four digits. If it has them only with its blanks, blanks stand for digits.
    digits = text[start:].translate(None, b"\t\r\n\f\v")
    is_whole = len(digits) % 4 == 0 and (len(digits) - digits.count(b" ")) % 4 != 0
    return text.find(b" ", start) if is_whole else -1


def lost_case(digits: bytes) -> bool:
    """Return whether the letters have one case only, as after a conversion to small or capital letters."""
    letters = re.sub(rb"[^A-Za-z]", b"", digits[:_CASE_SAMPLE])
    return len(set(letters)) >= _MIN_LETTERS and (letters.islower() or letters.isupper())


def is_photo_as_text(data: bytes) -> bool:
    """Return whether bytes that should be a photo are base64 text of a photo, perhaps with the prefix of a data URI."""
    start = _BASE64_START.match(data)
    if not start:
        return False
    digits = start[1][: len(start[1]) // 4 * 4].translate(URL_SAFE)
    return _is_photo(binascii.a2b_base64(digits))


def guess_by_character(text: bytes, position: int) -> str:
    """Return a guess about the wrong character at a position, or ""."""
    wrong = text[position : position + 1]
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _BY_CHARACTER[b"\0"]
    if _is_photo(text):
        return "The body may be the photo itself. Send it with the photo's Content-Type, such as image/jpeg."
    if wrong == b"&":
        escaped = "The text may be escaped for HTML. Send it as it is."
        return escaped if _HTML_ESCAPE.match(text, position) else _form_field()
    if text.startswith(_ELLIPSIS, position):
        wrong = b"."
    return _BY_CHARACTER.get(wrong, "")


def guess_by_padding(text: bytes, position: int) -> str:
    """Return a guess why the text continues after the `=` at a position."""
    if _QUOTED_PRINTABLE.match(text, position):
        return "The text may be quoted-printable, as in e-mail. Decode that first."
    if _FORM_FIELD.match(text) and position <= 41:
        return _form_field()
    return "Two texts may have been joined. Send one photo."


def _is_photo(data: bytes) -> bool:
    try:
        sniff(data)
    except UnsupportedFormat:
        return False
    return True


def _form_field() -> str:
    return "The text may be a field of a form. Send the base64 text alone, without the field's name."


def _is_wrapped_with_blanks(text: bytes) -> bool:
    """Return whether single blanks stand where lines of equal length ended, as in `echo $(base64 FILE)`."""
    width, blanks = text.find(b" "), text.count(b" ")
    return width >= _MIN_LINE and width % 4 == 0 and text[width :: width + 1] == b" " * blanks
