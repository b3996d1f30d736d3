"""Downloads from a server on this machine: hosts, redirects, size limits and time-outs."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.dog_api.download import Downloader
from chalicelib.errors import DogApiMalformed, DogApiUnavailable, DogHostNotAllowed, DogImageTooLarge

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

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's
        """Write nothing."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def local(timeout: float = 240.0, deadline: float = 240.0) -> Downloader:
    return Downloader(loopback=True, timeout=timeout, deadline=deadline)


def test_a_body_of_exactly_the_limit_is_downloaded(url: str) -> None:
    assert len(local().get(f"{url}/bytes/200000", 200_000)) == 200_000


def test_a_body_over_the_limit_is_rejected(url: str) -> None:
    with pytest.raises(DogImageTooLarge) as raised:
        local().get(f"{url}/bytes/200001", 200_000)
    assert raised.value.limit == 200_000


def test_three_redirects_are_followed_and_a_fourth_is_an_error(url: str) -> None:
    assert local().get(f"{url}/hop/2") == b"xxx"
    with pytest.raises(DogApiMalformed, match="redirects"):
        local().get(f"{url}/hop/3")


def test_a_redirect_to_another_host_is_not_followed(url: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        local().get(f"{url}/away")


@pytest.mark.parametrize(("path", "error"), [("429", DogApiUnavailable), ("500", DogApiUnavailable)])
def test_a_429_and_a_5xx_are_transient_errors(url: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        local().get(f"{url}/{path}")


def test_another_status_is_a_permanent_error(url: str) -> None:
    with pytest.raises(DogApiMalformed, match="404") as raised:
        local().get(f"{url}/404")
    assert raised.value.actual == 404


def test_a_body_that_is_cut_short_is_a_transient_error(url: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local().get(f"{url}/short")


def test_a_server_that_sends_nothing_is_a_transient_error(url: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local(timeout=0.2).get(f"{url}/silent")


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_download_stops_at_the_deadline(url: str, what: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local(deadline=1.5).get(f"{url}/slowly/{what}/{PAUSE}")
    assert f"/slowly/{what}/{PAUSE}" not in ENDED


@pytest.mark.parametrize("what", SLOW)
def test_a_slow_download_within_the_deadline_is_complete(url: str, what: str) -> None:
    got = {"body": b"a" * PIECES, "chunk-size": b"abc", "trailers": b"abc"}
    assert local().get(f"{url}/slowly/{what}/0") == got.get(what, b"")


def test_a_refused_connection_is_a_transient_error() -> None:
    with pytest.raises(DogApiUnavailable):
        local().get("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "address",
    [
        "http://dog.ceo/x",
        "https://dog.ceo:8443/x",
        "https://dog.ceo@evil.example/x",
        "https://evil.example@dog.ceo/x",
        "https://dog.ceo\\@evil.example/x",
        "https://dog.ceo.evil.example/x",
        "https://dog.ceo./x",
        "https://images.dog.ceo\n.evil.example/x",
        "https://dog.\nceo/x",
        "https://[::1/x",
        "https://user:password@dog.ceo/x",
        "https://dog.ceo:443@evil.example/x",
        "https://dog.ceo:443/x",
        "https://dog.ceo%40evil.example/x",
        "https://dog.ceo#@evil.example/x\\",
        "https://\uff44og.ceo/x",
        "https://dog\u3002ceo/x",
        "https://xn--dog-ceo.example/x",
        "https:dog.ceo/x",
        "//dog.ceo/x",
        "file:///etc/passwd",
        "http://127.0.0.1:80/x",
        "http://169.254.169.254/latest",
        "",
    ],
)
def test_a_deployed_stage_connects_to_no_other_address(address: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        Downloader(loopback=False).get(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://dog.ceo/x",
        "https://127.0.0.1/x",
        "http://user@127.0.0.1/x",
        "http://127.0.0.1:80@evil.example/x",
        "http://127.0.0.1:/x",
        "http://127.0.0.1:080/x",
        "http://127.0.0.2/x",
        "http://localhost.evil.example/x",
    ],
)
def test_the_local_stage_connects_to_no_other_address(address: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        local().get(address)


@pytest.mark.parametrize("address", ["https://dog.ceo/x", "https://DOG.CEO/x", "https://Images.Dog.ceo/a%20b?c=d#e"])
def test_the_hosts_of_the_dog_api_are_allowed_in_any_case(address: str) -> None:
    """The deadline has passed, so that the test opens no connection."""
    with pytest.raises(DogApiUnavailable, match="took more than"):
        Downloader(loopback=False, deadline=-1).get(address)
