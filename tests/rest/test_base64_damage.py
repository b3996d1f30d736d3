"""Base64 text that was damaged on its way: the answer is `bad_base64` with a guess, and never blames the photo."""

import base64
import html
import io
import json
import quopri
import random
import textwrap
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

import pytest
from PIL import Image

from chalicelib.errors import InvalidRequest
from chalicelib.rest.base64text import decode_base64

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")


@pytest.fixture(scope="module", params=_FORMATS)
def photo(request: pytest.FixtureRequest) -> bytes:
    """Return a photo of noise, so that its base64 text has every digit."""
    noise = Image.frombytes("RGB", (60, 40), random.Random(7).randbytes(60 * 40 * 3))  # noqa: S311 -- test data
    file = io.BytesIO()
    noise.save(file, request.param)
    return file.getvalue()


def _lines(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 64))


#: What happens to a text on its way, and a word of the guess.
_DAMAGES: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace("+", " "), "may have become a blank"),
    (lambda text: unquote_plus(_lines(text)), "may have become a blank"),
    (lambda text: text.replace("+", " ").rstrip("="), "may have become a blank"),
    (lambda text: f"-----BEGIN CERTIFICATE-----\r\n{_lines(text)}\r\n-----END CERTIFICATE-----\r\n", "-----BEGIN"),
    (lambda text: f"---- BEGIN SSH2 PUBLIC KEY ----\n{_lines(text)}\n", "-----BEGIN"),
    (lambda text: f"{_lines(text)}\n-----END PKCS7-----\n", "-----BEGIN"),
    (lambda text: f"begin-base64 644 photo\n{_lines(text)}\n====\n", "begin-base64"),
    (lambda text: quopri.encodestring(text.encode()).decode(), "quoted-printable"),
    (lambda text: quopri.encodestring(text.encode()).decode().replace("\n", "\r\n"), "quoted-printable"),
    (lambda text: html.escape(text).replace("+", "&#43;"), "HTML"),
    (lambda text: text.replace("+", "&plus;"), "HTML"),
    (lambda text: quote(text, safe=""), "percent-encoded"),
    (lambda text: text.replace("/", "\\/"), "JSON string"),
    (lambda text: _lines(text).replace("\n", "\\n"), "JSON string"),
    (lambda text: json.dumps({"image": text}), "application/json"),
    (json.dumps, "quotation marks"),
    (lambda text: repr(text.encode()), "quotation marks"),
    (lambda text: f"image={text}", "field of a form"),
    (lambda text: f"preset=web&image={text}", "field of a form"),
    (lambda text: f"Content-Transfer-Encoding: base64\n\n{text}", "header"),
    (lambda text: f"{text[:500]}...{text[-100:]}", "dots"),
    (lambda text: f"{text[:500]}\u2026{text[-100:]}", "dots"),
    (lambda text: f"image/png;base64,{text}", "part of a data URI"),
    (lambda text: f"base64,{text}", "part of a data URI"),
    (lambda text: f"```\n{text}\n```", "quotation marks"),
    (lambda text: f"<p>{text}</p>", "HTML or XML"),
    (lambda text: base64.b64encode(text.encode()).decode(), "encoded twice"),
    (lambda text: base64.b64encode(f"data:image/png;base64,{text}".encode()).decode(), "encoded twice"),
    (str.lower, "capital or small"),
    (str.upper, "capital or small"),
    (lambda text: text[:501], "cut"),
    (lambda text: f"{text[: len(text) // 8 * 4]}A", "cut"),
]


@pytest.mark.parametrize(("damage", "guess"), _DAMAGES)
def test_a_damaged_text_is_refused_with_a_guess(photo: bytes, damage: Callable[[str], str], guess: str) -> None:
    error = _error_of(damage(base64.b64encode(photo).decode()).encode())
    assert error.code == "bad_base64"
    assert guess in error.detail


@pytest.mark.parametrize("lost", [1, 2, 3, 5])
def test_a_padded_text_that_lost_characters_in_its_middle_is_refused(lost: int) -> None:
    text = base64.b64encode(random.Random(7).randbytes(400))  # noqa: S311 -- test data
    error = _error_of(text[:100] + text[100 + lost :])
    assert error.code == "bad_base64"
    assert "lost characters" in error.detail


@pytest.mark.parametrize(("mark", "encoding"), [("\ufeff", "utf-16-le"), ("\ufeff", "utf-16-be"), ("", "utf-16-le")])
def test_a_text_in_utf_16_is_refused_with_a_guess(mark: str, encoding: str) -> None:
    """PowerShell writes UTF-16 with `>`."""
    text = mark + base64.b64encode(bytes(range(99))).decode()
    assert "UTF-16" in _error_of(text.encode(encoding)).detail


def test_raw_bytes_that_are_sent_as_text_are_refused_with_a_guess(photo: bytes) -> None:
    error = _error_of(photo)
    assert error.code == "bad_base64"
    assert "may be the photo itself" in error.detail


def test_two_texts_in_one_are_refused_with_a_guess() -> None:
    assert "joined" in _error_of(b"QUJDRA==QUJDRA==").detail


@pytest.mark.parametrize("width", [64, 76])
def test_blanks_where_lines_ended_are_line_breaks(photo: bytes, width: int) -> None:
    """`echo $(base64 FILE)` makes a blank of each line break."""
    text = " ".join(textwrap.wrap(base64.b64encode(photo).decode(), width))
    assert decode_base64(text.encode()) == photo
    few = base64.b64encode(bytes(2 * width)).decode()
    assert decode_base64(" ".join(textwrap.wrap(few, width)).encode()) == bytes(2 * width)


@pytest.mark.parametrize(
    "text", ["AAAA" * 12 + "AA+A", "A" * 63 + "+\nAAAA", "A" * 64 + "\n+AAA", "AAA+", "A" * 40 + "+" + "A" * 31]
)
def test_the_only_plus_of_a_text_is_missed_wherever_it_was(text: str) -> None:
    decode_base64(text.encode())
    assert "may have become a blank" in _error_of(text.replace("+", " ").encode()).detail


def test_blanks_beside_a_plus_or_in_an_indented_text_are_ignored(photo: bytes) -> None:
    text = base64.b64encode(photo).decode()
    assert decode_base64(textwrap.indent(_lines(text), "  ").encode()) == photo
    assert decode_base64(base64.urlsafe_b64encode(photo).replace(b"A", b"A ")) == photo


def test_flat_pixels_have_letters_of_one_case_and_are_read() -> None:
    assert decode_base64(b"A" * 400) == bytes(300)


def test_a_body_of_blanks_is_judged_in_one_pass() -> None:
    with pytest.raises(InvalidRequest, match="may have become a blank"):
        decode_base64(b"A  " * 2_000_000 + b"A" + b" \n" * 1_000_000)


def _error_of(text: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        decode_base64(text)
    return caught.value
