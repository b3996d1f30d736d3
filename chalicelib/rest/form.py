"""Read forms as browsers, curl -F and HTTP clients post them: multipart/form-data (RFC 7578) and urlencoded fields."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote

from chalicelib.errors import InvalidRequest

if TYPE_CHECKING:
    from multipart import MultipartSegment

MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
#: Bytes of one text field, and parts of a form. The service has fewer options.
MAX_FIELD, MAX_PARTS = 8192, 64
#: A name that is percent-encoded (RFC 8187). Forms may not have it (RFC 7578, 4.2), but clients send it.
_ENCODED_NAME = re.compile(r"filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^\s;]+)", re.IGNORECASE)
#: A field in which a browser writes its encoding (HTML, 4.10.18.1).
_CHARSET = "_charset_"
_HOW_TO_SEND = "Send it as a part with a file name, for example with curl -F file=@photo.jpg."


class Form(NamedTuple):
    """The file of a form, its name as the client gives it, and the text fields as they come."""

    data: bytes
    filename: str
    fields: list[tuple[str, Any]]


def read_form(body: bytes, content_type: str) -> Form:
    """Read the only file and the fields of a multipart form; empty fields are left out, as a page sends all it has.

    Raises InvalidRequest.
    """
    files, fields = list[tuple[str, bytes]](), list[tuple[str, Any]]()
    for part, data in _read_parts(body, content_type):
        name = _filename(part)
        if name:
            files.append((name, data))
        elif name is None and data and part.name != _CHARSET:
            fields.append((part.name, _text(part.name, data)))
    if not files:
        raise InvalidRequest(f"The form has no file. {_HOW_TO_SEND}", code="no_file")
    if len(files) > 1:
        raise InvalidRequest(f"The form has {len(files)} files. Send one photo in each request.", code="several_files")
    filename, data = files[0]
    if not data:
        raise InvalidRequest("The file of the form is empty. Send a photo.", code="empty_body")
    return Form(data, filename.replace("\\", "/").rsplit("/", 1)[-1], fields)


def read_fields(body: bytes) -> list[tuple[str, Any]]:
    """Read the fields of an urlencoded form. Raises InvalidRequest."""
    try:
        text = body.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=False, errors="strict", max_num_fields=MAX_PARTS)
        return [each for each in fields if each[0] != _CHARSET]
    except ValueError as error:
        raise InvalidRequest("The body is not a form with percent-encoded UTF-8.", code="bad_form") from error


def _read_parts(body: bytes, content_type: str) -> Iterator[tuple["MultipartSegment", bytes]]:
    """Yield each part with its bytes. Raises InvalidRequest with the reason of the parser."""
    import multipart  # imported here: it costs 10 ms, and most requests are no forms

    _, options = multipart.parse_options_header(content_type)
    if not options.get("boundary"):
        raise InvalidRequest(
            "The Content-Type of the form has no boundary. Let the HTTP client write this header.", code="bad_form"
        )
    try:
        try:
            parts = [*_parse(body, options["boundary"], "utf-8")]
        except multipart.MultipartError as error:
            if not isinstance(error.args[-1], UnicodeDecodeError):
                raise
            parts = [*_parse(body, options["boundary"], "latin-1")]
    except multipart.MultipartError as error:
        raise InvalidRequest(f"The form cannot be read: {str(error.args[0]).rstrip('.')}.", code="bad_form") from error
    yield from parts


def _parse(body: bytes, boundary: str, charset: str) -> Iterator[tuple["MultipartSegment", bytes]]:
    """Yield each part with its bytes; `charset` is that of the names. Raises MultipartError."""
    import multipart

    settings: dict[str, Any] = {"max_segment_count": MAX_PARTS, "strict": True, "header_charset": charset}
    with multipart.PushMultipartParser(boundary, **settings) as parser:
        part, data = None, list[bytes]()
        for event in parser.parse(body):
            if event is None and part is not None:
                yield part, b"".join(data)
            elif isinstance(event, multipart.MultipartSegment):
                part, data = event, []
            elif event is not None:
                data.append(bytes(event))


def _filename(part: "MultipartSegment") -> str | None:
    """Return the name of a part's file, "" for a file that nobody chose, or None for a field."""
    disposition = next((value for name, value in part.headerlist if name.lower() == "content-disposition"), "")
    encoded = _ENCODED_NAME.search(disposition)
    return unquote(encoded[2], encoding=encoded[1], errors="replace") if encoded else part.filename


def _text(name: str, data: bytes) -> str:
    if len(data) > MAX_FIELD:
        raise InvalidRequest(
            f"The field {name[:40]!r} has {len(data)} bytes; {MAX_FIELD} are allowed. A photo needs a file name. "
            f"{_HOW_TO_SEND}",
            code="field_too_large",
            limit=MAX_FIELD,
            actual=len(data),
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"The field {name[:40]!r} is not UTF-8 text.", code="bad_option") from error
