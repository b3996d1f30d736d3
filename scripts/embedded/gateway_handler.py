"""Handles one connection to the local API: Chalice's handler, plus what only API Gateway does.

That is: limits on bodies, bodies in chunks, problem+json for unknown paths, CORS headers on errors, and the check of
tokens.
"""

import json
import socket
import threading
import time
import uuid
from http import HTTPStatus
from http.server import HTTPServer
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalGatewayException, RouteMatcher

from chalicelib import problem_details
from scripts.deployment import gateway_settings
from scripts.embedded import content_coding, log_lines
from scripts.embedded.request_body import BodyError, declared_length, read_body
from scripts.embedded.token_authorizer import TokenAuthorizer, TokenRefused

if TYPE_CHECKING:
    from scripts.embedded.tokens import Verifier

#: Requests that the app handles at the same time, like Lambda's concurrency limit. It bounds memory; others wait.
CONCURRENCY = 8
#: Seconds that a client may send nothing.
IDLE_SECONDS = 30.0
#: How much of a refused body is read and dropped, so that the client can read the answer.
DISCARD_BYTES = 64_000_000
DISCARD_SECONDS = 5.0

Headers = dict[str, Any]

_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_slots = threading.BoundedSemaphore(CONCURRENCY)


class GatewayHandler(ChaliceRequestHandler):
    """Answers the requests of one connection."""

    timeout = IDLE_SECONDS
    # An answer is two writes; with Nagle's algorithm the second waits for the client's delayed ACK.
    disable_nagle_algorithm = True

    def __init__(
        self,
        request: Any,
        client_address: tuple[str, int],
        server: HTTPServer,
        app_object: Chalice,
        config: Config,
        verifier: "Verifier | None" = None,
    ) -> None:
        self._authorizer = TokenAuthorizer(app_object, verifier) if verifier else None
        self._methods = {path: list(methods) for path, methods in app_object.routes.items()}
        self._routes = RouteMatcher(list(self._methods))
        self._minimum: int | None = config.minimum_compression_size
        self._cors = _cors_headers(app_object)
        self._started: float | None = None
        # The base class serves the whole connection in its constructor.
        super().__init__(request, client_address, server, app_object, config)

    def handle(self) -> None:
        """Serve until one side closes. A client that disconnects is not an error."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def parse_request(self) -> bool:
        """Read the head of a request; its time counts from here, not from the end of the last request."""
        self._started = time.monotonic()
        return bool(super().parse_request())

    def handle_expect_100(self) -> bool:
        """Refuse a body that is too large before the client sends it."""
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
        if self._route() is None:
            self._send_problem(_no_route(self.path))
            return
        with log_lines.collected_warnings():
            self._call_app(body)

    # The base class binds its own method to these names, so overriding only that method has no effect.
    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = answer  # noqa: N815 -- http.server looks for them

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that http.server refuses, such as a broken request line, and close."""
        self.request_version = self.protocol_version
        # http.server answers 501 to an unknown method. It is the client's error, so answer 405.
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._refuse_method()
            return
        status = HTTPStatus(code)
        detail = f"The request cannot be served: {message or explain or status.phrase}."
        self._refuse(BodyError(status, "bad_request", detail))

    def _refuse_method(self) -> None:
        route = self._route()
        if route is None:
            self._refuse(_no_route(self.path))
            return
        allowed = ", ".join(sorted({*self._methods[route], "OPTIONS"}))
        detail = f"The method {self.command[:20]} is not allowed. Allowed: {allowed}."
        self._refuse(BodyError(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", detail), {"Allow": allowed})

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing: _log() logs the request with its id and its time."""

    def log_error(self, *_: Any, **__: Any) -> None:
        """Print nothing: the client has its answer already."""

    def _read_body(self) -> bytes:
        body = read_body(self.rfile, self.headers)
        if "Transfer-Encoding" in self.headers:
            # API Gateway sends the app a whole body with a length.
            del self.headers["Transfer-Encoding"]
        if self._minimum is not None and "Content-Encoding" in self.headers:
            body = content_coding.decompress(body, self.headers["Content-Encoding"])
        if "Content-Length" in self.headers:
            self.headers.replace_header("Content-Length", str(len(body)))
        return body

    def _route(self) -> str | None:
        try:
            return str(self._routes.match_route(self.path).route)
        except ValueError:
            return None

    def _call_app(self, body: bytes) -> None:
        if self._authorizer:
            # Chalice has no parameter for it.
            vars(self.local_gateway)["_authorizer"] = self._authorizer
        try:
            with _slots:
                response = self.local_gateway.handle_request(self.command, self.path, dict(self.headers), body or None)
        except LocalGatewayException as error:
            self._send_error_response(error)
            return
        except TokenRefused as refused:
            status, code, detail = gateway_settings.RESPONSES[refused.response]
            self._send_problem(BodyError(HTTPStatus(status), code, detail))
            return
        response = self._handle_binary(response)
        headers = response["headers"] | response["multiValueHeaders"]
        self._send_http_response(response["statusCode"], headers, response["body"])

    def _refuse(self, refused: BodyError, headers: Headers | None = None) -> None:
        # The rest of the body would be read as the next request, so the connection must close.
        self.close_connection = True
        self._send_problem(refused, headers)
        self._discard()

    def _send_problem(self, refused: BodyError, more: Headers | None = None) -> None:
        request_id = str(uuid.uuid4())
        members = refused.extra | {"request_id": request_id}
        body = json.dumps(problem_details.body(refused.status, refused.code, refused.detail, **members))
        headers = {"Content-Type": problem_details.MEDIA_TYPE, "X-Request-Id": request_id}
        self._send_http_response(refused.status, headers | (more or {}), body)

    def _send_http_response(self, code: int, headers: Headers, body: str | bytes | None) -> None:
        content = body.encode() if isinstance(body, str) else body or b""
        # A request that cannot be read has no headers.
        accepted = self.headers.get("Accept-Encoding", "") if hasattr(self, "headers") else ""
        packed = content_coding.compress(content, accepted, self._minimum)
        if packed is not None:
            content, headers = packed, headers | {"Content-Encoding": "gzip"}
        self.send_response(code)
        if code not in _WITHOUT_BODY:
            kind = {"Content-Type": "application/json"} if content else {}
            headers = kind | {"Content-Length": str(len(content))} | headers
        headers = self._with_common_headers(headers)
        self._log(code, headers)
        self._send_headers(headers)
        if self.command != "HEAD" and code not in _WITHOUT_BODY:
            self.wfile.write(content)

    def _with_common_headers(self, headers: Headers) -> Headers:
        """Add the headers that every answer of the API has."""
        common = self._cors | {"X-Request-Id": str(uuid.uuid4()), "X-Content-Type-Options": "nosniff"}
        present = {name.lower() for name in headers}
        added = {name: value for name, value in common.items() if name.lower() not in present}
        return headers | added | ({"Connection": "close"} if self.close_connection else {})

    def _log(self, status: int, headers: Headers) -> None:
        # The line of a broken request has no method or no path.
        method, _, rest = self.requestline.partition(" ")
        path = rest.rpartition(" ")[0] or rest
        milliseconds = round((time.monotonic() - self._started) * 1000) if self._started else 0
        self._started = None
        request_id = next(value for name, value in headers.items() if name.lower() == "x-request-id")
        text = request_id[0] if isinstance(request_id, list) else request_id
        log_lines.log_request(method or "-", path or "-", int(status), milliseconds, text)

    def _discard(self) -> None:
        # Closing a socket with unread bytes resets the connection, and the client loses the answer.
        deadline = time.monotonic() + DISCARD_SECONDS
        left = DISCARD_BYTES
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1.0)
        while left > 0 and time.monotonic() < deadline:
            received = self.connection.recv(65_536)
            if not received:
                return
            left -= len(received)


def _no_route(path: str) -> BodyError:
    detail = f"There is no route {path.partition('?')[0][:200]}."
    return BodyError(HTTPStatus.NOT_FOUND, "route_not_found", detail)


def _cors_headers(app: Chalice) -> Headers:
    """Return the CORS headers of the app's routes; all routes have the same."""
    settings = [entry.cors for methods in app.routes.values() for entry in methods.values() if entry.cors]
    return dict(settings[0].get_access_control_headers()) if settings else {}
