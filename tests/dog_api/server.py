"""A server on this machine that answers as hosts of pictures do, also slowly and wrongly."""

import time
from http.server import BaseHTTPRequestHandler

_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: Slow responses: the beginning, the piece that the server repeats, and the valid end.
SLOW = {
    "body": (_OK + b"\r\n", b"a", b""),
    "headers": (_OK, b"X-More: a\r\n", b"\r\n"),
    "one-header": (_OK + b"X-Long: ", b"a", b"\r\n\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", _OK + b"\r\n"),
    "chunk-size": (_CHUNKED + b"3;", b"a", b"\r\nabc\r\n0\r\n\r\n"),
    "trailers": (_CHUNKED + b"3\r\nabc\r\n0\r\n", b"X-More: a\r\n", b"\r\n"),
}
#: How many pieces a slow response has, and the seconds between them. http.client accepts at most 100 headers.
PIECES, PAUSE = 90, 0.15
#: The paths of the slow responses that were sent to their end.
ENDED: set[str] = set()
#: The paths of all requests.
REQUESTED: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Chooses the response by the path of the request."""

    def do_GET(self) -> None:
        REQUESTED.append(self.path)
        kind, _, rest = self.path.strip("/").partition("/")
        if kind == "hop":
            self.answer(302, location="/hop/" + str(int(rest) - 1) if int(rest) else "/bytes/3")
        elif kind == "away":
            self.answer(301, location="http://169.254.169.254/latest/meta-data/")
        elif kind == "bytes":
            self.answer(200, b"x" * int(rest))
        elif kind == "short":
            self.answer(200, b"abc", length=10)
        elif kind == "slowly":
            self.slowly(*rest.split("/"))
        elif kind == "silent":
            time.sleep(PIECES * PAUSE)
            self.answer(200)
        else:
            self.answer(int(kind))

    def answer(self, status: int, body: bytes = b"", location: str = "", length: int | None = None) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def slowly(self, what: str, pause: str) -> None:
        begin, again, end = SLOW[what]
        self.wfile.write(begin)
        for _ in range(PIECES):
            time.sleep(float(pause))
            self.wfile.write(again)
        ENDED.add(self.path)
        self.wfile.write(end)

    def log_message(self, *_: object, **__: object) -> None:
        """Write nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True
