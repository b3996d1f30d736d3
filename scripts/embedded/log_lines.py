"""Prints the log of `make run`: one line for each request and each run of a function, or JSON lines with LOG=json.

It changes the app's logger in this process only. Lambda and deployed zips print what they always print.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote_plus

from chalicelib import telemetry
from scripts.embedded.functions import Event, Outcome

#: The style that `--log json` chooses; the other one is readable lines.
JSON = "json"
#: Characters of a path or a key that a line shows.
SHOWN_LENGTH = 200

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
#: The members of Lambda's error payload.
_ERROR_FIELDS = ("errorType", "errorMessage", "stackTrace")
_warnings: ContextVar[list[str] | None] = ContextVar("warnings", default=None)

logger = logging.getLogger(__name__)
_package = logging.getLogger("scripts.embedded")


class JsonFormatter(logging.Formatter):
    """Formats a record of `scripts.embedded` as one JSON line, with its extra fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = {name: value for name, value in extra_fields(record).items() if name != "traceback"}
        return json.dumps({"level": record.levelname, "message": record.getMessage()} | fields)


class LineFormatter(logging.Formatter):
    """Formats a record as the time, the level from WARNING up, and the message; a traceback follows if there is one."""

    default_msec_format = None

    def __init__(self) -> None:
        super().__init__("%(asctime)s  %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the name in logging
        """Return the line, with the traceback of a function."""
        if record.levelno >= logging.WARNING:
            record.message = f"{record.levelname}  {record.message}"
        traceback = getattr(record, "traceback", "")
        return super().formatMessage(record) + (f"\n{traceback.rstrip()}" if traceback else "")


class AppHandler(logging.StreamHandler[Any]):
    """Prints the app's errors. Its warnings become a part of the line of the request or run that caused them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record, or keep it for the line that this context will log."""
        fields = ", ".join(f"{name}={value}" for name, value in extra_fields(record).items())
        text = printable(record.getMessage() + (f" ({fields})" if fields else ""))
        pending = _warnings.get()
        if record.levelno < logging.ERROR and pending is not None:
            pending.append(text)
        else:
            super().emit(logging.LogRecord(record.name, record.levelno, "", 0, text, (), record.exc_info))


def configure(style: str) -> None:
    """Print the warnings and errors of this package and of the app to stdout, in this style."""
    formatter = JsonFormatter() if style == JSON else LineFormatter()
    _package.addHandler(_handler(logging.StreamHandler(sys.stdout), formatter))
    _package.setLevel(logging.WARNING)
    _package.propagate = False
    if style != JSON:
        _replace_app_output()


def show_requests() -> None:
    """Print a line for each request and each run from now on. The checks of the start need none."""
    _package.setLevel(logging.INFO)


@contextmanager
def collected_warnings() -> Iterator[None]:
    """Add the app's warnings of the block to the line that the block logs, instead of printing each of them."""
    token = _warnings.set([])
    try:
        yield
    finally:
        _warnings.reset(token)


def log_request(method: str, path: str, status: int, milliseconds: int, request_id: str) -> None:
    """Log one request to the API."""
    line = f"{printable(method)} {printable(path)}  {status}  {milliseconds} ms  {request_id}"
    fields = {"method": method, "path": path, "status": status, "ms": milliseconds, "request_id": request_id}
    logger.info("%s%s", line, _pending_warnings(), extra=fields)


def log_invocation(function_name: str, event: Event, outcome: Outcome, milliseconds: int, request_id: str) -> None:
    """Log one run of a function; the line of an unexpected error is followed by its traceback."""
    subject = event_subject(event)
    result = f"failed: {printable(f'{outcome.error_type}: {outcome.error_message}')}" if outcome.error_type else "ok"
    parts = (function_name, printable(subject), result, f"{milliseconds} ms", request_id)
    line = "  ".join(part for part in parts if part) + _pending_warnings()
    fields = {"function_name": function_name, "function_request_id": request_id, "subject": subject, "ms": milliseconds}
    if outcome.error_type:
        error = json.loads(outcome.payload)
        fields |= {name: error[name] for name in _ERROR_FIELDS if name in error} | {"traceback": outcome.traceback}
    logger.log(logging.ERROR if outcome.error_type else logging.INFO, "%s", line, extra=fields)


def event_subject(event: Event) -> str:
    """Return what an event is about, such as the key of an S3 object; "" if its kind is unknown."""
    match event:
        case {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}, *_]}:
            return f"s3://{bucket}/{unquote_plus(key)}"
        case {"source": "aws.events", "time": time}:
            return str(time)
        case {"requestContext": {"httpMethod": method, "path": path}}:
            return f"{method} {path}"
        case {"uploaded_image": subject} | {"logged_item": {"image_name": subject}} | {"run": subject}:
            return str(subject)
    return ""


def printable(text: str) -> str:
    """Return the first characters of a text, with control characters escaped: they could rewrite the terminal."""
    shown = text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}..."
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)


def extra_fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields that the caller added to a record with `extra=`."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}


def _replace_app_output() -> None:
    telemetry.metrics.enabled = False
    telemetry.log.removeHandler(telemetry.handler)
    handler = _handler(AppHandler(sys.stdout), LineFormatter())
    handler.setLevel(logging.WARNING)
    telemetry.log.addHandler(handler)


def _handler(handler: logging.Handler, formatter: logging.Formatter) -> logging.Handler:
    handler.setFormatter(formatter)
    return handler


def _pending_warnings() -> str:
    return "".join(f"  {text}" for text in _warnings.get() or ())
