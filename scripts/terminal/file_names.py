"""File names in a form that can be printed, or be part of an S3 key. A name can hold bytes that are not text."""

import os
import re
from pathlib import Path
from urllib.parse import quote

#: Bytes that are not UTF-8 (PEP 383), and characters that XML 1.0 does not allow, so that S3 cannot list them.
_NOT_IN_KEYS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def show(path: Path) -> str:
    """Return a file's name that is safe to print: names can hold bytes that are not text, or control a terminal."""
    return printable(os.fsencode(path).decode(errors="replace"))


def printable(text: str) -> str:
    """Return text, such as an error message with a file's name in it, that is safe to print."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def key_of(name: str) -> str:
    """Return a file's name, or its path with `/`, as part of an S3 key.

    What cannot be in a key, a byte or a control character, is percent-encoded (RFC 3986): two names stay two keys.
    """
    # Keys are UTF-8, whatever the locale says of file names.
    text = os.fsencode(name).decode("utf-8", "surrogateescape")
    return _NOT_IN_KEYS.sub(lambda found: quote(found[0].encode("utf-8", "surrogateescape")), text)
