"""One connection of the local API: Chalice's request handler, with what API Gateway does and that one does not."""

import json
import socket
import sys
import threading
import time
import uuid
from http import HTTPStatus
from http.server import HTTPServer
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalGatewayException, RouteMatcher

from chalicelib import problem_details
from scripts.embedded.request_body import BodyError, declared_length, read_body

#: Requests that the app works on at once, as Lambda's concurrency limit; the others wait, and memory stays bounded.
CONCURRENCY = 8
#: Seconds that a client may say nothing.
SILENCE = 30.0
#: How much of a refused body is read, so that its sender comes to read the answer: bytes and seconds.
DISCARD_BYTES = 64_000_000
DISCARD_SECONDS = 5.0

Headers = dict[str, Any]

_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_slots = threading.BoundedSemaphore(CONCURRENCY)


class GatewayHandler(ChaliceRequestHandler):
    """Answers one connection's requests."""

    timeout = SILENCE
    # An answer is two writes, of which the second would wait for the client's delayed ACK.
    disable_nagle_algorithm = True

    def __init__(
        self, request: Any, client_address: tuple[str, int], server: HTTPServer, app_object: Chalice, config: Config
    ) -> None:
        self._routes = RouteMatcher(list(app_object.routes))
        self._cors = _cors_headers(app_object)
        # The base serves the whole connection in its constructor.
        super().__init__(request, client_address, server, app_object, config)

    def handle(self) -> None:
        """Serve until either side closes; a client that goes away is nothing to report."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Refuse a body that is too large before curl sends it."""
        try:
            declared_length(self.headers)
        except BodyError as refused:
            self._refuse(refused)
            return False
        return bool(super().handle_expect_100())

    def answer(self) -> None:
        """Answer one request."""
        try:
            body = self._read_body()
        except BodyError as refused:
            self._refuse(refused)
            return
        if self._has_route():
            self._call_app(body)
        else:
            path = self.path.partition("?")[0][:200]
            self._send_problem(HTTPStatus.NOT_FOUND, "route_not_found", f"There is no route {path}.")

    # The base binds its own method to these names, so overriding that one would change nothing.
    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = answer  # noqa: N815 -- http.server looks for them

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 -- http.server calls it with these
        """Answer what http.server refuses, such as a broken request line, and close."""
        self.request_version = self.protocol_version
        # http.server says 501 to a method that it does not know, which is the client's fault.
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        name = "method_not_allowed" if status == HTTPStatus.METHOD_NOT_ALLOWED else "bad_request"
        self._refuse(BodyError(status, name, f"The request cannot be served: {message or status.phrase}."))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 -- http.server calls it with these
        """Write one short line on stderr."""
        status = code.value if isinstance(code, HTTPStatus) else code
        # Escaped, since a request line can hold what moves a terminal's cursor.
        line = self.requestline[:200].encode("unicode_escape").decode("ascii")
        print(f"{status} {line}", file=sys.stderr, flush=True)

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 -- http.server's own name for it
        """Write nothing: a client that was slow or wrong has had its answer."""

    def _read_body(self) -> bytes:
        body = read_body(self.rfile, self.headers)
        if "Transfer-Encoding" in self.headers:
            # The app sees a body in one piece, as behind API Gateway.
            del self.headers["Transfer-Encoding"]
            self.headers["Content-Length"] = str(len(body))
        return body

    def _has_route(self) -> bool:
        try:
            self._routes.match_route(self.path)
        except ValueError:
            return False
        return True

    def _call_app(self, body: bytes) -> None:
        try:
            with _slots:
                response = self.local_gateway.handle_request(self.command, self.path, dict(self.headers), body or None)
        except LocalGatewayException as error:
            self._send_error_response(error)
            return
        response = self._handle_binary(response)
        headers = response["headers"] | response["multiValueHeaders"]
        self._send_http_response(response["statusCode"], headers, response["body"])

    def _refuse(self, refused: BodyError) -> None:
        # What is left of the body stands where the next request would begin, so the connection ends here.
        self.close_connection = True
        self._send_problem(refused.status, refused.code, refused.detail, **refused.extra)
        self._discard()

    def _send_problem(self, status: HTTPStatus, code: str, detail: str, **extra: int) -> None:
        request_id = str(uuid.uuid4())
        body = json.dumps(problem_details.body(status, code, detail, request_id=request_id, **extra))
        headers = {"Content-Type": problem_details.MEDIA_TYPE, "X-Request-Id": request_id}
        self._send_http_response(status, headers, body)

    def _send_http_response(self, code: int, headers: Headers, body: str | bytes | None) -> None:
        content = body.encode() if isinstance(body, str) else body or b""
        self.send_response(code)
        if code not in _BODILESS:
            kind = {"Content-Type": "application/json"} if content else {}
            headers = kind | {"Content-Length": str(len(content))} | headers
        self._send_headers(self._complete(headers))
        if self.command != "HEAD" and code not in _BODILESS:
            self.wfile.write(content)

    def _complete(self, headers: Headers) -> Headers:
        """Add what every answer of the API carries."""
        usual = self._cors | {"X-Request-Id": str(uuid.uuid4()), "X-Content-Type-Options": "nosniff"}
        present = {name.lower() for name in headers}
        added = {name: value for name, value in usual.items() if name.lower() not in present}
        return headers | added | ({"Connection": "close"} if self.close_connection else {})

    def _discard(self) -> None:
        # Closing on unread bytes resets the connection, and the client would lose the answer.
        deadline = time.monotonic() + DISCARD_SECONDS
        left = DISCARD_BYTES
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1.0)
        while left > 0 and time.monotonic() < deadline:
            received = self.connection.recv(65_536)
            if not received:
                return
            left -= len(received)


def _cors_headers(app: Chalice) -> Headers:
    """Read the CORS headers that the app's routes carry; all routes share one setting."""
    settings = [entry.cors for methods in app.routes.values() for entry in methods.values() if entry.cors]
    return dict(settings[0].get_access_control_headers()) if settings else {}
