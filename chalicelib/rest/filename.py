"""Read the file name that a client sends. It is data, never a path."""

import re
from typing import Any

from chalicelib.errors import InvalidRequest
from chalicelib.settings import Limits

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: What decoders of a query put in the place of bytes that are not UTF-8.
_REPLACED = "\ufffd"
#: Bidirectional control characters (Unicode, UAX 9): they make a name look like another one, such as `exe.jpg`.
_BIDIRECTIONAL = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def read_filename(options: dict[str, Any], limits: Limits) -> str:
    """Remove the file name from the options and return it. Raises InvalidRequest."""
    name = str(options.pop("filename", ""))
    if len(name) > limits.name_length:
        raise InvalidRequest(
            f"filename has {len(name)} characters; {limits.name_length} are allowed.",
            code="name_too_long",
            limit=limits.name_length,
            actual=len(name),
        )
    if _CONTROL.search(name):
        raise InvalidRequest("filename must not have control characters.", code="bad_option")
    if _REPLACED in name:
        raise InvalidRequest("filename is not UTF-8 text.", code="bad_option")
    if _BIDIRECTIONAL.search(name):
        raise InvalidRequest("filename must not have characters that change the text direction.", code="bad_option")
    return name
