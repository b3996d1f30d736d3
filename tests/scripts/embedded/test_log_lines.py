"""The log of `make run`: one readable line for each request and run, or JSON lines."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scripts.embedded import log_lines
from scripts.embedded.functions import Event, Function, Functions, Outcome

REQUEST_ID = "3f0e6a52"
S3_EVENT: Event = {"Records": [{"s3": {"bucket": {"name": "photos"}, "object": {"key": "uploads/a+b%2Bc.jpg"}}}]}

Printed = Callable[[], str]


@pytest.fixture
def printed() -> Iterator[Printed]:
    """Format the lines of this package as `make run` does; the fixture returns what was printed."""
    yield from captured(log_lines.LineFormatter())


@pytest.fixture
def printed_json() -> Iterator[Printed]:
    yield from captured(log_lines.JsonFormatter())


def captured(formatter: logging.Formatter) -> Iterator[Printed]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("scripts.embedded")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream.getvalue
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def app_logger(stream: io.StringIO) -> logging.Logger:
    """A logger that stands for the app's."""
    handler = log_lines.AppHandler(stream)
    handler.setFormatter(log_lines.LineFormatter())
    logger = logging.Logger("app")
    logger.addHandler(handler)
    return logger


def without_time(line: str) -> str:
    time, _, rest = line.partition("  ")
    assert [len(part) for part in time.split(":")] == [2, 2, 2]
    return rest


def test_a_request_is_one_line(printed: Printed) -> None:
    log_lines.log_request("POST", "/images?width=600", 200, 312, REQUEST_ID)
    assert without_time(printed()) == f"POST /images?width=600  200  312 ms  {REQUEST_ID}\n"


def test_a_request_is_one_json_line_with_its_fields(printed_json: Printed) -> None:
    log_lines.log_request("POST", "/images", 200, 312, REQUEST_ID)
    line = json.loads(printed_json())
    assert (line["level"], line["method"], line["path"], line["status"]) == ("INFO", "POST", "/images", 200)
    assert (line["ms"], line["request_id"]) == (312, REQUEST_ID)


def test_control_characters_of_a_request_are_escaped(printed: Printed) -> None:
    log_lines.log_request("GET\x1b[2J", "/\u2028\r\n" + "x" * 300, 400, 0, REQUEST_ID)
    [line] = printed().splitlines()
    assert "GET\\x1b[2J /\\u2028\\r\\nxxx" in line
    assert "x...  400" in line


def test_a_run_names_the_function_its_object_and_its_result(printed: Printed) -> None:
    log_lines.log_invocation("resize", S3_EVENT, Outcome("null"), 95, REQUEST_ID)
    assert without_time(printed()) == f"resize  s3://photos/uploads/a b+c.jpg  ok  95 ms  {REQUEST_ID}\n"


def test_a_run_about_nothing_known_leaves_the_subject_out(printed: Printed) -> None:
    log_lines.log_invocation("resize", {}, Outcome("null"), 95, REQUEST_ID)
    assert without_time(printed()) == f"resize  ok  95 ms  {REQUEST_ID}\n"


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (S3_EVENT, "s3://photos/uploads/a b+c.jpg"),
        ({"source": "aws.events", "time": "2026-03-01T12:00:00Z"}, "2026-03-01T12:00:00Z"),
        ({"requestContext": {"httpMethod": "GET", "path": "/dev/health"}}, "GET /dev/health"),
        ({"run": "scheduled-1"}, "scheduled-1"),
        ({"uploaded_image": "html/pug.png"}, "html/pug.png"),
        ({"logged_item": {"image_name": "html/pug.png"}}, "html/pug.png"),
        ({"Records": []}, ""),
        ({"a": 1}, ""),
    ],
)
def test_the_subject_of_an_event_is_what_it_is_about(event: Event, subject: str) -> None:
    assert log_lines.event_subject(event) == subject


def failing(error: Exception) -> Outcome:
    def handler(_event: Any, _context: Any) -> None:
        raise error

    return Functions([Function("resize", handler)]).invoke("resize", {}, REQUEST_ID)


def test_an_unexpected_error_is_followed_by_its_traceback(printed: Printed) -> None:
    log_lines.log_invocation("resize", {}, failing(KeyError("width")), 5, REQUEST_ID)
    first, *traceback = printed().splitlines()
    assert without_time(first) == f"ERROR  resize  failed: KeyError: 'width'  5 ms  {REQUEST_ID}"
    assert traceback[0] == "Traceback (most recent call last):"
    assert traceback[-1] == "KeyError: 'width'"


def test_an_error_is_one_json_line_with_lambda_s_fields(printed_json: Printed) -> None:
    log_lines.log_invocation("resize", {}, failing(KeyError("width")), 5, REQUEST_ID)
    line = json.loads(printed_json())
    assert (line["level"], line["errorType"], line["errorMessage"]) == ("ERROR", "KeyError", "'width'")
    assert (line["function_name"], line["function_request_id"]) == ("resize", REQUEST_ID)
    assert "raise error" in "".join(line["stackTrace"])


def test_a_warning_of_the_app_becomes_a_part_of_the_line_of_its_request(printed: Printed) -> None:
    stream = io.StringIO()
    with log_lines.collected_warnings():
        app_logger(stream).warning("image not processed", extra={"reason": "corrupt_image"})
        log_lines.log_request("POST", "/images", 422, 3, REQUEST_ID)
    assert stream.getvalue() == ""
    assert printed().endswith(f"3 ms  {REQUEST_ID}  image not processed (reason=corrupt_image)\n")


def test_the_warnings_of_one_request_are_not_in_the_line_of_the_next(printed: Printed) -> None:
    with log_lines.collected_warnings():
        app_logger(io.StringIO()).warning("image not processed")
    with log_lines.collected_warnings():
        log_lines.log_request("GET", "/health", 200, 3, REQUEST_ID)
    assert printed().endswith(f"{REQUEST_ID}\n")


def test_a_warning_outside_a_request_is_a_line_of_its_own() -> None:
    stream = io.StringIO()
    app_logger(stream).warning("S3 kept objects", extra={"bucket": "photos"})
    assert without_time(stream.getvalue()) == "WARNING  S3 kept objects (bucket=photos)\n"


def test_an_unexpected_error_of_a_route_is_printed_with_its_traceback() -> None:
    stream = io.StringIO()
    with log_lines.collected_warnings():
        try:
            json.loads("{}")["width"]
        except KeyError:
            app_logger(stream).exception("unexpected fault")
    first, *traceback = stream.getvalue().splitlines()
    assert without_time(first) == "ERROR  unexpected fault"
    assert traceback[-1] == "KeyError: 'width'"
