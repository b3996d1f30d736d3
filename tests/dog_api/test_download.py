"""Downloads against a server of this machine: hosts, redirects, caps and time."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.dog_api.download import Downloader
from chalicelib.errors import DogApiMalformed, DogApiUnavailable, DogHostNotAllowed, DogImageTooLarge

_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: What a server may drip: how its answer begins, the piece that comes again and again, and how the answer ends well.
SLOW = {
    "body": (_OK + b"\r\n", b"a", b""),
    "headers": (_OK, b"X-More: a\r\n", b"\r\n"),
    "one-header": (_OK + b"X-Long: ", b"a", b"\r\n\r\n"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", _OK + b"\r\n"),
    "chunk-size": (_CHUNKED + b"3;", b"a", b"\r\nabc\r\n0\r\n\r\n"),
    "trailers": (_CHUNKED + b"3\r\nabc\r\n0\r\n", b"X-More: a\r\n", b"\r\n"),
}
#: How many pieces drip, and every how many seconds; http.client itself refuses more than a hundred headers.
PIECES, PAUSE = 90, 0.15
#: The paths of answers that were taken to their end; a download that is given up leaves its server alone before that.
ENDED: set[str] = set()


class Handler(BaseHTTPRequestHandler):
    """Answers by its path."""

    def do_GET(self) -> None:
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


def test_bytes_come_whole_up_to_the_limit(url: str) -> None:
    assert len(local().get(f"{url}/bytes/200000", 200_000)) == 200_000


def test_one_byte_more_is_refused(url: str) -> None:
    with pytest.raises(DogImageTooLarge) as raised:
        local().get(f"{url}/bytes/200001", 200_000)
    assert raised.value.limit == 200_000


def test_three_redirects_are_followed_and_no_fourth(url: str) -> None:
    assert local().get(f"{url}/hop/2") == b"xxx"
    with pytest.raises(DogApiMalformed, match="redirects"):
        local().get(f"{url}/hop/3")


def test_a_redirect_to_another_host_is_not_followed(url: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        local().get(f"{url}/away")


@pytest.mark.parametrize(("path", "error"), [("429", DogApiUnavailable), ("500", DogApiUnavailable)])
def test_what_may_pass_is_transient(url: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        local().get(f"{url}/{path}")


def test_another_answer_is_malformed(url: str) -> None:
    with pytest.raises(DogApiMalformed, match="404"):
        local().get(f"{url}/404")


def test_an_answer_that_breaks_off_is_transient(url: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local().get(f"{url}/short")


def test_a_silent_server_is_given_up(url: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local(timeout=0.2).get(f"{url}/silent")


@pytest.mark.parametrize("what", SLOW)
def test_a_server_that_drips_is_given_up_at_the_deadline(url: str, what: str) -> None:
    with pytest.raises(DogApiUnavailable):
        local(deadline=1.5).get(f"{url}/slowly/{what}/{PAUSE}")
    assert f"/slowly/{what}/{PAUSE}" not in ENDED


@pytest.mark.parametrize("what", SLOW)
def test_what_comes_slowly_and_in_time_is_taken(url: str, what: str) -> None:
    got = {"body": b"a" * PIECES, "chunk-size": b"abc", "trailers": b"abc"}
    assert local().get(f"{url}/slowly/{what}/0") == got.get(what, b"")


def test_nobody_listening_is_transient() -> None:
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
        "https://[::1/x",
        "file:///etc/passwd",
        "http://127.0.0.1:80/x",
        "http://169.254.169.254/latest",
        "",
    ],
)
def test_a_deployed_stage_asks_no_other_host(address: str) -> None:
    with pytest.raises(DogHostNotAllowed):
        Downloader(loopback=False).get(address)
