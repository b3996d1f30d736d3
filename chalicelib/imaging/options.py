"""Reads single options, whose values are strings (from a query) or JSON values."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from chalicelib.errors import InvalidRequest

_TRUE, _FALSE = frozenset({"true", "1", "yes", "on", ""}), frozenset({"false", "0", "no", "off"})
_COLOR = re.compile("#?[0-9a-f]{6}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DAMAGED = re.compile("[\ufffd\ud800-\udfff]")
_Member = TypeVar("_Member", bound=StrEnum)
_Choice = TypeVar("_Choice")

Option = str | int | bool
Options = Mapping[str, object]


def read_number(options: Options, name: str, limit: int) -> int | None:
    """Return an option that is a whole number from 1 to `limit`, or None. Raises InvalidRequest for any other text."""
    if name not in options:
        return None
    text = str(options[name])
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise InvalidRequest(f"{name} must be a whole number from 1 to {limit}, not {text[:40]!r}.", code="bad_option")
    if not 1 <= int(text) <= limit:
        raise InvalidRequest(
            f"{name} must be from 1 to {limit}, not {int(text)}.", code="out_of_range", limit=limit, actual=int(text)
        )
    return int(text)


def read_flag(options: Options, name: str, *, default: bool) -> bool:
    """Return an option that is true or false. Raises InvalidRequest for any other text."""
    if name not in options:
        return default
    text = str(options[name]).lower()
    if text not in _TRUE | _FALSE:
        raise InvalidRequest(f"{name} must be true or false, not {text[:40]!r}.", code="bad_option")
    return text in _TRUE


def read_color(options: Options, name: str) -> str | None:
    """Return an option that is a colour as `#rrggbb`, also if it has no `#`, or None. Raises InvalidRequest."""
    if name not in options:
        return None
    text = str(options[name]).lower()
    if not _COLOR.fullmatch(text):
        detail = f"{name} must be a colour such as #rrggbb in hexadecimal, not {text[:40]!r}."
        raise InvalidRequest(detail, code="bad_option")
    return f"#{text.removeprefix('#')}"


def read_name(options: Options, name: str, folder: str) -> str:
    """Return an option that names an object below a folder of the images bucket, or "". Raises InvalidRequest."""
    text = str(options.get(name, ""))
    if text and not _NAME.fullmatch(text):
        detail = (
            f"{name} must be the name of a {name} below {folder}: ASCII letters, digits, dots, hyphens and underscores."
        )
        raise InvalidRequest(detail, code="bad_option")
    return text


def refuse_damaged_text(options: Options) -> None:
    """Raise InvalidRequest for an option that was not UTF-8.

    What decodes a query puts U+FFFD in the place of such bytes (RFC 3629; Unicode, 3.9), and JSON can have surrogates.
    """
    for name, value in options.items():
        if _DAMAGED.search(f"{name}{value}"):
            raise InvalidRequest(f"The option {name[:40]!r} is not UTF-8 text.", code="bad_option")


def read_member(options: Options, name: str, kind: type[_Member], default: _Member) -> _Member:
    """Return an option that is a member of an enumeration. Raises InvalidRequest for any other text."""
    return one_of(str(options.get(name, default)), {member.value: member for member in kind}, name)


def one_of(text: str, choices: Mapping[str, _Choice], name: str) -> _Choice:
    """Return what a text stands for. Raises InvalidRequest, with the name of the option, for any other text."""
    if text not in choices:
        raise InvalidRequest(f"{name} must be one of {', '.join(choices)}, not {text[:40]!r}.", code="bad_option")
    return choices[text]
