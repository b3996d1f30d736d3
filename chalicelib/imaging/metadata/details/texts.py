"""Decodes the texts and numbers of metadata, as exiftool prints them."""

import re

_UNICODE, _ASCII, _JIS = (
    re.compile(rb"UNICODE[\0 ]"),
    re.compile(rb"(?:ASCII)?(?:\0|[\0 ]+\Z)"),
    re.compile(rb"JIS[\0 ]{5}"),
)


def decode(value: bytes) -> str:
    """Return text as UTF-8, or as Windows' Latin letters if it is not UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def decode_comment(value: bytes, order: str) -> str:
    """Return the text of a UserComment: eight bytes name its encoding (Exif 3.0, 4.6.6.4)."""
    code, text = value[:8], value[8:]
    if len(value) < 8:
        found = decode(value)
    elif _ASCII.match(code):
        found = decode(text.partition(b"\0")[0])
    elif _UNICODE.match(code):
        found = _decode_utf16(text, order)
    elif _JIS.match(code):
        found = text.decode("iso2022_jp", "replace").partition("\0")[0]
    else:
        found = decode(value.partition(b"\0")[0])
    return found.rstrip(" ")


def _decode_utf16(text: bytes, order: str) -> str:
    """Return UTF-16 text. Some writers use little-endian in a big-endian block, so the more likely order counts."""
    even = text[: len(text) & ~1]
    big, little = (len(set(even[start::2])) for start in (0, 1))
    encoding = "utf-16-be" if big < little or (big == little and order == ">") else "utf-16-le"
    if even[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    return even.decode(encoding, "replace").partition("\0")[0]


def read_number(number: float) -> str:
    """Return a number with at most ten significant digits."""
    return f"{number:.10g}"
