"""The local API behaves as API Gateway where Chalice's local server does not. All tests use real HTTP."""

import hashlib
import http.client
import json
import logging
import socket
from collections.abc import Iterator

import pytest

from scripts.embedded.gateway import Gateway
from scripts.embedded.request_body import BODY_LIMIT

#: Only a server that hangs takes this long.
SECONDS = 240.0
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def connection(gateway: Gateway) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=SECONDS)
    yield connection
    connection.close()


def assert_common_headers(response: http.client.HTTPResponse) -> None:
    assert response.headers["Access-Control-Allow-Origin"] == "https://example.test"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-Id"]


def assert_still_usable(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/digest", body=b"next", headers=TEXT)
    assert json.load(connection.getresponse())["size"] == 4


def send_raw(gateway: Gateway, request: bytes) -> bytes:
    """Send raw bytes and read until the server closes."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=SECONDS) as client:
        client.sendall(request)
        received = b""
        while piece := client.recv(65_536):
            received += piece
    return received


def problem_in(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    problem: dict[str, object] = json.loads(body)
    return problem


def test_an_unknown_path_is_a_404_problem_and_the_connection_stays_open(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/nowhere?x=1", body=b"some body", headers=TEXT)
    response = connection.getresponse()
    problem = json.load(response)
    assert response.status == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert_common_headers(response)
    assert {**problem, "request_id": ""} == {
        "type": "/docs/reference.md#route_not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no route /nowhere.",
        "code": "route_not_found",
        "request_id": "",
    }
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert_still_usable(connection)


def test_an_unknown_path_with_an_authorization_header_is_a_404(connection: http.client.HTTPConnection) -> None:
    connection.request(
        "GET", "/nowhere", headers={"Authorization": "Bearer caf\u00e9".encode("latin-1").decode("latin-1")}
    )
    assert connection.getresponse().status == 404


@pytest.mark.parametrize(("path", "status"), [("/health", 405), ("/nowhere", 404)])
def test_an_answer_to_head_has_no_body(connection: http.client.HTTPConnection, path: str, status: int) -> None:
    connection.request("HEAD", path)
    response = connection.getresponse()
    assert (response.status, response.read()) == (status, b"")
    assert_still_usable(connection)


def test_a_204_has_no_body_and_no_length(connection: http.client.HTTPConnection) -> None:
    connection.request("DELETE", "/nothing")
    response = connection.getresponse()
    assert (response.status, response.read(), response.headers["Content-Length"]) == (204, b"", None)
    assert_still_usable(connection)


def test_a_preflight_has_the_common_headers(connection: http.client.HTTPConnection) -> None:
    connection.request("OPTIONS", "/digest")
    response = connection.getresponse()
    response.read()
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Methods"] == "POST,OPTIONS"
    assert_common_headers(response)
    assert_still_usable(connection)


def test_a_body_in_chunks_reaches_the_app_whole(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/digest", body=iter([b"one ", b"two"]), headers=TEXT, encode_chunked=True)
    answer = json.load(connection.getresponse())
    assert answer == {"sha256": hashlib.sha256(b"one two").hexdigest(), "size": 7, "encoding": ""}
    assert_still_usable(connection)


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ("Content-Length: -5", b"", "bad_content_length"),
        ("Content-Length: ten", b"", "bad_content_length"),
        ("Content-Length: +5", b"hello", "bad_content_length"),
        ("Content-Length: 5\r\nContent-Length: 6", b"hello", "bad_content_length"),
        ("Transfer-Encoding: gzip", b"hello", "bad_transfer_encoding"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", b"0\r\n\r\n", "bad_transfer_encoding"),
        ("Transfer-Encoding: chunked", b"five\r\nhello\r\n", "bad_transfer_encoding"),
        ("Transfer-Encoding: chunked", b"-5\r\nhello\r\n", "bad_transfer_encoding"),
        ("Transfer-Encoding: chunked", b"2\r\nhello\r\n", "bad_transfer_encoding"),
        ("Transfer-Encoding: chunked", b"1" * 2000, "bad_transfer_encoding"),
        ("Transfer-Encoding: chunked", b"0\r\n" + b"a: b\r\n" * 200, "bad_transfer_encoding"),
    ],
)
def test_a_body_without_a_clear_end_is_a_400(gateway: Gateway, headers: str, body: bytes, code: str) -> None:
    head = f"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n{headers}\r\n\r\n"
    answer = send_raw(gateway, head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert problem_in(answer)["code"] == code


def test_a_body_over_the_limit_is_a_413_that_says_what_to_use(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/digest", body=b"x" * (BODY_LIMIT + 1), headers=TEXT)
    response = connection.getresponse()
    problem = json.load(response)
    assert response.status == 413
    assert_common_headers(response)
    assert (problem["code"], problem["limit"], problem["actual"]) == ("body_too_large", BODY_LIMIT, BODY_LIMIT + 1)
    assert "POST /uploads" in problem["detail"]


def test_a_body_at_the_limit_reaches_the_app(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/digest", body=b"x" * BODY_LIMIT, headers=TEXT)
    assert json.load(connection.getresponse())["size"] == BODY_LIMIT


def test_chunks_over_the_limit_are_a_413(connection: http.client.HTTPConnection) -> None:
    pieces = iter([b"x" * 1_048_576] * 11)
    connection.request("POST", "/digest", body=pieces, headers=TEXT, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, json.load(response)["limit"]) == (413, BODY_LIMIT)


def test_a_body_over_the_limit_is_refused_before_it_is_sent(gateway: Gateway) -> None:
    head = f"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY_LIMIT + 1}\r\nExpect: 100-continue\r\n\r\n"
    assert send_raw(gateway, head.encode()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("PROPFIND / HTTP/1.1", 404),
        ("PROPFIND /health HTTP/1.1", 405),
        ("nonsense", 400),
        ("GET / HTTP/9.9", 505),
        ("GET /" + "x" * 70_000, 414),
    ],
)
def test_a_request_that_http_server_refuses_is_a_problem(gateway: Gateway, request_line: str, status: int) -> None:
    answer = send_raw(gateway, f"{request_line}\r\nHost: x\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert problem_in(answer)["status"] == status


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PUT"])
def test_a_method_that_no_route_has_is_a_405_with_those_that_it_has(gateway: Gateway, method: str) -> None:
    answer = send_raw(gateway, f"{method} /digest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    (allow,) = [line for line in answer.split(b"\r\n") if line.lower().startswith(b"allow:")]
    assert b"POST" in allow


def test_the_server_survives_a_client_that_disconnects(
    gateway: Gateway, connection: http.client.HTTPConnection, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", gateway.port)) as client:
        client.sendall(b"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert_still_usable(connection)
    assert "Traceback" not in capfd.readouterr().err


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "scripts.embedded")
    return caplog


def test_a_request_is_logged_with_the_id_of_its_answer(
    connection: http.client.HTTPConnection, logged: pytest.LogCaptureFixture
) -> None:
    connection.request("GET", "/health?verbose=1")
    response = connection.getresponse()
    response.read()
    [line] = logged.messages
    assert line.startswith("GET /health?verbose=1  200  ")
    assert line.endswith(f" ms  {response.headers['X-Request-Id']}")


def test_every_request_of_a_connection_is_logged_once(
    connection: http.client.HTTPConnection, logged: pytest.LogCaptureFixture
) -> None:
    for path in ("/health", "/nowhere", "/health"):
        connection.request("GET", path)
        connection.getresponse().read()
    assert [line.split("  ")[:2] for line in logged.messages] == [
        ["GET /health", "200"],
        ["GET /nowhere", "404"],
        ["GET /health", "200"],
    ]


@pytest.mark.parametrize(
    ("request_line", "line"),
    [("nonsense", "nonsense -  400  "), ("GET /" + "x" * 70_000, "- -  414  "), ("GET / HTTP/9.9", "GET /  505  ")],
)
def test_a_broken_request_is_logged_too(
    gateway: Gateway, logged: pytest.LogCaptureFixture, request_line: str, line: str
) -> None:
    send_raw(gateway, f"{request_line}\r\nHost: x\r\n\r\n".encode())
    [found] = logged.messages
    assert found.startswith(line)
